package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// line is one locker's connection, from its hello on.
type line struct {
	api    *API
	conn   *websocket.Conn
	locker lockhouse.Locker
	end    context.CancelFunc
	log    *slog.Logger
}

// talk is the life of one connection.
func (a *API) talk(ctx context.Context, conn *websocket.Conn, host string) error {
	l := &line{api: a, conn: conn, log: a.logger(requestID(ctx))}
	hello, err := l.greet(ctx, host)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	l.end = end
	defer a.lines.leave(string(l.locker.ID), l)
	a.lines.enter(string(l.locker.ID), l)
	if err := l.welcome(ctx, hello); err != nil {
		return err
	}
	l.log.Info("uplink: up", slog.String("locker", string(l.locker.ID)), slog.String("version", hello.Version), slog.Uint64("boot", uint64(hello.Boot)))
	a.lines.wait.Go(func() { l.keepAlive(ctx) })
	return l.listen(ctx)
}

// greet sends a challenge and checks the answer. An unknown locker and a wrong proof are refused alike.
func (l *line) greet(ctx context.Context, host string) (hello wire.Hello, err error) {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	challenge := make([]byte, wire.ChallengeBytes)
	if _, err := io.ReadFull(l.api.Random, challenge); err != nil {
		return hello, fmt.Errorf("drawing a challenge: %w", err)
	}
	if err := l.say(ctx, wire.Challenge{Challenge: challenge, Host: host}); err != nil {
		return hello, err
	}
	message, err := l.hear(ctx)
	if err != nil {
		return hello, err
	}
	hello, ok := message.(wire.Hello)
	if !ok {
		return hello, fmt.Errorf("%w: %T before hello", wire.ErrUplink, message)
	}
	l.locker, err = l.api.lockerOf(ctx, hello.Locker)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return hello, errNoLocker
	}
	if err != nil {
		return hello, err
	}
	call := credential.Call{Challenge: challenge, Locker: hello.Locker, Host: host}
	if err := credential.CheckCall(l.locker.ReceiptKey, call, hello.Proof); err != nil {
		return hello, errNoLocker
	}
	return hello, nil
}

func (l *line) welcome(ctx context.Context, hello wire.Hello) error {
	if err := l.api.Fleet.Heard(ctx, l.locker.ID); err != nil {
		return err
	}
	var applied uint64
	err := l.api.Store.View(ctx, func(tx store.Tx) (err error) {
		applied, err = tx.AppliedThrough(l.locker.ID)
		return err
	})
	if err != nil {
		return err
	}
	signed, err := l.signedTime(hello.TimeNonce)
	if err != nil {
		return err
	}
	return l.say(ctx, wire.Welcome{Time: signed, AppliedThrough: applied})
}

// listen answers message after message. A locker that talks faster than the limit is heard as fast as the limit.
func (l *line) listen(ctx context.Context) error {
	pace := rate.NewLimiter(messagesPerS, messagesBurst)
	for {
		if err := pace.Wait(ctx); err != nil {
			return err
		}
		message, err := l.hear(ctx)
		if err != nil {
			return err
		}
		if err := l.reply(ctx, message); err != nil {
			return err
		}
	}
}

func (l *line) reply(ctx context.Context, message any) error {
	switch m := message.(type) {
	case wire.Delivery:
		return l.receipts(ctx, m)
	case wire.Health:
		return l.api.Fleet.Health(ctx, l.locker.ID, m.Doors, m.Fault)
	case wire.AskTime:
		signed, err := l.signedTime(m.TimeNonce)
		if err != nil {
			return err
		}
		return l.say(ctx, wire.Time{Time: signed})
	}
	return fmt.Errorf("%w: %T is not a locker's to say", wire.ErrUplink, message)
}

// receipts verifies all of a delivery before any is taken, and acknowledges what has had its effect.
func (l *line) receipts(ctx context.Context, m wire.Delivery) error {
	raws := make([][]byte, len(m.Receipts))
	for i, raw := range m.Receipts {
		raws[i] = raw
	}
	claims, err := credential.VerifyReceipts(raws, func(lockhouse.LockerID) ([]byte, error) { return l.locker.ReceiptKey, nil })
	if err != nil {
		return err
	}
	signed := make([]store.SignedReceipt, len(raws))
	for i, r := range claims {
		signed[i] = store.SignedReceipt{Receipt: r, Raw: raws[i]}
	}
	// What was begun is finished, even if the line breaks: the answer is lost then, and the locker asks again.
	tally, err := l.api.Fleet.Accept(context.WithoutCancel(ctx), l.locker.ID, signed)
	if err != nil {
		return err
	}
	return l.say(ctx, wire.Ack{AppliedThrough: tally.Applied})
}

func (l *line) signedTime(nonce []byte) ([]byte, error) {
	t := credential.Time{Locker: l.locker.ID, At: l.api.Now()}
	copy(t.Nonce[:], nonce)
	return credential.SignTime(l.api.Issuer, t)
}

// keepAlive finds out when the other end is gone without a word, and notes that it is there.
func (l *line) keepAlive(ctx context.Context) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		pinging, cancel := context.WithTimeout(ctx, pongTimeout)
		err := l.conn.Ping(pinging)
		cancel()
		if err != nil {
			l.end()
			return
		}
		if err := l.api.Fleet.Heard(ctx, l.locker.ID); err != nil && ctx.Err() == nil {
			l.log.Warn("uplink: could not note that a locker is there", slog.Any("error", err))
		}
	}
}

func (l *line) say(ctx context.Context, message any) error {
	data, err := wire.EncodeUplink(message)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return l.conn.Write(ctx, websocket.MessageText, data)
}

func (l *line) hear(ctx context.Context) (any, error) {
	kind, data, err := l.conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	if kind != websocket.MessageText {
		return nil, fmt.Errorf("%w: binary", wire.ErrUplink)
	}
	return wire.DecodeUplink(data)
}
