package credential

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"lockhouse"
)

// PINDigits is the length of a PIN, and pins how many there are.
const (
	PINDigits = 8
	pins      = 100_000_000
)

const pinContext = "latch-1 pin"

// PINSecret is what a locker and its network both know, and nobody else: 32 bytes from which the PINs of that locker's
// parcels follow. No message has to arrive for one.
type PINSecret [32]byte

// AgreePINSecret derives the secret of a locker from one side's private key and the other's public key (65 bytes): the
// locker's static key and the network's issuer key; and from the key that the two share, so that a thief of the issuer's
// learns no PIN. It is HKDF-SHA-256 (RFC 5869) of what ECDH (NIST SP 800-56A) gives, with the shared key as salt; so it is
// kept nowhere, and what is derived says nothing of the keys.
func AgreePINSecret(own ecdh.KeyExchanger, other, sharedKey []byte, locker lockhouse.LockerID) (secret PINSecret, err error) {
	id, err := locker.Bytes()
	if err != nil {
		return secret, err
	}
	if len(sharedKey) != SharedKeyBytes {
		return secret, fmt.Errorf("a locker's shared key has %d bytes, not %d", len(sharedKey), SharedKeyBytes)
	}
	key, err := agreeOn("the secret of PINs", own, other, sharedKey, pinContext+string(id[:]), len(secret))
	copy(secret[:], key)
	return secret, err
}

// PIN gives what opens one parcel's door at this locker: 8 digits, made of the parcel and of the generation of its
// compartment. It is the first 8 bytes of HMAC-SHA-256 modulo 10^8: some PINs are likelier than others by less than one
// part in 10^11, since 2^64 is no multiple of 10^8.
//
// Where it was voided and made anew, that moment is part of it too, in whole seconds; renewed is zero where it never was.
//
// Two parcels of n in a locker have the same PIN with a chance of about n²/(2·10^8): 1 in 20,000 for 100 of them.
func (s PINSecret) PIN(ref lockhouse.ParcelRef, generation uint32, renewed time.Time) string {
	mac := hmac.New(sha256.New, s[:])
	mac.Write(ref[:])
	mac.Write(binary.BigEndian.AppendUint32(nil, generation))
	if !renewed.IsZero() {
		mac.Write(binary.BigEndian.AppendUint64(nil, unixS(renewed)))
	}
	return fmt.Sprintf("%0*d", PINDigits, binary.BigEndian.Uint64(mac.Sum(nil))%pins)
}
