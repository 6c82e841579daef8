package settings

import (
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"os"

	"lockhouse"
)

// maxRootsBytes bounds a file of certificates: several hundred of them.
const maxRootsBytes = 1 << 20

// Roots reads the certificates (PEM, one or several) by which another machine is known instead of the machine's own list, for which
// it gives nil: that is what no path means.
func Roots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := readRoots(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, lockhouse.Refuse(lockhouse.CodeNotFound, "%s is not there: the certificates by which the network is known.", path)
	}
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "%s holds no certificate in PEM.", path)
	}
	return pool, nil
}

func readRoots(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxRootsBytes+1))
	if err = errors.Join(err, f.Close()); err == nil && len(text) > maxRootsBytes {
		err = lockhouse.Refuse(lockhouse.CodeBodyTooLarge, "%s has more than %d bytes; it should hold a few certificates in PEM.", path, maxRootsBytes)
	}
	return text, err
}
