package locker

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"lockhouse/internal/keyfile"
	"lockhouse/trust/credential"
)

// keptFile keeps what the network wants of the locker, beside the journal: signed, so that whoever writes there can't want
// anything in the network's name.
type keptFile string

// Read gives what is kept, nothing where there is none.
func (k keptFile) Read() ([]byte, error) {
	f, err := os.Open(string(k))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, credential.MaxDesiredBytes+1))
}

// Write keeps it, whole or not at all.
func (k keptFile) Write(statement []byte) error { return keyfile.Write(string(k), statement) }
