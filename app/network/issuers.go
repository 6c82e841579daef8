package network

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lockhouse"
	"lockhouse/internal/keyfile"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// The files of a change of the issuer key, beside the one that signs. The next is known to lockers before anything is signed
// with it; the former one is known until nothing that it signed can be good any more.
const (
	nextIssuerFile   = "issuer-next.key"
	formerIssuerFile = "issuer-former.key"
)

// changingFiles are there while the issuer key changes.
var changingFiles = []string{nextIssuerFile, formerIssuerFile}

// otherIssuers gives the public halves of the next and the former key, where there are any.
func otherIssuers(dir string) (keys [][]byte, err error) {
	for _, name := range changingFiles {
		public, err := publicOf(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if public != nil {
			keys = append(keys, public)
		}
	}
	return keys, nil
}

// publicOf gives the public half of a key file, nil where there is none.
func publicOf(path string) ([]byte, error) {
	key, err := keyfile.ReadP256(path)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return credential.PublicKey(key)
}

// NextIssuer makes the key that will sign one day, and has every locker know it. Twice is as good as once.
func (n *Network) NextIssuer(ctx context.Context) error {
	path := filepath.Join(n.config.DataDir, nextIssuerFile)
	if there, err := publicOf(path); err != nil || there != nil {
		return err
	}
	if former, err := publicOf(filepath.Join(n.config.DataDir, formerIssuerFile)); err != nil || former != nil {
		return errors.Join(err, lockhouse.Refuse(lockhouse.CodeConflict, "The last change is not over: %s is still there. End it with 'lockhouse issuer forget'.", formerIssuerFile))
	}
	if err := makeIssuerKey(path, rand.Reader); err != nil {
		return err
	}
	return n.tellIssuers(ctx)
}

// SwitchIssuer signs with the next key from the next start on. It is refused while a locker does not know that key yet.
// Each step can be cut: openKeys finishes what the store says was decided.
func (n *Network) SwitchIssuer(ctx context.Context) error {
	dir := n.config.DataDir
	next, err := publicOf(filepath.Join(dir, nextIssuerFile))
	if err != nil {
		return err
	}
	if next == nil {
		return lockhouse.Refuse(lockhouse.CodeNotFound, "There is no next key. Make one with 'lockhouse issuer next'.")
	}
	err = n.store.Update(ctx, func(tx store.Tx) error {
		behind, err := tx.LockersBehind()
		if err != nil {
			return err
		}
		if behind > 0 {
			return lockhouse.Refuse(lockhouse.CodeConflict, "%d lockers do not know the next key yet: they hear of it once they are on their line. Retire those that will not come back.", behind).With("behind", behind)
		}
		return tx.ReplaceFingerprint(issuerFile, fingerprint(next))
	})
	if err != nil {
		return err
	}
	if err := finishSwitch(dir); err != nil {
		return err
	}
	return n.tellIssuers(ctx)
}

// finishSwitch puts the next key in the place of the one that signs, which becomes the former one.
func finishSwitch(dir string) error {
	at := func(name string) string { return filepath.Join(dir, name) }
	if _, err := os.Stat(at(formerIssuerFile)); errors.Is(err, fs.ErrNotExist) {
		was, err := keyfile.Read(at(issuerFile))
		if err != nil {
			return err
		}
		if err := keyfile.Write(at(formerIssuerFile), was); err != nil {
			return err
		}
	}
	return os.Rename(at(nextIssuerFile), at(issuerFile))
}

// ForgetIssuer has every locker forget the former key. It is refused until nothing that it signed can be good any more, unless
// forced: after a theft, what it signed is to end.
func (n *Network) ForgetIssuer(ctx context.Context, forced bool) error {
	path := filepath.Join(n.config.DataDir, formerIssuerFile)
	is, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if until := is.ModTime().Add(credential.MaxGrantLife); !forced && n.parts.Now().Before(until) {
		return lockhouse.Refuse(lockhouse.CodeConflict, "Passes that the former key signed may be good until %s, and so may PINs that were printed. Wait, or force it.", until.UTC().Format(time.DateOnly))
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return n.tellIssuers(ctx)
}

// tellIssuers has every locker be told how it is to be, with the keys that this directory has now.
func (n *Network) tellIssuers(ctx context.Context) error {
	return n.store.Update(ctx, func(tx store.Tx) error { return tx.RaiseDesiredVersions() })
}

// settleSwitch finishes a switch that was decided, where the store has the next key's fingerprint already: it was cut, or made on
// another node.
func settleSwitch(dir string, kept map[string][]byte) error {
	next, err := publicOf(filepath.Join(dir, nextIssuerFile))
	if err != nil || next == nil || !bytes.Equal(kept[issuerFile], fingerprint(next)) {
		return err
	}
	if err := finishSwitch(dir); err != nil {
		return fmt.Errorf("changing the issuer key: %w", err)
	}
	return nil
}
