package journal

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"lockhouse"
)

// Look reads the journal at a path without a lock and without mending anything, and gives each record to each: for
// whoever wants to know what the next Open will find. A torn end is told and stays. While an agent writes, what it is
// just writing may look torn.
func Look(path string, each func(record []byte) error) (Found, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Found{New: true}, nil
	}
	if err != nil {
		return Found{}, err
	}
	defer f.Close()
	j := &Journal{path: path, disk: osDisk{}, file: osFile{f}}
	size, err := j.file.Size()
	if err != nil {
		return Found{}, err
	}
	seen, err := j.judge(size)
	if err != nil {
		return Found{}, err
	}
	_, err = walk(j.file, j.salt, seen.end, each)
	return Found{Records: seen.records, TornBytes: size - seen.end}, err
}

// Borrow keeps agents from opening the journal at a path until it is given back: what is asked of the lock boards then is
// asked by nobody else. It refuses with CodeBusy while an agent has the journal. A journal that was never opened can be
// borrowed too.
func Borrow(path string) (giveBack func() error, err error) {
	f, err := os.Open(path + lockSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = lockhouse.Refuse(CodeBusy, "An agent is running on this journal (%s is locked).", path+lockSuffix).Because(err)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
