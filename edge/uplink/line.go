package uplink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// Bounds of a line that is up.
const (
	healthS   = 15    // between two words on how the locker is, when nothing changes
	changedMS = 250   // from a door that moved to the word on it: what moves together is told together
	ackS      = 20    // what it may take to acknowledge
	askTimeS  = 900   // between two questions for the time
	figuresS  = 60    // between two words on what the locker measured, where doors were opened
	restingS  = 300   // and where none was
	maxRestMS = 8_000 // of a network without room, each time; after maxRests of them it is left
	maxRests  = 8
)

var errNoAck = fmt.Errorf("receipts were not acknowledged within %d s", ackS)

// line is a line that is up, used by one goroutine but for hear.
type line struct {
	*Uplink
	conn     conn
	applied  uint64           // the network has applied the receipts up to here
	told     wire.Health      // the last word on how the locker is
	measured wire.Figures     // the last word on what it measured of itself
	tellDue  <-chan time.Time // nil while there is no other word to say
	ackDue   <-chan time.Time // nil while no delivery is under way
	restDue  <-chan time.Time // nil but after a refusal for want of room: when receipts are given again
	rests    int              // refusals since the last progress
	progress bool
	relays   *relays
}

// talk gives receipts and takes acknowledgements until the line or ctx ends.
func (l *line) talk(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	messages := make(chan heard)
	var ears sync.WaitGroup
	ears.Go(func() { end(l.hear(ctx, messages)) })
	err := l.loop(ctx, messages)
	end(err)
	l.relays.close()
	ears.Wait()
	if errors.Is(err, context.Canceled) {
		return context.Cause(ctx) // what hear came upon
	}
	return err
}

func (l *line) loop(ctx context.Context, messages <-chan heard) error {
	news, stop := l.agent.Watch()
	defer stop()
	health, clock, figures := time.NewTicker(healthS*time.Second), time.NewTicker(askTimeS*time.Second), time.NewTicker(figuresS*time.Second)
	defer health.Stop()
	defer clock.Stop()
	defer figures.Stop()
	if err := errors.Join(l.tellHealth(), l.deliver(), l.tellFigures()); err != nil {
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
			err = l.deliver()
		case <-l.tellDue:
			err = l.tellHealth()
		case <-health.C:
			err = errors.Join(l.tellHealth(), l.deliver()) // again what the network could not apply, if anything
		case <-clock.C:
			err = l.askTime()
		case <-l.restDue:
			l.restDue = nil
			err = l.deliver()
		case <-figures.C:
			err = l.noteFigures()
		case <-l.ackDue:
			err = errNoAck
		}
		if err != nil {
			return err
		}
	}
}

// hear passes on what the other end says.
func (l *line) hear(ctx context.Context, messages chan<- heard) error {
	for {
		m, err := l.conn.hear(ctx)
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

func (l *line) take(ctx context.Context, h heard) error {
	if relayed, err := l.relay(ctx, h); relayed {
		return err
	}
	switch m := h.message.(type) {
	case wire.Ack:
		before := l.applied
		l.ackDue = nil
		l.acknowledge(m.AppliedThrough)
		if l.applied == before {
			return nil // a receipt before these is missing there; health asks again
		}
		l.progress, l.rests = true, 0
		return l.deliver()
	case wire.Counted:
		if l.agent.FiguresCounted(m.Day, m.ThroughS) {
			return l.tellFigures()
		}
		return nil
	case wire.Time:
		if err := l.agent.SetTime(m.Time); err != nil {
			l.Log.Warn("uplink: the network's time was refused", slog.Any("error", err))
		}
		return nil
	case wire.Desired:
		l.setDesired(m.Desired)
		l.noteChange() // and where nothing changed, says nothing: the network would only say it again
		return nil
	case wire.Command:
		return l.obey(h, m.Command)
	case wire.Refused:
		if m.Code != lockhouse.CodeUnavailable || l.rests == maxRests {
			return refused(m)
		}
		l.putOff()
		return nil
	}
	return unexpected(h.message, "an acknowledgement, a count, the time, a wish or a command")
}

// obey does what the network commands, if the agent finds it good, and says what has become of it.
func (l *line) obey(h heard, command []byte) error {
	verb, outcome := l.agent.Obey(command)
	if outcome == lockhouse.OutcomeDone && verb == lockhouse.CommandReport {
		if err := errors.Join(l.tellHealth(), l.deliver(), l.tellFigures()); err != nil {
			return err
		}
	}
	l.Log.Info("uplink: commanded", slog.String("verb", string(verb)), slog.String("outcome", string(outcome)))
	if err := l.conn.answer(h, wire.Done{Outcome: outcome}); err != nil {
		return err
	}
	if outcome != lockhouse.OutcomeDone {
		return nil
	}
	switch verb {
	case lockhouse.CommandRetire:
		return errRetired
	case lockhouse.CommandRekey:
		return l.sayKeyCard()
	case lockhouse.CommandShow:
		return l.show()
	case lockhouse.CommandSwitch:
		return errRekeyed // the next call is with the new key
	}
	return nil
}

func (l *line) sayKeyCard() error {
	card := l.Keys.KeyCard()
	if card == nil {
		return nil
	}
	return l.conn.say(wire.KeyCard{Card: card})
}

func (l *line) show() error {
	card, known := l.Keys.Shown()
	if card == nil {
		return nil
	}
	return l.conn.say(wire.KeysShown{Card: card, Known: known})
}

// errRetired ends a line on which the locker said that it takes nothing more. It calls again: the welcome says whether the network
// has noted that. Until then it keeps its keys, or nobody would ever know what became of it.
var errRetired = errors.New("uplink: this locker is retired, and asks whether that is noted")

var errRekeyed = errors.New("uplink: this locker has changed its keys, and calls with the new ones")

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

// putOff lets a network that has no room just now be, on the line that there is: to hang up and call again would cost it
// more than to say it again. Each wait is longer, with chance in it. What was refused may have been the word on how the locker
// is, which is said again by itself.
func (l *line) putOff() {
	rest := min(l.firstWait<<l.rests, maxRestMS*time.Millisecond)
	l.rests++
	l.ackDue, l.restDue = nil, time.After(l.chance(rest))
}

// deliver gives the receipts that are not applied, as many as go into a message, unless some are under way or put off.
func (l *line) deliver() error {
	if l.ackDue != nil || l.restDue != nil {
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
	return l.conn.say(d)
}

func (l *line) tellHealth() error {
	l.tellDue, l.told = nil, l.agent.Health()
	if openings := l.agent.Openings(); len(openings) > 0 {
		if err := l.conn.say(wire.Openings{Board: l.Board, Openings: openings}); err != nil {
			return err
		}
	}
	return l.conn.say(l.told)
}

// noteChange sees to it that an operator who looks at a locker sees its doors move, and that it keeps to what was wanted.
func (l *line) noteChange() {
	now := l.agent.Health()
	if l.tellDue == nil && (now.Fault != l.told.Fault || now.Desired != l.told.Desired || now.FormerKeys != l.told.FormerKeys || !maps.Equal(now.Doors, l.told.Doors) || !slices.Equal(now.Doubtful, l.told.Doubtful)) {
		l.tellDue = time.After(changedMS * time.Millisecond)
	}
}

func (l *line) askTime() error {
	nonce, err := l.agent.TimeNonce()
	if err != nil {
		return err
	}
	return l.conn.say(wire.AskTime{TimeNonce: nonce[:]})
}
