package journal

import (
	"io"
	"syscall"
)

// frailDisk is the real file system without its fsync, which takes its time and is powercut_test.go's matter. It breaks
// off at a step: writes, truncations, fsyncs and renames are counted, and the one numbered failAt fails, as do those
// behind it when it is stuck. A failing write leaves its first half.
type frailDisk struct {
	osDisk
	steps, failAt int // failAt 0 is never
	stuck         bool
	why           error
}

func (d *frailDisk) step() error {
	d.steps++
	if d.failAt == 0 || d.steps < d.failAt || d.steps > d.failAt && !d.stuck {
		return nil
	}
	if d.why == nil {
		return syscall.EIO
	}
	return d.why
}

type frailFile struct {
	file
	disk *frailDisk
}

func (d *frailDisk) Open(path string) (file, error) { return d.frail(d.osDisk.Open(path)) }
func (d *frailDisk) OpenToRead(path string) (file, error) {
	return d.frail(d.osDisk.OpenToRead(path))
}
func (d *frailDisk) Create(path string) (file, error) { return d.frail(d.osDisk.Create(path)) }

func (d *frailDisk) frail(f file, err error) (file, error) { return frailFile{f, d}, err }

func (d *frailDisk) Rename(from, to string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.osDisk.Rename(from, to)
}

func (d *frailDisk) SyncDir(string) error {
	return d.step()
}

func (f frailFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.disk.step(); err != nil {
		n, _ := f.file.WriteAt(p[:len(p)/2], at)
		return n, err
	}
	return f.file.WriteAt(p, at)
}

func (f frailFile) Truncate(size int64) error {
	if err := f.disk.step(); err != nil {
		return err
	}
	return f.file.Truncate(size)
}

func (f frailFile) Sync() error {
	return f.disk.step()
}

// steady is randomness that is the same each time.
type steady byte

func (s steady) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s) + byte(i)
	}
	return len(p), nil
}

var _ io.Reader = steady(0)
