package line

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// errTheirs marks what a locker that keeps to the rules would not say.
var errTheirs = errors.New("not a locker's to say")

// hear takes a message from the connection and hands it on; it waits for nothing, since all lockers come by here. A
// locker's messages go to the same hand, so that its words keep their order.
func (d *Desk) hear(m *nats.Msg) {
	locker, _, ok := wire.ReadUp(m.Subject)
	if !ok {
		return
	}
	switch d.peers.pace(locker) {
	case paceSlow:
		return
	case paceFlood:
		d.Log.Warn("line: a locker says far too much, and is hung up on", slog.String("locker", string(locker)))
		d.seats.kick(d.Bus, locker)
		return
	}
	select {
	case d.held[maphash.String(d.seed, string(locker))%hands] <- m:
	default:
		d.say(m, locker, wire.Refused{Code: lockhouse.CodeUnavailable})
	}
}

// call is a server's question who wants in, and when it came.
type call struct {
	question *nats.Msg
	at       time.Time
}

// hearCall takes a server's question from the connection and hands it on. Where there is no room, the locker is not let in,
// and calls again later.
func (d *Desk) hearCall(m *nats.Msg) {
	select {
	case d.calling <- call{m, d.Now()}:
	default:
	}
}

// take answers a call that is fresh. When all lockers call at once, an old one's server is about to give it up: answering it
// would let nobody in, and make the next ones old.
func (d *Desk) take(ctx context.Context, c call) {
	if d.Now().Sub(c.at) < callFreshS*time.Second {
		d.admit(ctx, c.question)
	}
}

func (d *Desk) one(ctx context.Context, m *nats.Msg) {
	ctx, cancel := context.WithTimeout(ctx, answerS*time.Second)
	defer cancel()
	locker, kind, _ := wire.ReadUp(m.Subject)
	answer, err := d.answer(ctx, locker, kind, m.Data)
	if err != nil {
		code, theirs := refusal(err)
		if theirs {
			d.Log.Warn("line: refused", slog.String("locker", string(locker)), slog.Any("error", err))
		} else {
			d.Log.Warn("line: not answered", slog.String("locker", string(locker)), slog.Any("error", err))
		}
		answer = wire.Refused{Code: code}
	}
	if answer != nil {
		d.say(m, locker, answer)
	}
}

// answer reads a message and gives what is to be said to it, nil for nothing.
func (d *Desk) answer(ctx context.Context, locker lockhouse.LockerID, kind string, data []byte) (any, error) {
	message, err := wire.DecodeUplink(data)
	if err != nil {
		return nil, errors.Join(errTheirs, err)
	}
	if said, _, err := wire.EncodeUplink(message); err != nil || said != kind {
		return nil, errors.Join(errTheirs, errors.New("the subject is another kind's"))
	}
	switch m := message.(type) {
	case wire.Hello:
		return d.welcome(ctx, locker, m)
	case wire.Delivery:
		return d.receipts(ctx, locker, m)
	case wire.Health:
		return nil, d.health(ctx, locker, m)
	case wire.KeyCard:
		return nil, d.keyCard(ctx, locker, m)
	case wire.KeysShown:
		return nil, d.keysShown(ctx, locker, m)
	case wire.Openings:
		d.openings(locker, m)
		return nil, nil
	case wire.Figures:
		return d.figures(ctx, locker, m)
	case wire.AskTime:
		signed, err := d.signedTime(ctx, locker, m.TimeNonce)
		return wire.Time{Time: signed}, err
	}
	return nil, errors.Join(errTheirs, errors.New("a word of the network's"))
}

// say answers at the locker's own inbox. A locker that wants its answer sent elsewhere wants us to speak in our name to
// somebody else: it gets none.
func (d *Desk) say(to *nats.Msg, locker lockhouse.LockerID, message any) {
	if to.Reply == "" || !strings.HasPrefix(to.Reply, wire.InboxPrefix(locker)+".") {
		return
	}
	_, data, err := wire.EncodeUplink(message)
	if err == nil {
		err = to.Respond(data)
	}
	if err != nil {
		d.Log.Warn("line: an answer could not be given; the locker asks again", slog.Any("error", err))
	}
}

func (d *Desk) signedTime(ctx context.Context, locker lockhouse.LockerID, nonce []byte) ([]byte, error) {
	by, err := d.authority(ctx, locker)
	if err != nil {
		return nil, err
	}
	t := credential.Time{Locker: locker, At: d.Now()}
	copy(t.Nonce[:], nonce)
	return credential.SignTime(by, t)
}
