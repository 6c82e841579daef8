package network

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lockhouse/internal/keyfile"
	"lockhouse/store"
	"lockhouse/trust/person"
)

// The files of a data directory. The keys stand beside the database and not in it: a copy of the database alone opens no
// door and names nobody.
const (
	databaseFile = "lockhouse.db"
	issuerFile   = "issuer.key" // signs grants and the time, PKCS #8 in PEM
	peopleFile   = "people.key" // seals contacts, 32 bytes
	nodeFile     = "node.lock"  // empty; locked while a node does the chores
)

// keys are the network's own secrets.
type keys struct {
	issuer       *ecdsa.PrivateKey
	agrees       *ecdh.PrivateKey // the issuer key, for what it shares with each locker
	book         person.Book
	mailPassword string
	others       [][]byte // public keys by which lockers know the network besides
}

// openKeys reads the keys, and makes them where nothing was ever kept. A store that has something and whose keys are missing
// or others is refused: with new ones every locker would meet a stranger, and no contact could be read.
func openKeys(ctx context.Context, dir string, e engine, st store.Store, random io.Reader) (k keys, err error) {
	kept, err := fingerprints(ctx, st)
	if err != nil {
		return k, err
	}
	if len(kept) == 0 && e.fresh {
		if err := makeKeys(dir, random); err != nil {
			return k, err
		}
	}
	if err := settleSwitch(dir, kept); err != nil {
		return k, err
	}
	if k.others, err = otherIssuers(dir); err != nil {
		return k, err
	}
	if k.issuer, err = keyfile.ReadP256(filepath.Join(dir, issuerFile)); err != nil {
		return k, err
	}
	if k.agrees, err = k.issuer.ECDH(); err != nil {
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
	k.book = e.book(seal)
	return k, k.compare(ctx, dir, st, kept, master)
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
