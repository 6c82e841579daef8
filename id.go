package lockhouse

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// Identifiers are opaque text with a prefix that says what they name. They are unguessable and say nothing but, to whom
// has two of them, which was made first.
type (
	SiteID    string // site_…
	LockerID  string // lkr_ and 16 hex digits: the 8 bytes that travel in Latch
	HoldID    string // hold_…
	ParcelID  string // par_…
	ShopID    string // shop_…
	CourierID string // cour_…
	PersonID  string // per_…: the only trace of a person outside trust/person
	KeyID     string // key_…: an API key's name, not its secret
)

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID makes an identifier: prefix, underscore, and 20 characters of Crockford's base32, of which the first 9 are the
// time in milliseconds (good until the year 3084) and the last 11 are 55 random bits. The order in time keeps a
// database's index dense.
func NewID(prefix string, now time.Time, random io.Reader) string {
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[:7]); err != nil {
		panic("lockhouse: no randomness: " + err.Error()) // nothing can be kept safe without it
	}
	var b strings.Builder
	b.WriteString(prefix)
	b.WriteByte('_')
	ms := uint64(now.UnixMilli())
	for shift := 40; shift >= 0; shift -= 5 {
		b.WriteByte(crockford[ms>>shift&31])
	}
	var r uint64
	for _, x := range raw[:7] {
		r = r<<8 | uint64(x)
	}
	for shift := 50; shift >= 0; shift -= 5 {
		b.WriteByte(crockford[r>>shift&31])
	}
	return b.String()
}

// NewLockerID makes a locker's identifier from 8 random bytes.
func NewLockerID(random io.Reader) LockerID {
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		panic("lockhouse: no randomness: " + err.Error())
	}
	return LockerIDOf(raw)
}

// LockerIDOf names the locker with these 8 bytes.
func LockerIDOf(raw [8]byte) LockerID { return LockerID("lkr_" + hex.EncodeToString(raw[:])) }

// Bytes gives the 8 bytes by which Latch names the locker.
func (id LockerID) Bytes() ([8]byte, error) {
	var raw [8]byte
	text, ok := strings.CutPrefix(string(id), "lkr_")
	if !ok || hex.DecodedLen(len(text)) != len(raw) {
		return raw, fmt.Errorf("locker id %q is not lkr_ and 16 hex digits", string(id))
	}
	if _, err := hex.Decode(raw[:], []byte(text)); err != nil {
		return raw, fmt.Errorf("locker id %q: %w", string(id), err)
	}
	return raw, nil
}

// ParcelRef is the only name by which a locker, a grant or a receipt knows a parcel: 8 random bytes that say nothing
// about shop or recipient. As text it is 16 hex digits.
type ParcelRef [8]byte

// NewParcelRef draws a reference.
func NewParcelRef(random io.Reader) ParcelRef {
	var ref ParcelRef
	if _, err := io.ReadFull(random, ref[:]); err != nil {
		panic("lockhouse: no randomness: " + err.Error())
	}
	return ref
}

// String gives 16 hex digits.
func (r ParcelRef) String() string { return hex.EncodeToString(r[:]) }

// MarshalText gives 16 hex digits.
func (r ParcelRef) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads 16 hex digits and nothing else.
func (r *ParcelRef) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(r) || len(text)%2 != 0 {
		return fmt.Errorf("a parcel reference is 16 hex digits, not %d characters", len(text))
	}
	_, err := hex.Decode(r[:], text)
	return err
}
