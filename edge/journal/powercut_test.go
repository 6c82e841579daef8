package journal

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// A kill leaves what the kernel has; a power cut leaves what the disk has. memDisk is a disk in memory that tells the two
// apart: what was written and not synced, a file's name too, may be there after a cut, or not, or in part.
type memDisk struct {
	names, synced map[string]*memFile // the directory as the kernel sees it, and as it is on the disk
	steps         int                 // until the power goes; below 0 it never does
}

type memFile struct {
	disk         *memDisk
	data, synced []byte
	syncFails    bool // the next one
	lostFrom     int  // what a failed fsync dropped ends with the file; 0 is nothing
}

var errPower = errors.New("no power")

// step is one thing done to the disk; the one at which the power goes is not done.
func (d *memDisk) step() error {
	if d.steps == 0 {
		return errPower
	}
	d.steps--
	return nil
}

// cut takes what was not synced away, as much of it as the draw says.
func (d *memDisk) cut(t *rapid.T) {
	if rapid.Bool().Draw(t, "names lost") {
		d.names = d.synced
	}
	d.synced = clone(d.names)
	for _, f := range d.names {
		switch rapid.SampledFrom([]string{"lost", "kept", "torn"}).Draw(t, "unsynced data is") {
		case "lost":
			f.data = f.synced
		case "torn":
			at := rapid.IntRange(0, len(f.data)).Draw(t, "torn at")
			at = max(at, min(len(f.synced), len(f.data)))
			f.data = slices.Concat(f.data[:at], make([]byte, len(f.data)-at)) // the size is there, the bytes are not
		}
		f.data = slices.Clone(f.data)
		f.synced = f.data
	}
	d.steps = -1
}

func clone(names map[string]*memFile) map[string]*memFile {
	c := map[string]*memFile{}
	for name, f := range names {
		c[name] = f
	}
	return c
}

func (d *memDisk) Open(path string) (file, error) {
	if f, ok := d.names[path]; ok {
		return f, nil
	}
	return nil, fs.ErrNotExist
}

func (d *memDisk) OpenToRead(path string) (file, error) { return d.Open(path) }

func (d *memDisk) Create(path string) (file, error) {
	d.names[path] = &memFile{disk: d}
	return d.names[path], d.step()
}

func (d *memDisk) Rename(from, to string) error {
	if err := d.step(); err != nil {
		return err
	}
	d.names[to] = d.names[from]
	delete(d.names, from)
	return nil
}

func (d *memDisk) Remove(path string) error {
	if _, ok := d.names[path]; !ok {
		return fs.ErrNotExist
	}
	delete(d.names, path)
	return nil
}

func (d *memDisk) SyncDir(string) error {
	if err := d.step(); err != nil {
		return err
	}
	d.synced = clone(d.names)
	return nil
}

func (d *memDisk) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

func (f *memFile) ReadAt(p []byte, at int64) (int, error) {
	n := copy(p, f.data[min(int(at), len(f.data)):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.disk.step(); err != nil {
		return 0, err
	}
	data := make([]byte, max(len(f.data), int(at)+len(p)))
	copy(data, f.data)
	copy(data[at:], p)
	f.data = data
	if int(at) <= f.lostFrom && len(p) > 0 {
		f.lostFrom = 0 // written anew
	}
	return len(p), nil
}

func (f *memFile) Truncate(size int64) error {
	if err := f.disk.step(); err != nil {
		return err
	}
	f.data = slices.Clone(f.data[:size])
	return nil
}

func (f *memFile) Sync() error {
	if err := f.disk.step(); err != nil {
		return err
	}
	if f.syncFails {
		f.syncFails, f.lostFrom = false, len(f.synced)
		return errPower
	}
	f.synced = f.data
	if f.lostFrom > 0 {
		f.synced = slices.Concat(f.data[:f.lostFrom], make([]byte, len(f.data)-f.lostFrom))
	}
	return nil
}

func (f *memFile) Size() (int64, error) { return int64(len(f.data)), nil }
func (f *memFile) Close() error         { return nil }

// The power goes at any step of any life: what was promised is there, what was under way is there or not, nothing else.
func TestPowerCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &memDisk{names: map[string]*memFile{}, synced: map[string]*memFile{}, steps: -1}
		var promised []string // of the last life
		next := 0
		for range rapid.IntRange(1, 4).Draw(t, "lives") {
			d.steps = rapid.IntRange(0, 40).Draw(t, "steps until the power goes")
			possible := [][]string{promised}
			j, _, err := open("journal", steady(byte(next)), d)
			for err == nil {
				next++
				now := append(slices.Clone(promised), strconv.Itoa(next))
				if rapid.IntRange(0, 4).Draw(t, "rewrite") == 0 {
					now = now[len(now)-1:]
					err = j.Rewrite([][]byte{[]byte(now[0])})
				} else {
					err = j.Append([]byte(now[len(now)-1]))
				}
				possible = [][]string{promised, now}
				if err == nil {
					promised, possible = now, [][]string{now}
				}
			}
			d.cut(t)
			promised = reread(t, d, possible)
		}
	})
}

// reread opens the journal after a cut and wants one of the possible lists in it.
func reread(t *rapid.T, d *memDisk, possible [][]string) (got []string) {
	j, _, err := open("journal", steady(0), d)
	if err == nil {
		err = j.Replay(func(r []byte) error { got = append(got, string(r)); return nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(possible, func(p []string) bool { return slices.Equal(p, got) }) {
		t.Fatalf("after the cut there is %q; possible was %q", got, possible)
	}
	return got
}

// After a failed fsync the kernel still shows the record that it dropped, and the next fsync is good: what Open reads
// then must be there after a power cut all the same.
func TestFailedFsyncIsMadeGood(t *testing.T) {
	d := &memDisk{names: map[string]*memFile{}, synced: map[string]*memFile{}, steps: -1}
	j, _, err := open("journal", steady(1), d)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, "armed")
	d.names["journal"].syncFails = true
	if err := j.Append([]byte("pulsed")); err == nil {
		t.Fatal("a failed fsync was passed over")
	}
	if j, _, err = open("journal", steady(1), d); err != nil {
		t.Fatal(err)
	}
	shown := kept(t, j)
	appendAll(t, j, "opened")
	for _, f := range d.names { // the power goes
		f.data = f.synced
	}
	if j, _, err = open("journal", steady(1), d); err != nil {
		t.Fatal(err)
	}
	if got, want := kept(t, j), append(shown, "opened"); !slices.Equal(got, want) {
		t.Errorf("the agent was shown %q, and after the cut there is %q", shown, got)
	}
}
