package sqlite

import (
	"fmt"
	"net/url"
	"sync"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// maxGatheredBytes is how much of the log is written at once.
const maxGatheredBytes = 256 << 10

// gathering is the operating system's files, with one difference: SQLite writes its log page by page, a header and a page at
// a time, and here what follows on goes to the system in one piece. Of a commit, the log is what costs.
//
// Nobody reads of the log what was not synced: a commit is synced (synchronous = FULL) before the index of the log, which
// readers go by, speaks of it. What the writer reads back itself, it has written before.
type gathering struct{ vfs.VFSFilename }

const gatheringName = "lockhouse"

var registerGathering = sync.OnceFunc(func() {
	vfs.Register(gatheringName, gathering{vfs.Find("os").(vfs.VFSFilename)})
})

// openGathering opens a database whose log is gathered.
func openGathering(path string) (*sqlite3.Conn, error) {
	registerGathering()
	uri := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "vfs=" + gatheringName}
	return sqlite3.Open(uri.String())
}

// OpenFilename opens a file, and gathers what is written to it if it is a log.
func (g gathering) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, out, err := g.VFSFilename.OpenFilename(name, flags)
	if err != nil {
		return nil, out, err
	}
	if flags&vfs.OPEN_WAL != 0 {
		return &log{File: file}, out, nil
	}
	// Without this, SQLite pads the log to whole sectors after it was synced.
	if flags&vfs.OPEN_MAIN_DB != 0 && file.DeviceCharacteristics()&vfs.IOCAP_POWERSAFE_OVERWRITE == 0 {
		return nil, out, fmt.Errorf("sqlite: the file is not opened as powersafe: %w", file.Close())
	}
	return file, out, nil
}

// log is a log of which the end may not be written yet.
type log struct {
	vfs.File
	from int64 // where gathered begins
	end  []byte
}

// WriteAt gathers what follows on what was gathered before.
func (l *log) WriteAt(p []byte, at int64) (int, error) {
	if len(l.end) > 0 && (at != l.from+int64(len(l.end)) || len(l.end)+len(p) > maxGatheredBytes) {
		if err := l.flush(); err != nil {
			return 0, err
		}
	}
	if len(l.end) == 0 {
		l.from = at
	}
	l.end = append(l.end, p...)
	return len(p), nil
}

// flush writes what was gathered. Where that fails it is forgotten: SQLite takes the transaction back.
func (l *log) flush() error {
	if len(l.end) == 0 {
		return nil
	}
	_, err := l.File.WriteAt(l.end, l.from)
	l.end = l.end[:0]
	return err
}

// ReadAt reads what is written.
func (l *log) ReadAt(p []byte, at int64) (int, error) {
	if err := l.flush(); err != nil {
		return 0, err
	}
	return l.File.ReadAt(p, at)
}

// Sync writes and syncs.
func (l *log) Sync(flags vfs.SyncFlag) error {
	if err := l.flush(); err != nil {
		return err
	}
	return l.File.Sync(flags)
}

// Truncate cuts off what is written.
func (l *log) Truncate(size int64) error {
	if err := l.flush(); err != nil {
		return err
	}
	return l.File.Truncate(size)
}

// Size counts what is written.
func (l *log) Size() (int64, error) {
	if err := l.flush(); err != nil {
		return 0, err
	}
	return l.File.Size()
}

// Close writes what is left: nobody waits for it, or it would have been synced.
func (l *log) Close() error {
	err := l.flush()
	if closed := l.File.Close(); err == nil {
		err = closed
	}
	return err
}
