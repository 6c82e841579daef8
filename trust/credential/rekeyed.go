package credential

import (
	"crypto"
	"slices"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// Rekeyed is a locker's word that it has switched to a keyset, by that keyset's receipt key.
type Rekeyed struct {
	Locker  lockhouse.LockerID
	Keyset  lockhouse.KeysetName
	Through uint64 // the last receipt that the former key signed
}

// MaxRekeyedBytes bounds what is read as one; they have 95 to 103.
const MaxRekeyedBytes = 128

type rekeyed struct {
	_       struct{} `cbor:",toarray"`
	Locker  [8]byte
	Keyset  [8]byte
	Through uint64
}

// SignRekeyed signs it with the keyset's receipt key.
func SignRekeyed(key crypto.Signer, r Rekeyed) ([]byte, error) {
	locker, err := r.Locker.Bytes()
	if err != nil {
		return nil, err
	}
	payload, err := strictcbor.Encode(&rekeyed{Locker: locker, Keyset: r.Keyset, Through: r.Through})
	if err != nil {
		return nil, err
	}
	return seal(key, aadRekeyed, nil, payload)
}

// VerifyRekeyed reads it in its one form and checks that this receipt key (65 bytes) signed it.
func VerifyRekeyed(key, data []byte) (Rekeyed, error) {
	message, _, err := unseal(data, MaxRekeyedBytes, false)
	if err != nil {
		return Rekeyed{}, err
	}
	public, err := ParseKey(key)
	if err != nil {
		return Rekeyed{}, err
	}
	if err := check(message, public, aadRekeyed); err != nil {
		return Rekeyed{}, err
	}
	var r rekeyed
	if err := strictcbor.Decode(message.Payload, MaxRekeyedBytes, &r); err != nil {
		return Rekeyed{}, refused("rekeyed: %w", err)
	}
	return Rekeyed{Locker: lockhouse.LockerIDOf(r.Locker), Keyset: r.Keyset, Through: r.Through}, nil
}

const successionContext = "latch-1 succession"

// SuccessionBytes is the length of a succession.
const SuccessionBytes = KeyBytes + SignatureBytes

// Succeed has a locker's receipt key say which one (65 bytes) signs after it: for phones that know the former one alone.
func Succeed(former crypto.Signer, locker lockhouse.LockerID, next []byte) ([]byte, error) {
	about, err := successionInput(locker, next)
	if err != nil {
		return nil, err
	}
	signature, err := sign(former, about)
	return slices.Concat(next, signature), err
}

// VerifySuccession gives the receipt key that a former one (65 bytes) named.
func VerifySuccession(former []byte, locker lockhouse.LockerID, succession []byte) ([]byte, error) {
	if len(succession) != SuccessionBytes {
		return nil, refused("a succession of %d bytes", len(succession))
	}
	key, err := ParseKey(former)
	if err != nil {
		return nil, err
	}
	next, signature := succession[:KeyBytes], succession[KeyBytes:]
	if _, err := ParseKey(next); err != nil {
		return nil, err
	}
	about, err := successionInput(locker, next)
	if err != nil {
		return nil, err
	}
	if !verify(key, about, signature) {
		return nil, refused("a succession that the former receipt key did not sign")
	}
	return next, nil
}

func successionInput(locker lockhouse.LockerID, next []byte) ([]byte, error) {
	id, err := locker.Bytes()
	return slices.Concat([]byte(successionContext), id[:], next), err
}
