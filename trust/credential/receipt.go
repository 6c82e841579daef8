package credential

import (
	"crypto"
	"crypto/sha256"
	"time"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// MaxReceiptBytes bounds what is read as a receipt; the longest that SignReceipt makes has 168.
const MaxReceiptBytes = 192

// statement is a receipt's payload: an array, because there are many of them. scanStatement reads it. Grant, reference and phone are null where
// none was involved.
type statement struct {
	_           struct{} `cbor:",toarray"`
	Locker      [8]byte
	Boot        uint32
	Seq         uint64
	Kind        uint8
	At          uint64
	Quality     uint8
	Grant       *[8]byte
	Ref         *[8]byte
	Compartment uint16
	Generation  uint32
	Phone       *[8]byte
	Prev        [16]byte
}

// SignReceipt signs a receipt with the locker's receipt key: 114 bytes at the least, about 141 where a grant, a
// parcel and a phone are named.
func SignReceipt(key crypto.Signer, r lockhouse.Receipt) ([]byte, error) {
	locker, err := r.Locker.Bytes()
	if err != nil {
		return nil, err
	}
	if r.Compartment < 0 || r.Compartment > maxPlace {
		return nil, refused("compartment %d", r.Compartment)
	}
	payload, err := strictcbor.Encode(&statement{
		Locker: locker, Boot: r.Boot, Seq: r.Seq, Kind: uint8(r.Kind), At: uint64(max(r.At.Unix(), 0)), Quality: uint8(r.Quality),
		Grant: orNull(r.Grant), Ref: orNull(r.Ref), Compartment: uint16(r.Compartment), Generation: r.Generation,
		Phone: orNull(r.Phone), Prev: r.Prev,
	})
	if err != nil {
		return nil, err
	}
	return seal(key, aadReceipt, nil, payload)
}

// VerifyReceipt reads a receipt in its one form and checks that it was signed by this receipt key (65 bytes).
func VerifyReceipt(key, data []byte) (lockhouse.Receipt, error) {
	r, err := scanReceipt(data)
	if err != nil {
		return lockhouse.Receipt{}, err
	}
	public, err := ParseKey(key)
	if err != nil {
		return lockhouse.Receipt{}, err
	}
	if err := r.verify(public); err != nil {
		return lockhouse.Receipt{}, err
	}
	return r.claim, nil
}

// ReadReceipt reads a receipt without checking its signature, where its maker reads its own journal. From anywhere else
// nothing in it may be believed.
func ReadReceipt(data []byte) (lockhouse.Receipt, error) {
	r, err := scanReceipt(data)
	return r.claim, err
}

// Link gives what the next receipt says of this one: the first 16 bytes of its SHA-256.
func Link(receipt []byte) (prev [16]byte) {
	sum := sha256.Sum256(receipt)
	copy(prev[:], sum[:])
	return prev
}

func (s statement) receipt() (lockhouse.Receipt, error) {
	r := lockhouse.Receipt{
		Locker: lockhouse.LockerIDOf(s.Locker), Boot: s.Boot, Seq: s.Seq, Kind: lockhouse.ReceiptKind(s.Kind),
		At: time.Unix(int64(s.At), 0).UTC(), Quality: lockhouse.TimeQuality(s.Quality), Grant: orZero(s.Grant), Ref: orZero(s.Ref),
		Compartment: int(s.Compartment), Generation: s.Generation, Phone: orZero(s.Phone), Prev: s.Prev,
	}
	switch {
	case r.Kind < lockhouse.ReceiptAuthorised || r.Kind > lockhouse.ReceiptService:
		return lockhouse.Receipt{}, refused("receipt of kind %d", s.Kind)
	case s.Seq == 0 || s.At > maxUnixS || r.Quality > lockhouse.TimeGood:
		return lockhouse.Receipt{}, refused("receipt %d at %d, quality %d", s.Seq, s.At, s.Quality)
	case isZero(s.Grant) || isZero(s.Ref) || isZero(s.Phone):
		return lockhouse.Receipt{}, refused("receipt with zeros where null belongs")
	}
	return r, nil
}

func orNull[T ~[8]byte](v T) *[8]byte {
	raw := [8]byte(v)
	if raw == ([8]byte{}) {
		return nil
	}
	return &raw
}

func orZero(v *[8]byte) [8]byte {
	if v == nil {
		return [8]byte{}
	}
	return *v
}

func isZero(v *[8]byte) bool { return v != nil && *v == [8]byte{} }
