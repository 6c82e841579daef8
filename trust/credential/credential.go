// Package credential makes and checks what is signed: grants, paper passes, the time, desired states and commands by the network's issuer key, receipts by a
// locker's receipt key, proofs of possession by a phone's key. It is pure: keys, time and bytes are arguments.
//
// Grants, receipts and the others are COSE_Sign1 (RFC 9052) with ES256 and an external_aad that says which of them it is,
// so that none can be taken for another. Each has exactly one form: deterministic CBOR, no unprotected
// headers, and the lower of the two values of s that ECDSA allows. So a bit that is changed, a length that is written
// differently, and a signature that was turned over are all refused, and a receipt's hash names it.
//
// Signing is deterministic (RFC 6979) where the key is in memory: a locker that has just started needs no entropy for
// it. Keys are given as crypto.Signer, so that they may live in a secure element.
package credential

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
)

// KeyBytes is the length of a P-256 public key, uncompressed.
const KeyBytes = 65

// ErrRefused says that something signed is not what it should be. Which check failed is in the text, for the log.
var ErrRefused = errors.New("credential refused")

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrRefused, fmt.Errorf(format, args...))
}

// ParseKey reads a public key of 65 bytes, and refuses what is not a point of P-256.
func ParseKey(key []byte) (*ecdsa.PublicKey, error) {
	if len(key) != KeyBytes {
		return nil, refused("a key has %d bytes, not %d", len(key), KeyBytes)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key)
	if err != nil {
		return nil, refused("a key: %w", err)
	}
	return pub, nil
}

// PublicKey gives the 65 bytes of a signer's public key.
func PublicKey(key crypto.Signer) ([]byte, error) {
	pub, ok := key.Public().(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return nil, fmt.Errorf("a signing key must be P-256, not %T", key.Public())
	}
	return pub.Bytes()
}

// KeyID is the kid of an issuer key: the first 4 bytes of the SHA-256 of its 65 bytes. It only says which key to try.
type KeyID [4]byte

// KeyIDOf names an issuer key.
func KeyIDOf(key []byte) (id KeyID) {
	sum := sha256.Sum256(key)
	copy(id[:], sum[:])
	return id
}

// Thumbprint gives the 8 bytes by which receipts and journals name a phone's key.
func Thumbprint(key []byte) (t [8]byte) {
	sum := sha256.Sum256(key)
	copy(t[:], sum[:])
	return t
}

// Issuers are the network's keys that a locker accepts, by kid: the present one, and the next during a change.
type Issuers map[KeyID]*ecdsa.PublicKey

// maxIssuers bounds how many keys are trusted at a time.
const maxIssuers = 8

// NewIssuers reads 1 to 8 public keys, and refuses two with the same kid.
func NewIssuers(keys ...[]byte) (Issuers, error) {
	if len(keys) == 0 || len(keys) > maxIssuers {
		return nil, fmt.Errorf("%d issuer keys; give 1 to %d", len(keys), maxIssuers)
	}
	out := Issuers{}
	for _, key := range keys {
		pub, err := ParseKey(key)
		if err != nil {
			return nil, err
		}
		if out[KeyIDOf(key)] != nil {
			return nil, fmt.Errorf("two issuer keys share the key id %x", KeyIDOf(key))
		}
		out[KeyIDOf(key)] = pub
	}
	return out, nil
}
