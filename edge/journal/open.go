package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"lockhouse"
)

// lockSuffix is what the name of the file ends with that says who has the journal.
const lockSuffix = ".lock"

// Found is what Open came upon. A torn end is what a power cut leaves of the last record; one in every start is a disk
// to be changed.
type Found struct {
	New       bool // there was no journal, and an empty one was made
	Records   int
	TornBytes int64 // cut off the end
}

// Open opens the journal at a path, or makes one; its directory must be there. It holds a lock beside the file until
// Close, or until the process ends in any way. random gives the salt of a new file.
func Open(path string, random io.Reader) (*Journal, Found, error) {
	return open(path, random, osDisk{})
}

func open(path string, random io.Reader, d disk) (*Journal, Found, error) {
	lock, err := d.Lock(path + lockSuffix)
	if err != nil {
		return nil, Found{}, err
	}
	j := &Journal{path: path, disk: d, random: random, lock: lock}
	f, err := j.load()
	if err != nil {
		err = errors.Join(err, lock.Close())
		if j.file != nil {
			err = errors.Join(err, j.file.Close())
		}
		return nil, Found{}, err
	}
	return j, f, nil
}

// load opens the file, judges it and leaves it in a state to be added to.
func (j *Journal) load() (Found, error) {
	if err := j.disk.Remove(j.path + newSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) && !passes(err) {
		return Found{}, fmt.Errorf("removing an unfinished journal: %w", err)
	}
	opened, readOnly, err := j.openFile()
	if errors.Is(err, fs.ErrNotExist) {
		return Found{New: true}, j.replace(nil)
	} else if err != nil {
		return Found{}, err
	}
	j.file = opened
	size, err := j.file.Size()
	if err != nil {
		return Found{}, err
	}
	if size > MaxFileBytes {
		return Found{}, lockhouse.Refuse(CodeDamaged, "The journal %s has %d bytes; a journal has at most %d.", j.path, size, MaxFileBytes)
	}
	seen, err := j.judge(size)
	if err != nil {
		return Found{}, err
	}
	j.end = seen.end
	return Found{Records: seen.records, TornBytes: size - seen.end}, j.settleNowOrLater(seen, size, readOnly)
}

// openFile opens the file to be added to, or where its disk can't be written to, to be read.
func (j *Journal) openFile() (f file, readOnly bool, err error) {
	if f, err = j.disk.Open(j.path); errors.Is(err, syscall.EROFS) {
		f, err = j.disk.OpenToRead(j.path)
		readOnly = true
	}
	if err != nil {
		return nil, false, err // and no file that is not nil and yet none
	}
	return f, readOnly, nil
}

// settleNowOrLater leaves what a disk does not let us write to the first Append.
func (j *Journal) settleNowOrLater(seen found, size int64, readOnly bool) error {
	err := error(syscall.EROFS)
	if !readOnly {
		err = j.settle(seen, size)
	}
	if err == nil || !passes(err) {
		return err
	}
	j.due = func() error {
		if readOnly {
			f, err := j.disk.Open(j.path)
			if err != nil {
				return err
			}
			_ = j.file.Close() // it was read, and nothing was written to it
			j.file, readOnly = f, false
		}
		return j.settle(seen, size)
	}
	return nil
}

// resume does what Open could not. A disk that still can't be written to keeps nothing; any other trouble is a failure.
func (j *Journal) resume() error {
	if j.due == nil {
		return nil
	}
	if err := j.due(); err != nil {
		if passes(err) {
			return notKept(err)
		}
		return j.fail(err)
	}
	j.due = nil
	return nil
}

// judge tells what is good of the file, and refuses it where something was lost that had been kept.
func (j *Journal) judge(size int64) (found, error) {
	header := make([]byte, headerBytes)
	if _, err := j.file.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		return found{}, err
	}
	var ok bool
	if j.salt, ok = saltOf(header); !ok || size < int64(headerBytes) {
		return found{}, damaged(j.path, 0) // a header is never torn: the file gets its name when it is whole
	}
	seen, err := walk(j.file, j.salt, size, func([]byte) error { return nil })
	if err != nil {
		return found{}, err
	}
	if torn, err := isTorn(j.file, j.salt, seen.end, size); err != nil || !torn {
		return found{}, errors.Join(err, damaged(j.path, seen.end))
	}
	return seen, nil
}

// isTorn tells whether what lies behind the good records can be what a power cut left of one more. Each record is on the
// disk before the next is begun, so it can't be longer than a record, and no good record can follow in it.
func isTorn(file io.ReaderAt, s salt, end, size int64) (bool, error) {
	if size-end > frameBytes+MaxRecordBytes {
		return false, nil
	}
	rest := make([]byte, size-end)
	if _, err := file.ReadAt(rest, end); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	for i := range rest {
		if whole(s, end+int64(i), rest[i:]) {
			return false, nil
		}
	}
	return true, nil
}

// settle cuts a torn end off and writes the last record once more: an agent before us may have seen its fsync fail, and
// then what we just read was in memory only.
func (j *Journal) settle(seen found, size int64) error {
	if size > seen.end {
		if err := j.file.Truncate(seen.end); err != nil {
			return err
		}
	}
	last := make([]byte, seen.end-seen.last)
	if _, err := j.file.ReadAt(last, seen.last); err != nil {
		return err
	}
	if _, err := j.file.WriteAt(last, seen.last); err != nil {
		return err
	}
	return j.file.Sync()
}
