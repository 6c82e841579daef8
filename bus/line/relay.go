package line

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/wire"
)

// Limits of a phone's way to a locker.
const (
	relayAnswerS   = 8   // for the locker to take a frame
	maxRelayedHeld = 128 // frames that wait until the phone takes them; more, and its way is over
)

// Relay is one phone's way to a locker by way of the network: it carries frames, and understands none. Any node can be at one
// end of it and any other hold the locker's line: a subject of its own joins them, and what is on it, that locker alone said.
type Relay struct {
	desk    *Desk
	locker  lockhouse.LockerID
	session []byte
	info    []byte
	said    chan *nats.Msg
	sub     *nats.Subscription
}

// Relay asks a locker for a session in the name of a phone. A locker that is not there is refused as unavailable, one that
// is not opened this way as closed, one that has no seat free as busy. Whoever gets a Relay closes it.
func (d *Desk) Relay(ctx context.Context, locker lockhouse.LockerID) (*Relay, error) {
	if !d.open.Load() {
		return nil, notThere(errors.New("this node does not answer lockers yet"))
	}
	r := &Relay{desk: d, locker: locker, session: make([]byte, wire.RelaySessionBytes), said: make(chan *nats.Msg, maxRelayedHeld)}
	if _, err := io.ReadFull(d.Bus.Random, r.session); err != nil {
		return nil, fmt.Errorf("drawing a session's name: %w", err)
	}
	var err error
	if r.sub, err = d.Bus.Conn().ChanSubscribe(wire.RelaySubject(locker, r.session), r.said); err != nil {
		return nil, notThere(err)
	}
	answer, err := r.ask(ctx, wire.RelayOpen{Session: r.session})
	if err == nil {
		r.info, err = infoOf(answer)
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func infoOf(answer any) ([]byte, error) {
	switch m := answer.(type) {
	case wire.RelayInfo:
		return m.Info, nil
	case wire.Refused:
		switch m.Code {
		case lockhouse.CodeClosed:
			return nil, lockhouse.Refuse(m.Code, "This locker is not opened over the network. Use Bluetooth, or the PIN at its panel.")
		case lockhouse.CodeBusy:
			return nil, lockhouse.Refuse(m.Code, "Others are opening at this locker over the network. Try again in a minute.")
		}
		return nil, notThere(fmt.Errorf("the locker refuses: %s", m.Code))
	}
	return nil, notThere(fmt.Errorf("%w: %T where INFO was due", wire.ErrUplink, answer))
}

func notThere(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The locker can't be reached over the network just now. Use Bluetooth, or the PIN at its panel, or try again in a minute.").Because(cause)
}

// Info is INFO of the session.
func (r *Relay) Info() []byte { return r.info }

// Write hands a frame over and gives how the locker took it: 0, or an ATT application error. An error says that nobody knows.
func (r *Relay) Write(ctx context.Context, frame []byte) (status byte, err error) {
	answer, err := r.ask(ctx, wire.RelayWrite{Session: r.session, Frame: frame})
	if err != nil {
		return 0, err
	}
	took, ok := answer.(wire.RelayTook)
	if !ok {
		return 0, notThere(fmt.Errorf("%w: %T where a status was due", wire.ErrUplink, answer))
	}
	return took.Status, nil
}

func (r *Relay) ask(ctx context.Context, message any) (any, error) {
	kind, data, err := wire.EncodeUplink(message)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, relayAnswerS*time.Second)
	defer cancel()
	m, err := r.desk.Bus.Conn().RequestWithContext(ctx, wire.DownSubject(r.locker, kind), data)
	if err != nil {
		return nil, notThere(err)
	}
	answer, err := wire.DecodeUplink(m.Data)
	if err != nil {
		return nil, notThere(err)
	}
	return answer, nil
}

// errLost says that the locker said more than the phone took.
var errLost = errors.New("line: frames to a phone were lost")

// Next waits for the next frame to the phone; io.EOF says that the session is over.
func (r *Relay) Next(ctx context.Context) ([]byte, error) {
	var m *nats.Msg
	select {
	case m = <-r.said:
	case <-r.desk.over:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if n, err := r.sub.Dropped(); err == nil && n > 0 {
		return nil, errLost
	}
	message, err := wire.DecodeUplink(m.Data)
	if err != nil {
		return nil, err
	}
	said, ok := message.(wire.RelaySaid)
	if !ok {
		return nil, fmt.Errorf("%w: %T to a phone", wire.ErrUplink, message)
	}
	if said.Over {
		return nil, io.EOF
	}
	return said.Frame, nil
}

// Close ends the session at the locker, if it has not ended.
func (r *Relay) Close() {
	_ = r.sub.Unsubscribe() // which fails only where the connection is closed for good
	kind, data, err := wire.EncodeUplink(wire.RelayEnd{Session: r.session})
	if err == nil {
		err = r.desk.Bus.Conn().Publish(wire.DownSubject(r.locker, kind), data)
	}
	if err != nil {
		r.desk.Log.Info("line: a locker could not be told that a phone has gone; its session idles out", slog.Any("error", err))
	}
}
