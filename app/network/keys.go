package network

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lockhouse/internal/keyfile"
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
	issuer       *ecdsa.PrivateKey
	book         person.Book
	mailPassword string
}

// openKeys reads the keys, and makes them where there is no database yet. A database whose keys are missing is refused:
// with new ones every locker would meet a stranger, and no contact could be read.
func openKeys(dir string, random io.Reader) (k keys, err error) {
	if _, err := os.Stat(filepath.Join(dir, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		if err := makeKeys(dir, random); err != nil {
			return k, err
		}
	}
	if k.issuer, err = keyfile.ReadP256(filepath.Join(dir, issuerFile)); err != nil {
		return k, err
	}
	master, err := keyfile.Read(filepath.Join(dir, peopleFile))
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

// makeKeys makes what is not there yet: the last start may have been cut off half way.
func makeKeys(dir string, random io.Reader) error {
	for name, makeKey := range map[string]func(path string, random io.Reader) error{issuerFile: makeIssuerKey, peopleFile: makeMasterKey} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := makeKey(path, random); err != nil {
			return fmt.Errorf("making %s: %w", name, err)
		}
	}
	return nil
}

func makeMasterKey(path string, random io.Reader) error {
	key := make([]byte, person.MasterKeyBytes)
	if _, err := io.ReadFull(random, key); err != nil {
		return err
	}
	return keyfile.Write(path, key)
}

// makeIssuerKey draws from the machine: crypto/ecdsa takes its randomness from nowhere else.
func makeIssuerKey(path string, _ io.Reader) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return keyfile.WriteP256(path, key)
}
