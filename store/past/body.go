package past

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// bodyVersion is a body's first byte. What it stands for never changes: a new form gets a new number, and this one is
// read for as long as there are rows of it.
const bodyVersion = 1

// ErrBody says that a body can't be read: it was damaged, or written by a newer Lockhouse.
var ErrBody = errors.New("past: the body can't be read")

// bodyOf1 is a body of version 1: some 750 bytes for a usual parcel. Packed by DEFLATE it would be a quarter smaller
// and take seven times as long to write. Texts stand once, in Words, and numbers point there; times are microseconds
// after Base, null for none.
type bodyOf1 struct {
	_        struct{} `cbor:",toarray"`
	Words    []string
	Base     int64
	Parcel   parcelOf1
	Hold     *holdOf1
	Events   []eventOf1
	Notices  []noticeOf1
	Receipts []receiptOf1
}

type parcelOf1 struct {
	_                                             struct{} `cbor:",toarray"`
	ID, Shop, Reference, Tracking, Site, Hold     int
	Ref                                           [8]byte
	Dimensions                                    [4]int
	Size, Rank, State, Locker, Compartment        int
	Generation                                    uint32
	AnnouncedAt, DroppedOffAt, CollectBy, EndedAt *int64
}

type holdOf1 struct {
	_                   struct{} `cbor:",toarray"`
	ID, Reference, Site int
	Dimensions          [4]int
	Size, Rank          int
	From, Until         int
	State               int
	LapsesAt, PlacedAt  *int64
}

type eventOf1 struct {
	_                        struct{} `cbor:",toarray"`
	Seq                      int64
	Kind                     int
	At                       *int64
	Shop, Hold, Site, Locker int
	Compartment              int
	Note                     int
}

type noticeOf1 struct {
	_              struct{} `cbor:",toarray"`
	ID, Event      int64
	Kind           int
	At             *int64
	Count          int
	NextAt, DoneAt *int64
	LastError      int
}

type receiptOf1 struct {
	_      struct{} `cbor:",toarray"`
	Locker int
	Seq    uint64
}

// Encode gives a body: all but the parcel's person.
func Encode(e Ended) ([]byte, error) { return encode(write(e)) }

// Decode reads a body. The parcel's person is for the caller to add.
func Decode(body []byte) (Ended, error) {
	var b bodyOf1
	if err := decode(body, &b); err != nil {
		return Ended{}, err
	}
	return read(b)
}

func encode(v any) ([]byte, error) {
	plain, err := cbor.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("past: %w", err)
	}
	return append([]byte{bodyVersion}, plain...), nil
}

func decode(body []byte, into any) error {
	if len(body) == 0 || body[0] != bodyVersion {
		return fmt.Errorf("%w: it was written by a newer Lockhouse", ErrBody)
	}
	if err := cbor.Unmarshal(body[1:], into); err != nil {
		return fmt.Errorf("%w: %w", ErrBody, err)
	}
	return nil
}
