// Package phone is the phone's side of Latch in Go: for tests, rehearsals, the benchmark and the command line. The
// phone that people carry is web/src/latch; both are written from docs/latch.md.
//
// A visit is begun with a grant, the locker's public keys, and a link that carries frames: Bluetooth, the demo radio's
// WebSocket, or a session in the same process (Within). Nothing is sent before the locker's INFO was found to be the
// one that the grant is for, and no receipt is passed on that the locker did not sign.
package phone

import (
	"context"
	"crypto"
	"errors"
	"io"

	"lockhouse"
	"lockhouse/wire"
)

// maxNews bounds what a visit keeps of doors while it waits for an answer.
const maxNews = 32

// Link carries frames to and from one locker.
type Link interface {
	Info(ctx context.Context) ([]byte, error)      // reads INFO
	Write(ctx context.Context, frame []byte) error // returns when the locker has taken it, or refused
	Frames() <-chan []byte                         // what the locker notifies; closed when the link is gone
}

// Locker is what comes with a grant about the locker that it is for.
type Locker struct {
	ID         lockhouse.LockerID
	StaticKey  []byte // 65 bytes
	ReceiptKey []byte // 65 bytes
}

// Phone is who comes: the key that the grant names, randomness, and over the locker's line the presence code that its owner
// read there.
type Phone struct {
	Key      crypto.Signer
	Random   io.Reader
	Presence string
	// Mail gives what the network had the phone carry to the locker with this INFO, sealed; nil for nothing. Nil: it carries none.
	Mail func(wire.Info) []byte
}

// News is what the locker said of a door: after an Open at once (Event 0), and then as things happen.
type News struct {
	Index       int
	Event       wire.DoorEvent
	Compartment int
	Receipt     *lockhouse.Receipt // checked; nil where the locker gave none
	Raw         []byte             // the receipt as signed
}

// Visit is a session in which the locker has admitted the phone. Its methods are called from one goroutine.
type Visit struct {
	link    Link
	locker  Locker
	info    wire.Info
	joiner  wire.Joiner
	channel *wire.Channel
	news    []News
}

// ErrLink says that the link is gone, or that the locker said something that it should not.
var ErrLink = errors.New("phone: the link is gone or makes no sense; connect again")

// Info gives what the locker said of itself when the visit began.
func (v *Visit) Info() wire.Info { return v.info }

// Open asks for the door of a target; to store, at least of a rank (0 for the grant's). The door's news follow by Next.
func (v *Visit) Open(ctx context.Context, index, rank int) (News, error) {
	return v.ask(ctx, wire.Open{Index: inByte(index), Rank: inByte(rank)}, index)
}

// Misfit says that the parcel of a store target is not to stay.
func (v *Visit) Misfit(ctx context.Context, index int) (News, error) {
	return v.ask(ctx, wire.Misfit{Index: inByte(index)}, index)
}

func (v *Visit) ask(ctx context.Context, question any, index int) (News, error) {
	if err := v.say(ctx, question); err != nil {
		return News{}, err
	}
	answer, err := awaits[wire.Answer](ctx, v)
	if err != nil {
		return News{}, err
	}
	if int(answer.Index) != index {
		return News{}, ErrLink
	}
	if err := answer.Status.Err(); err != nil {
		return News{}, err
	}
	return v.read(index, 0, answer.Compartment, answer.Receipt)
}

// awaits hears until an answer of a kind comes, and remembers the doors' news that come before it.
func awaits[M any](ctx context.Context, v *Visit) (M, error) {
	var none M
	for {
		message, err := v.hear(ctx)
		if err != nil {
			return none, err
		}
		switch m := message.(type) {
		case M:
			return m, nil
		case wire.DoorNews:
			if err := v.remember(m); err != nil {
				return none, err
			}
		default:
			return none, ErrLink
		}
	}
}

// Next waits for the next that a door does.
func (v *Visit) Next(ctx context.Context) (News, error) {
	if len(v.news) > 0 {
		n := v.news[0]
		v.news = v.news[1:]
		return n, nil
	}
	m, err := awaits[wire.DoorNews](ctx, v)
	if err != nil {
		return News{}, err
	}
	return v.read(int(m.Index), m.Event, m.Compartment, m.Receipt)
}

func (v *Visit) remember(m wire.DoorNews) error {
	n, err := v.read(int(m.Index), m.Event, m.Compartment, m.Receipt)
	if err == nil && len(v.news) >= maxNews {
		err = ErrLink
	}
	v.news = append(v.news, n)
	return err
}

// Tail gives the locker's last n receipts (1 to wire.MaxTail), as signed, oldest first; each is checked.
func (v *Visit) Tail(ctx context.Context, n int) ([][]byte, error) {
	if err := v.say(ctx, wire.Tail{N: inByte(n)}); err != nil {
		return nil, err
	}
	m, err := awaits[wire.Receipts](ctx, v)
	if err != nil {
		return nil, err
	}
	for _, raw := range m.Receipts {
		if _, err := v.check(raw); err != nil {
			return nil, err
		}
	}
	return m.Receipts, nil
}

// Bye ends the visit; the link is the caller's to cut.
func (v *Visit) Bye(ctx context.Context) error { return v.say(ctx, wire.Bye{}) }

// inByte keeps what is out of range out of range: no grant has a target 255, and the locker refuses it.
func inByte(n int) uint8 {
	if n < 0 || n > 255 {
		return 255
	}
	return uint8(n)
}
