// Package keyfile keeps secrets in files of their own: readable by their owner alone, whole or not there after a power
// cut, and refused when others on the machine could have read them.
package keyfile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lockhouse"
)

// maxBytes bounds a secret's file.
const maxBytes = 64 << 10

// Read reads a secret. It refuses as not_found when there is no file, and as forbidden when others can read it too.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, lockhouse.Refuse(lockhouse.CodeNotFound, "There is no %s. Put that file back from your backup; a new key would be a stranger to everybody.", path)
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, lockhouse.Refuse(lockhouse.CodeForbidden,
			"%s can be read by others on this machine. Make sure that nobody has, and say: chmod 600 %s", path, path)
	}
	if info.Size() > maxBytes {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "%s has %d bytes; no key is that long.", path, info.Size())
	}
	return os.ReadFile(path)
}

// Write keeps a secret: beside its name first, then under it, synced, so that a power cut leaves all of it or what was
// there before.
func Write(path string, secret []byte) error {
	beside := path + ".new"
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(secret)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(beside, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

const pemType = "PRIVATE KEY"

// ReadP256 reads a P-256 private key, PKCS #8 in PEM (RFC 5958, RFC 7468), and refuses any other.
func ReadP256(path string) (*ecdsa.PrivateKey, error) {
	text, err := Read(path)
	if err != nil {
		return nil, err
	}
	broken := lockhouse.Refuse(lockhouse.CodeMalformed,
		"%s is not a P-256 private key in PEM. Put the right file back; a new key would be a stranger to everybody.", path)
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, broken
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, broken.Because(err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, broken
	}
	return key, nil
}

// WriteP256 keeps a P-256 private key, an *ecdsa.PrivateKey or *ecdh.PrivateKey, as ReadP256 reads it.
func WriteP256(path string, key any) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return Write(path, pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}))
}
