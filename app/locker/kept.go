package locker

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"lockhouse/internal/keyfile"
)

// keptFile keeps something of the agent's beside the journal. What the network wants of the locker is signed, so that whoever writes
// there can't want anything in the network's name; what the locker measured of itself decides nothing.
type keptFile struct {
	path      string
	mostBytes int64
}

// Read gives what is kept, nothing where there is none.
func (k keptFile) Read() ([]byte, error) {
	f, err := os.Open(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, k.mostBytes+1))
}

// Write keeps it, whole or not at all.
func (k keptFile) Write(content []byte) error { return keyfile.Write(k.path, content) }
