package credential

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"lockhouse/internal/strictcbor"
)

// Authority is in whose name a locker is told something, and it takes two keys that are kept apart: the network's issuer
// key, a file beside the store, and the key that this one locker shares with its network, a row in the store. Whoever
// steals the first can say nothing to any locker, whoever steals the second nothing to the one.
type Authority struct {
	Issuer crypto.Signer
	Shared []byte // SharedKeyBytes, of the locker that is spoken to
}

// Trusted is by what a locker knows its network's word.
type Trusted struct {
	Issuers Issuers
	Shared  []byte // SharedKeyBytes
	Former  []byte // the one before, where it is still taken; else nil
}

// SharedKeyBytes is the length of the key that a locker shares with its network.
const SharedKeyBytes = 16

// ErrNotForThis refuses what an issuer signed and did not countersign for this locker: it is another locker's, or whoever
// signed it had the issuer key alone.
var ErrNotForThis = errors.New("signed by an issuer, and not countersigned for this locker")

// countersignBytes is the length of the mark that the shared key leaves: nobody tries 2^64 of them at a locker.
const countersignBytes = 8

// countersign gives the mark of a statement: the start of HMAC-SHA-256 under the shared key. Advertised names are derived
// from the same key, over bytes that begin otherwise.
func countersign(shared []byte, aad string, payload []byte) ([]byte, error) {
	if len(shared) != SharedKeyBytes {
		return nil, fmt.Errorf("a locker's shared key has %d bytes, not %d", len(shared), SharedKeyBytes)
	}
	mac := hmac.New(sha256.New, shared)
	mac.Write(slices.Concat([]byte("countersigned "), []byte(aad), []byte{0}, payload))
	return mac.Sum(nil)[:countersignBytes], nil
}

// issue signs and countersigns claims, in the form that issued reads.
func issue(by Authority, aad string, claims any) ([]byte, error) {
	public, err := PublicKey(by.Issuer)
	if err != nil {
		return nil, err
	}
	payload, err := strictcbor.Encode(claims)
	if err != nil {
		return nil, err
	}
	mark, err := countersign(by.Shared, aad, payload)
	if err != nil {
		return nil, err
	}
	kid := KeyIDOf(public)
	return seal(by.Issuer, aad, &marks{kid[:], mark}, payload)
}

// issued reads and verifies what an issuer said to this locker, and gives its payload.
func issued(trusted Trusted, aad string, data []byte, maxBytes int) ([]byte, error) {
	message, m, err := unseal(data, maxBytes, true)
	if err != nil {
		return nil, err
	}
	if len(m.kid) != len(KeyID{}) {
		return nil, refused("a key id of %d bytes", len(m.kid))
	}
	key := trusted.Issuers[KeyID(m.kid)]
	if key == nil {
		return nil, refused("issuer key %x is not known here", m.kid)
	}
	if err := check(message, key, aad); err != nil {
		return nil, err
	}
	for _, shared := range [][]byte{trusted.Shared, trusted.Former} {
		if shared == nil {
			continue
		}
		mark, err := countersign(shared, aad, message.Payload)
		if err != nil {
			return nil, err
		}
		if hmac.Equal(mark, m.countersign) {
			return message.Payload, nil
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrRefused, ErrNotForThis)
}

// IssuerOf names the key that an issuer's statement says to be signed with. Nothing is checked.
func IssuerOf(statement []byte) (id KeyID, err error) {
	_, m, err := unseal(statement, MaxDesiredBytes, true)
	if err == nil && len(m.kid) == len(id) {
		copy(id[:], m.kid)
	}
	return id, err
}
