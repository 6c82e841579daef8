// Package fixedkeys makes the same P-256 keys from the same names, for tests: what fails with them fails again.
package fixedkeys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"testing"
)

// Scalar gives 32 bytes of a name.
func Scalar(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:]
}

// Signer gives the key that signs.
func Signer(t testing.TB, name string) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), Scalar(name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Exchange gives the same key, for agreeing on others.
func Exchange(t testing.TB, name string) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.P256().NewPrivateKey(Scalar(name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Public gives its public half: 65 bytes.
func Public(t testing.TB, name string) []byte {
	t.Helper()
	return Exchange(t, name).PublicKey().Bytes()
}
