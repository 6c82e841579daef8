package network

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"path/filepath"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// fingerprints gives what the store's keys look like; nothing where the store is new, or from before fingerprints were kept.
func fingerprints(ctx context.Context, st store.Store) (map[string][]byte, error) {
	kept := map[string][]byte{}
	err := st.View(ctx, func(tx store.Tx) error {
		for _, of := range []string{issuerFile, peopleFile} {
			sum, err := tx.Fingerprint(of)
			if err != nil {
				return err
			}
			if sum != nil {
				kept[of] = sum
			}
		}
		return nil
	})
	return kept, err
}

// compare refuses keys that are not those of the store's other nodes. The first node to come keeps what its own look like;
// of two that come at once, the second is refused and finds the first's when it comes again.
func (k keys) compare(ctx context.Context, dir string, st store.Store, kept map[string][]byte, master []byte) error {
	public, err := credential.PublicKey(k.issuer)
	if err != nil {
		return err
	}
	is := map[string][]byte{issuerFile: fingerprint(public), peopleFile: fingerprint(master)}
	for of, sum := range is {
		if kept[of] != nil && !bytes.Equal(kept[of], sum) {
			return lockhouse.Refuse(lockhouse.CodeConflict, "%s is not the key that this store was begun with. Copy %s and %s from another node, or put them back from your backup.",
				filepath.Join(dir, of), issuerFile, peopleFile)
		}
	}
	if len(kept) == len(is) {
		return nil
	}
	return st.Update(ctx, func(tx store.Tx) error { return keepFingerprints(tx, kept, is) })
}

func keepFingerprints(tx store.Tx, kept, is map[string][]byte) error {
	for of, sum := range is {
		if kept[of] != nil {
			continue
		}
		if err := tx.KeepFingerprint(of, sum); err != nil {
			return err
		}
	}
	return nil
}

// fingerprint says nothing of a key but whether it is the same.
func fingerprint(key []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("lockhouse fingerprint 1"))
	return h.Sum(nil)
}
