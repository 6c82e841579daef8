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
	"fmt"
	"io"

	"lockhouse"
	"lockhouse/trust/credential"
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

// Phone is who comes: the key that the grant names, and randomness.
type Phone struct {
	Key    crypto.Signer
	Random io.Reader
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

// Begin reads INFO, shows the grant, and asks for the door of one target right away unless open is negative. The visit
// is there when the locker admitted the phone, even when it refused the door: the error says why then, and the news is
// empty. Refusals are *lockhouse.Error with the locker's code.
func Begin(ctx context.Context, link Link, p Phone, locker Locker, grant []byte, open int) (*Visit, News, error) {
	v := &Visit{link: link, locker: locker}
	raw, err := v.readInfo(ctx)
	if err != nil {
		return nil, News{}, err
	}
	admission, err := v.present(ctx, p, raw, grant, open)
	if err != nil {
		return nil, News{}, err
	}
	if err := admission.Opening.Err(); err != nil || open < 0 {
		return v, News{}, err
	}
	n, err := v.read(open, 0, admission.Compartment, admission.Receipt)
	return v, n, err
}

// readInfo reads INFO and checks that this is the locker that the grant is for.
func (v *Visit) readInfo(ctx context.Context) ([]byte, error) {
	raw, err := v.link.Info(ctx)
	if err != nil {
		return nil, errors.Join(ErrLink, err)
	}
	if v.info, err = wire.ParseInfo(raw); err != nil {
		return nil, err
	}
	if lockhouse.LockerIDOf(v.info.Locker) != v.locker.ID || v.info.StaticKey != wire.StaticKeyID(v.locker.StaticKey) {
		return nil, lockhouse.RefuseAtDoor(lockhouse.CodeWrongLocker)
	}
	v.joiner.Session = v.info.Session
	return raw, nil
}

func (v *Visit) present(ctx context.Context, p Phone, info, grant []byte, open int) (wire.Admission, error) {
	i, err := wire.NewInitiator(v.locker.StaticKey, info, p.Random)
	if err != nil {
		return wire.Admission{}, err
	}
	proof, err := credential.Prove(p.Key, credential.Meeting{Info: info, Static: v.locker.StaticKey, Ephemeral: i.Ephemeral(), Grant: grant})
	if err != nil {
		return wire.Admission{}, err
	}
	presentation := wire.Presentation{Grant: grant, Proof: proof}
	if open >= 0 {
		index := uint8(min(open, 255))
		presentation.Open = &index
	}
	plain, err := wire.Encode(presentation)
	if err != nil {
		return wire.Admission{}, err
	}
	m1, err := i.First(plain)
	if err != nil {
		return wire.Admission{}, err
	}
	return v.admitted(ctx, i, m1)
}

func (v *Visit) admitted(ctx context.Context, i *wire.Initiator, m1 []byte) (wire.Admission, error) {
	if err := v.write(ctx, m1); err != nil {
		return wire.Admission{}, err
	}
	m2, err := v.message(ctx)
	if err != nil {
		return wire.Admission{}, err
	}
	plain, channel, err := i.Second(m2)
	if err != nil {
		return wire.Admission{}, errors.Join(ErrLink, err)
	}
	admission, err := wire.DecodeAdmission(plain)
	if err != nil {
		return wire.Admission{}, err
	}
	v.channel = channel
	return admission, admission.Admitted.Err()
}

// Info gives what the locker said of itself when the visit began.
func (v *Visit) Info() wire.Info { return v.info }

// Open asks for the door of a target; to store, at least of a rank (0 for the grant's). The door's news follow by Next.
func (v *Visit) Open(ctx context.Context, index, rank int) (News, error) {
	return v.ask(ctx, wire.Open{Index: uint8(index), Rank: uint8(rank)}, index)
}

// Misfit says that the parcel of a store target is not to stay.
func (v *Visit) Misfit(ctx context.Context, index int) (News, error) {
	return v.ask(ctx, wire.Misfit{Index: uint8(index)}, index)
}

func (v *Visit) ask(ctx context.Context, question any, index int) (News, error) {
	if err := v.say(ctx, question); err != nil {
		return News{}, err
	}
	for {
		message, err := v.hear(ctx)
		if err != nil {
			return News{}, err
		}
		switch m := message.(type) {
		case wire.Answer:
			if int(m.Index) != index {
				return News{}, ErrLink
			}
			if err := m.Status.Err(); err != nil {
				return News{}, err
			}
			return v.read(index, 0, m.Compartment, m.Receipt)
		case wire.DoorNews:
			if err := v.remember(m); err != nil {
				return News{}, err
			}
		default:
			return News{}, ErrLink
		}
	}
}

// Next waits for the next that a door does.
func (v *Visit) Next(ctx context.Context) (News, error) {
	if len(v.news) == 0 {
		message, err := v.hear(ctx)
		if err != nil {
			return News{}, err
		}
		m, ok := message.(wire.DoorNews)
		if !ok {
			return News{}, ErrLink
		}
		return v.read(int(m.Index), m.Event, m.Compartment, m.Receipt)
	}
	n := v.news[0]
	v.news = v.news[1:]
	return n, nil
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
	if err := v.say(ctx, wire.Tail{N: uint8(n)}); err != nil {
		return nil, err
	}
	for {
		message, err := v.hear(ctx)
		if err != nil {
			return nil, err
		}
		switch m := message.(type) {
		case wire.Receipts:
			for _, raw := range m.Receipts {
				if _, err := v.check(raw); err != nil {
					return nil, err
				}
			}
			return m.Receipts, nil
		case wire.DoorNews:
			if err := v.remember(m); err != nil {
				return nil, err
			}
		default:
			return nil, ErrLink
		}
	}
}

// Bye ends the visit; the link is the caller's to cut.
func (v *Visit) Bye(ctx context.Context) error { return v.say(ctx, wire.Bye{}) }

// read checks a receipt, where there is one, and that it is about this locker and compartment.
func (v *Visit) read(index int, event wire.DoorEvent, compartment uint16, raw []byte) (News, error) {
	n := News{Index: index, Event: event, Compartment: int(compartment), Raw: raw}
	if raw == nil {
		return n, nil
	}
	r, err := v.check(raw)
	if err != nil {
		return News{}, err
	}
	if r.Compartment != int(compartment) {
		return News{}, fmt.Errorf("%w: a receipt of compartment %d for %d", ErrLink, r.Compartment, compartment)
	}
	n.Receipt = &r
	return n, nil
}

func (v *Visit) check(raw []byte) (lockhouse.Receipt, error) {
	r, err := credential.VerifyReceipt(v.locker.ReceiptKey, raw)
	if err == nil && r.Locker != v.locker.ID {
		err = fmt.Errorf("a receipt of locker %s", r.Locker)
	}
	if err != nil {
		return lockhouse.Receipt{}, errors.Join(ErrLink, err)
	}
	return r, nil
}

func (v *Visit) say(ctx context.Context, message any) error {
	plain, err := wire.Encode(message)
	if err != nil {
		return err
	}
	sealed, err := v.channel.Seal(plain)
	if err != nil {
		return err
	}
	return v.write(ctx, sealed)
}

func (v *Visit) write(ctx context.Context, message []byte) error {
	frames, err := wire.Cut(v.info.Session, message, wire.FrameBytes(int(v.info.MTU)))
	if err != nil {
		return err
	}
	for _, f := range frames {
		if err := v.link.Write(ctx, f); err != nil {
			return errors.Join(ErrLink, err)
		}
	}
	return nil
}

func (v *Visit) hear(ctx context.Context) (any, error) {
	sealed, err := v.message(ctx)
	if err != nil {
		return nil, err
	}
	plain, err := v.channel.Open(sealed)
	if err != nil {
		return nil, errors.Join(ErrLink, err)
	}
	return wire.DecodeDown(plain)
}

// message waits for a whole message of this session.
func (v *Visit) message(ctx context.Context) ([]byte, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case frame, ok := <-v.link.Frames():
			if !ok {
				return nil, ErrLink
			}
			message, err := v.joiner.Add(frame)
			if errors.Is(err, wire.ATTWrongSession) {
				continue // a notification reaches every phone that listens
			}
			if err != nil {
				return nil, errors.Join(ErrLink, err)
			}
			if message != nil {
				return message, nil
			}
		}
	}
}
