package network

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lockhouse"
	"lockhouse/store/sqlite"
	"lockhouse/trust/person"
)

// The files of a data directory. The keys stand beside the database and not in it: a copy of the database alone opens no
// door and names nobody.
const (
	databaseFile = "lockhouse.db"
	issuerFile   = "issuer.key" // signs grants and the time, PKCS #8 in PEM
	peopleFile   = "people.key" // seals contacts, 32 bytes
)

// keys are the network's own secrets.
type keys struct {
	issuer *ecdsa.PrivateKey
	book   person.Book
}

// openKeys reads the keys, and makes them where there is no database yet. A database whose keys are missing is refused:
// with new ones every locker would meet a stranger, and no contact could be read.
func openKeys(dir string, random io.Reader) (k keys, err error) {
	if _, err := os.Stat(filepath.Join(dir, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		if err := makeKeys(dir, random); err != nil {
			return k, err
		}
	}
	text, err := readSecret(dir, issuerFile)
	if err != nil {
		return k, err
	}
	if k.issuer, err = parseIssuerKey(text); err != nil {
		return k, err
	}
	master, err := readSecret(dir, peopleFile)
	if err != nil {
		return k, err
	}
	seal, err := person.NewSeal(master, random)
	if err != nil {
		return k, fmt.Errorf("%s: %w", peopleFile, err)
	}
	k.book = sqlite.NewBook(seal)
	return k, nil
}

func makeKeys(dir string, random io.Reader) error {
	for name, draw := range map[string]func(io.Reader) ([]byte, error){issuerFile: newIssuerKey, peopleFile: newMasterKey} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		content, err := draw(random)
		if err != nil {
			return fmt.Errorf("making %s: %w", name, err)
		}
		if err := writeDurably(path, content); err != nil {
			return fmt.Errorf("keeping %s: %w", name, err)
		}
	}
	return nil
}

func newMasterKey(random io.Reader) ([]byte, error) {
	key := make([]byte, person.MasterKeyBytes)
	_, err := io.ReadFull(random, key)
	return key, err
}

// newIssuerKey draws from the machine: crypto/ecdsa takes its randomness from nowhere else.
func newIssuerKey(io.Reader) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), nil
}

func parseIssuerKey(text []byte) (*ecdsa.PrivateKey, error) {
	broken := lockhouse.Refuse(lockhouse.CodeMalformed,
		"%s is not a P-256 private key in PEM. Put the right file back; a new key would be a stranger to every locker.", issuerFile)
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
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

// readSecret reads a key's file, unless others can read it too.
func readSecret(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, lockhouse.Refuse(lockhouse.CodeNotFound, "There is a database in %s but no %s. Put that file back from your backup.", dir, name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, lockhouse.Refuse(lockhouse.CodeForbidden,
			"%s can be read by others on this machine. Make sure that nobody has, and say: chmod 600 %s", path, path)
	}
	return os.ReadFile(path)
}

// writeDurably writes a file that only we can read: beside its name first, then under it, synced, so that a power cut
// leaves all of it or nothing.
func writeDurably(path string, content []byte) error {
	beside := path + ".new"
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
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
