package journal

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"lockhouse"
)

// file is what the journal asks of an open file. The tests' files fail where they are told to.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	Sync() error
}

// disk is what the journal asks of a file system.
type disk interface {
	Open(path string) (file, error)
	OpenToRead(path string) (file, error)
	Create(path string) (file, error) // empty, whatever was there
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error // the directory that a file is in
	Lock(path string) (io.Closer, error)
}

// filePerm: nobody but the agent reads which doors were opened when.
const filePerm = 0o600

type osDisk struct{}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (osDisk) Open(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	return osFile{f}, err
}

func (osDisk) OpenToRead(path string) (file, error) {
	f, err := os.Open(path)
	return osFile{f}, err
}

func (osDisk) Create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, filePerm)
	return osFile{f}, err
}

func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) Remove(path string) error { return os.Remove(path) }

func (osDisk) SyncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Lock takes a lock that ends with the process, however it ends (flock(2)). It is on a file of its own, because the
// journal's file changes with Rewrite. A file that can only be read can be locked as well.
func (osDisk) Lock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, filePerm)
	if errors.Is(err, syscall.EROFS) {
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = lockhouse.Refuse(CodeBusy, "Another agent is running on this journal (%s is locked); stop it first.", path).Because(err)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
