// Package smalldisk gives tests a file system that is really small, to fill it.
package smalldisk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Disk is a file system of a few megabytes, with ballast on it.
type Disk struct {
	Dir     string
	ballast string
}

// Mount makes one that is gone after the test, with so much of it taken by ballast. Where mounting is not permitted the test
// is skipped, and says so.
func Mount(t testing.TB, bytesInAll, ballastBytes int) *Disk {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytesInAll))
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("a full disk is tested on a small file system, and mounting one takes root: run this test as root")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	d := &Disk{Dir: dir, ballast: filepath.Join(dir, "ballast")}
	if err := os.WriteFile(d.ballast, bytes.Repeat([]byte{1}, ballastBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// MakeRoom throws the ballast away.
func (d *Disk) MakeRoom() error { return os.Remove(d.ballast) }

// ReadOnly makes the file system one that can only be read, as a kernel does that no longer trusts the flash below it, or one
// that can be written to again. No file on it may be open for writing.
func (d *Disk) ReadOnly(yes bool) error {
	flags := uintptr(syscall.MS_REMOUNT)
	if yes {
		flags |= syscall.MS_RDONLY
	}
	return syscall.Mount("", d.Dir, "", flags, "")
}

// Fill makes the ballast so big that not a byte is left.
func (d *Disk) Fill() error {
	f, err := os.OpenFile(d.ballast, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for block := make([]byte, 4<<10); err == nil; {
		_, err = f.Write(block)
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
