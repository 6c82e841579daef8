// Package solo gives a process a name that no other process has while it lives, and that the next one in the same place gets
// when it was killed. So whoever comes back from a crash is known to be alone with the name, and need not wait until
// everybody is sure.
package solo

import (
	"errors"
	"os"
)

// ErrTaken says that another process has the file, or that this machine can't tell.
var ErrTaken = errors.New("another process has the name")

// Claim locks a file, made where there is none, until release or the end of the process, however that comes. The name is made
// of the machine's start and of the file's place on its disk, so that a copy of the file, on this machine or another, has
// another name.
func Claim(path string) (name string, release func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", nil, err
	}
	if name, err = claim(f); err != nil {
		return "", nil, errors.Join(err, f.Close())
	}
	return name, f.Close, nil
}
