package storetest

import (
	"testing"

	"lockhouse"
	"lockhouse/store"
)

// fingerprints are kept once and for good.
func fingerprints(t *testing.T, s store.Store) {
	is := func(of string, want []byte) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			got, err := tx.Fingerprint(of)
			check(t, err)
			equal(t, got, want)
			return nil
		})
	}
	is("issuer", nil)
	Update(t, s, func(tx store.Tx) error { return tx.KeepFingerprint("issuer", []byte{1, 2}) })
	is("issuer", []byte{1, 2})
	is("people", nil)
	writeRefused(t, s, lockhouse.CodeConflict, func(tx store.Tx) error { return tx.KeepFingerprint("issuer", []byte{3}) })
	is("issuer", []byte{1, 2})
	Update(t, s, func(tx store.Tx) error { return tx.ReplaceFingerprint("issuer", []byte{4}) })
	is("issuer", []byte{4})
	writeRefused(t, s, lockhouse.CodeNotFound, func(tx store.Tx) error { return tx.ReplaceFingerprint("people", []byte{4}) })
}
