package uplink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"lockhouse/wire"
)

// Bounds of a line that is up.
const (
	healthS       = 15  // between two words on how the locker is, when nothing changes
	changedMS     = 250 // from a door that moved to the word on it: what moves together is told together
	pingS         = 30  // between two looks whether the other end is there
	pongS         = 10  // what it may take to answer
	ackS          = 20  // what it may take to acknowledge
	askTimeS      = 900 // between two questions for the time
	messagesPerS  = 20  // heard of the other end, no faster
	messagesBurst = 100
	messagesHeld  = 8 // while something is being said: two who both wait for the other to listen would wait for ever
)

var errNoAck = fmt.Errorf("receipts were not acknowledged within %d s", ackS)

// line is a line that is up, used by one goroutine but for hear and ping.
type line struct {
	*Uplink
	conn     *websocket.Conn
	applied  uint64           // the network has applied the receipts up to here
	told     wire.Health      // the last word on how the locker is
	tellDue  <-chan time.Time // nil while there is no other word to say
	ackDue   <-chan time.Time // nil while no delivery is under way
	progress bool
}

// talk gives receipts and takes acknowledgements until the line or ctx ends.
func (l *line) talk(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	messages := make(chan any, messagesHeld)
	var ears sync.WaitGroup
	ears.Go(func() { end(l.hear(ctx, messages)) })
	ears.Go(func() { end(l.ping(ctx)) })
	err := l.loop(ctx, messages)
	end(err)
	ears.Wait()
	if errors.Is(err, context.Canceled) {
		return context.Cause(ctx) // what hear or ping came upon
	}
	return err
}

func (l *line) loop(ctx context.Context, messages <-chan any) error {
	news, stop := l.agent.Watch()
	defer stop()
	health, clock := time.NewTicker(healthS*time.Second), time.NewTicker(askTimeS*time.Second)
	defer health.Stop()
	defer clock.Stop()
	if err := errors.Join(l.tellHealth(ctx), l.deliver(ctx)); err != nil {
		return err
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case m := <-messages:
			err = l.take(ctx, m)
		case <-news:
			l.noteChange()
			err = l.deliver(ctx)
		case <-l.tellDue:
			err = l.tellHealth(ctx)
		case <-health.C:
			err = errors.Join(l.tellHealth(ctx), l.deliver(ctx)) // again what the network could not apply, if anything
		case <-clock.C:
			err = l.askTime(ctx)
		case <-l.ackDue:
			err = errNoAck
		}
		if err != nil {
			return err
		}
	}
}

// hear passes on what the other end says, at most messagesHeld ahead of loop.
func (l *line) hear(ctx context.Context, messages chan<- any) error {
	pace := rate.NewLimiter(messagesPerS, messagesBurst)
	for {
		if err := pace.Wait(ctx); err != nil {
			return err
		}
		m, err := hear(ctx, l.conn)
		if err != nil {
			return err
		}
		select {
		case messages <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ping finds out when the other end has gone without a word.
func (l *line) ping(ctx context.Context) error {
	for sleep(ctx, pingS*time.Second) {
		pinging, cancel := context.WithTimeout(ctx, pongS*time.Second)
		err := l.conn.Ping(pinging)
		cancel()
		if err != nil {
			return fmt.Errorf("the network does not answer: %w", err)
		}
	}
	return ctx.Err()
}

func (l *line) take(ctx context.Context, message any) error {
	switch m := message.(type) {
	case wire.Ack:
		before := l.applied
		l.ackDue = nil
		l.acknowledge(m.AppliedThrough)
		if l.applied == before {
			return nil // a receipt before these is missing there; health asks again
		}
		l.progress = true
		return l.deliver(ctx)
	case wire.Time:
		if err := l.agent.SetTime(m.Time); err != nil {
			l.Log.Warn("uplink: the network's time was refused", slog.Any("error", err))
		}
		return nil
	}
	return unexpected(message, "an acknowledgement or the time")
}

// acknowledge believes the network about receipts that there are. A number beyond all of ours tells of a journal that
// was lost or swapped: then nothing is taken for applied, and the agent is told.
func (l *line) acknowledge(through uint64) {
	if through <= l.applied {
		return
	}
	if len(l.agent.ReceiptsAfter(through-1, 1)) == 0 {
		l.Log.Error("uplink: the network has applied receipts that this locker did not write; was its journal replaced?", slog.Uint64("applied_through", through))
		l.agent.Acknowledged(through)
		return
	}
	l.applied = through
	l.agent.Acknowledged(through)
}

// deliver gives the receipts that are not applied, as many as go into a message, unless some are under way.
func (l *line) deliver(ctx context.Context) error {
	if l.ackDue != nil {
		return nil
	}
	waiting := l.agent.ReceiptsAfter(l.applied, wire.MaxUplinkReceipts)
	if len(waiting) == 0 {
		return nil
	}
	d := wire.Delivery{Receipts: make([]wire.Bytes, len(waiting))}
	for i, r := range waiting {
		d.Receipts[i] = r
	}
	l.ackDue = time.After(ackS * time.Second)
	return say(ctx, l.conn, d)
}

func (l *line) tellHealth(ctx context.Context) error {
	l.tellDue, l.told = nil, l.agent.Health()
	return say(ctx, l.conn, l.told)
}

// noteChange sees to it that an operator who looks at a locker sees its doors move.
func (l *line) noteChange() {
	now := l.agent.Health()
	if l.tellDue == nil && (now.Fault != l.told.Fault || !maps.Equal(now.Doors, l.told.Doors)) {
		l.tellDue = time.After(changedMS * time.Millisecond)
	}
}

func (l *line) askTime(ctx context.Context) error {
	nonce, err := l.agent.TimeNonce()
	if err != nil {
		return err
	}
	return say(ctx, l.conn, wire.AskTime{TimeNonce: nonce[:]})
}
