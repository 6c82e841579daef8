package locker

import (
	"crypto"
	"crypto/ecdh"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/internal/keyfile"
	"lockhouse/trust/credential"
)

// Identity is who a locker is: its name, the key that phones' handshakes are made with, the key that signs its
// receipts, and the secret behind the names under which it advertises. It is made in the locker and stays there.
type Identity struct {
	ID      lockhouse.LockerID
	Static  ecdh.KeyExchanger
	Receipt crypto.Signer
	Advert  []byte    // 16 bytes
	Keysets *Keysets  // of which the above is the present one
	MadeAt  time.Time // by the clock of who set the locker up, which may be wrong
}

// The files of an identity, in a directory that only its owner can read.
const (
	idFile      = "locker-id"
	staticFile  = "static.pem"
	receiptFile = "receipt.pem"
	advertFile  = "advert.key"

	advertBytes = 16
)

// MakeIdentity draws a new identity and keeps it in dir, its keys in files. An identity that is there already is never
// overwritten: the parcels behind the doors belong to it.
func MakeIdentity(dir string, random io.Reader) (Identity, error) {
	return makeIdentity(dir, random, func() error { return makeKeyFiles(dir, random) })
}

// MakeIdentityInTPM is MakeIdentity with the keys in a TPM 2.0, made there and never out of it: a device such as
// /dev/tpmrm0, or the socket of one in software.
func MakeIdentityInTPM(dir, device string, random io.Reader) (Identity, error) {
	return makeIdentity(dir, random, func() error { return makeKeysInTPM(dir, device) })
}

// makeIdentity writes the identity's files; the name comes last, so that a half-written identity is none and can be made anew.
func makeIdentity(dir string, random io.Reader, makeKeys func() error) (Identity, error) {
	if _, err := os.Stat(filepath.Join(dir, idFile)); err == nil {
		return Identity{}, lockhouse.Refuse(lockhouse.CodeConflict, "%s holds a locker's identity already; a new one would orphan it. Choose another directory.", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Identity{}, err
	}
	if err := makeKeys(); err != nil {
		return Identity{}, err
	}
	advert := make([]byte, advertBytes)
	if _, err := io.ReadFull(random, advert); err != nil {
		return Identity{}, fmt.Errorf("making the shared key: %w", err)
	}
	if err := keyfile.Write(filepath.Join(dir, advertFile), advert); err != nil {
		return Identity{}, err
	}
	if err := keyfile.Write(filepath.Join(dir, idFile), []byte(lockhouse.NewLockerID(random)+"\n")); err != nil {
		return Identity{}, err
	}
	return LoadIdentity(dir)
}

// retiredFile says that this locker was retired and its keys are being removed.
const retiredFile = "retired"

// ForgetIdentity removes a retired locker's keys, and puts its journal aside: the next identity begins another. Cut anywhere, it
// is finished when somebody asks for the identity again.
func ForgetIdentity(dir string) error {
	if err := keyfile.Write(filepath.Join(dir, retiredFile), nil); err != nil {
		return err
	}
	if err := removeKeysets(dir, nil); err != nil {
		return err
	}
	if err := removeFiles(dir, staticFile, receiptFile, tpmFile, advertFile, keysetsFile, networkFile, desiredFile, knownFile, idFile); err != nil {
		return err
	}
	journal := filepath.Join(dir, journalFile)
	if err := os.Rename(journal, journal+".retired"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Remove(filepath.Join(dir, retiredFile))
}

// LoadIdentity reads what MakeIdentity kept.
func LoadIdentity(dir string) (Identity, error) {
	if _, err := os.Stat(filepath.Join(dir, retiredFile)); err == nil {
		if err := ForgetIdentity(dir); err != nil {
			return Identity{}, err
		}
	}
	name, err := os.ReadFile(filepath.Join(dir, idFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Identity{}, lockhouse.Refuse(lockhouse.CodeNotFound, "There is no locker's identity in %s; run lockhouse-agent enrol first.", dir)
	}
	if err != nil {
		return Identity{}, err
	}
	written, err := os.Stat(filepath.Join(dir, idFile))
	if err != nil {
		return Identity{}, err
	}
	id := Identity{ID: lockhouse.LockerID(strings.TrimRight(string(name), "\r\n")), MadeAt: written.ModTime()}
	if _, err := id.ID.Bytes(); err != nil {
		return Identity{}, fmt.Errorf("%s: %w", filepath.Join(dir, idFile), err)
	}
	if id.Keysets, err = openKeysets(dir); err != nil {
		return Identity{}, err
	}
	own, _, err := id.Keysets.load(id.Keysets.at.Present)
	if err != nil {
		return Identity{}, err
	}
	id.Static, id.Receipt, id.Advert = own.Static, own.Receipt, own.Shared
	return id, nil
}

// readShared reads the shared key that came with the locker.
func readShared(dir string) ([]byte, error) {
	shared, err := keyfile.Read(filepath.Join(dir, advertFile))
	if err == nil && len(shared) != advertBytes {
		err = fmt.Errorf("%s has %d bytes, not %d", filepath.Join(dir, advertFile), len(shared), advertBytes)
	}
	return shared, err
}

// Noun gives the public half, as the network keeps it.
func (id Identity) Noun() (lockhouse.Locker, error) {
	receipt, err := credential.PublicKey(id.Receipt)
	if err != nil {
		return lockhouse.Locker{}, err
	}
	return lockhouse.Locker{ID: id.ID, StaticKey: id.Static.PublicKey().Bytes(), ReceiptKey: receipt, AdvertKey: id.Advert}, nil
}
