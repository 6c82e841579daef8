package wire

import (
	"errors"
	"fmt"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// Messages are CBOR arrays in deterministic form. Those of the handshake are known by their place; every other begins
// with its kind.

// Limits inside messages.
const (
	MaxGrantBytes   = 1_536 // 64 targets of the longest form take 1,383
	MaxReceiptBytes = 192
	MaxTail         = 8 // receipts in one Receipts message
	MaxMailBytes    = 1_536
	SuccessionBytes = 129

	MinPresenceDigits, MaxPresenceDigits = 6, 8
	proofBytes                           = 64
)

// Presentation is the payload of the phone's first message: what it is allowed, the proof that the grant is its own, and
// at most one target to open right away. A door needs a tap of its own, so there is no list.
type Presentation struct {
	_     struct{} `cbor:",toarray"`
	Grant []byte   // trust/credential: a COSE_Sign1 of the network
	Proof []byte   // trust/credential: ECDSA by the phone's key over this very meeting
	Open  *uint8   // index of the grant's target, or nil
}

// Carrying is a Presentation with mail: the network's word for the locker, sealed (trust/credential), which the phone can't read.
// Only to a locker that says FlagTakesMail.
type Carrying struct {
	_     struct{} `cbor:",toarray"`
	Grant []byte
	Proof []byte
	Open  *uint8
	Mail  []byte
}

// Relayed is the payload of a first message over the locker's line: a Presentation, and what only somebody who stands
// there can read. It travels inside the channel, so whoever relays it learns nothing and can put nothing in its place.
type Relayed struct {
	_        struct{} `cbor:",toarray"`
	Grant    []byte
	Proof    []byte // covers the presence code too
	Open     *uint8
	Presence []byte // 6 to 8 decimal digits in ASCII
}

// Admission is the payload of the locker's answer. Admitted is about grant and proof; where it is not OK the handshake
// ends there and INFO has a new nonce. Opening is about the target, if one was named.
type Admission struct {
	_           struct{} `cbor:",toarray"`
	Admitted    Status
	Opening     Status
	Compartment uint16 // whose door opens now; 0 when none does
	Receipt     []byte // "authorised", or nil

	// Succession is given to a phone that came with the locker's former keyset: the receipt key that signs now, signed by the one that the
	// phone knows (trust/credential). Nil for all others.
	Succession []byte `cbor:"-"`
}

// succeeded is an Admission with a succession.
type succeeded struct {
	_           struct{} `cbor:",toarray"`
	Admitted    Status
	Opening     Status
	Compartment uint16
	Receipt     []byte
	Succession  []byte
}

// Open asks for one more door: to collect, take out, store, or to reopen for a few minutes what was shut too early.
type Open struct {
	_     struct{} `cbor:",toarray"`
	Kind  kind
	Index uint8
	Rank  uint8 // to store: at least this rank, after a misfit; 0 means the grant's
}

// Misfit says that the parcel of a store target is not to stay: it does not fit, or was never put in. A shut door opens
// again; when it is shut for good, the compartment is free.
type Misfit struct {
	_     struct{} `cbor:",toarray"`
	Kind  kind
	Index uint8
}

// Tail asks for the locker's last receipts, to carry them to the network.
type Tail struct {
	_    struct{} `cbor:",toarray"`
	Kind kind
	N    uint8 // 1 to MaxTail
}

// Bye ends the visit.
type Bye struct {
	_    struct{} `cbor:",toarray"`
	Kind kind
}

// Answer says at once whether an Open or Misfit will be done.
type Answer struct {
	_           struct{} `cbor:",toarray"`
	Kind        kind
	Index       uint8
	Status      Status
	Compartment uint16
	Receipt     []byte // "authorised", or nil
}

// DoorEvent is what a door did.
type DoorEvent uint8

// What a door can do.
const (
	DoorOpened   DoorEvent = 1 // its contact says so
	DoorTimeout  DoorEvent = 2 // it did not open; nothing is used up
	DoorClosed   DoorEvent = 3 // it is shut, and what was done is done
	DoorLeftOpen DoorEvent = 4 // it is still open: please shut it
	DoorUnknown  DoorEvent = 5 // the lock board fell silent: look at the door
)

// DoorNews tells the phone what the door of a target did.
type DoorNews struct {
	_           struct{} `cbor:",toarray"`
	Kind        kind
	Index       uint8
	Event       DoorEvent
	Compartment uint16
	Receipt     []byte // the locker's signed word for it, or nil
}

// Receipts answers Tail, oldest first.
type Receipts struct {
	_        struct{} `cbor:",toarray"`
	Kind     kind
	Receipts [][]byte
}

type kind uint8

const (
	kindOpen     kind = 1
	kindMisfit   kind = 2
	kindTail     kind = 3
	kindBye      kind = 4
	kindAnswer   kind = 17
	kindDoorNews kind = 18
	kindReceipts kind = 19
)

// ErrMessage refuses what arrived inside a channel, and was not a message.
var ErrMessage = errors.New("latch: not a message")

func refused(why error) error {
	return lockhouse.RefuseAtDoor(lockhouse.CodeMalformed).Because(errors.Join(ErrMessage, why))
}

// Encode gives a message's bytes. The kind of those that have one is filled in.
func Encode(message any) ([]byte, error) {
	switch m := message.(type) {
	case Presentation, Carrying, Relayed:
		return strictcbor.Encode(m)
	case Admission:
		if m.Succession != nil {
			return strictcbor.Encode(succeeded{Admitted: m.Admitted, Opening: m.Opening, Compartment: m.Compartment, Receipt: m.Receipt, Succession: m.Succession})
		}
		return strictcbor.Encode(m)
	case Open:
		m.Kind = kindOpen
		return strictcbor.Encode(m)
	case Misfit:
		m.Kind = kindMisfit
		return strictcbor.Encode(m)
	case Tail:
		m.Kind = kindTail
		return strictcbor.Encode(m)
	case Bye:
		m.Kind = kindBye
		return strictcbor.Encode(m)
	case Answer:
		m.Kind = kindAnswer
		return strictcbor.Encode(m)
	case DoorNews:
		m.Kind = kindDoorNews
		return strictcbor.Encode(m)
	case Receipts:
		m.Kind = kindReceipts
		return strictcbor.Encode(m)
	}
	return nil, fmt.Errorf("wire: %T is not a message", message)
}
