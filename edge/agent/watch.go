package agent

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// Run pulses, reads the doors and keeps the time limits until ctx ends or the journal fails; it gives the journal's
// error then. It is called once.
func (a *Agent) Run(ctx context.Context) error {
	defer a.lastFigures()
	for {
		wait := time.NewTimer(a.Step(ctx))
		if err := a.failure(); err != nil && ctx.Err() == nil {
			wait.Stop()
			return err
		}
		if a.Alive != nil {
			a.Alive()
		}
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil
		case <-a.wake:
			wait.Stop()
		case <-wait.C:
		}
	}
}

func (a *Agent) failure() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failed
}

// Step does what is due now, and says after how long to call it again, or sooner when something was armed. Run is this
// in a loop; a rehearsal on a virtual clock calls it itself, from one goroutine.
func (a *Agent) Step(ctx context.Context) time.Duration {
	a.pulseArmed(ctx)
	wait := a.readDue(ctx)
	a.mu.Lock()
	a.count()
	a.keepFigures()
	if a.failed == nil {
		a.endStale()
		a.silences()
		a.retryDisk()
		a.tidy()
	}
	sessions := a.toFlush()
	a.mu.Unlock()
	for _, s := range sessions {
		s.flush()
	}
	return wait
}

func (a *Agent) toFlush() (out []*Session) {
	for _, s := range a.sessions {
		if len(s.frames) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// pulseArmed takes the one armed door, if there is one, to PULSED and lets its lock go. "PULSED" is on the disk before
// the board hears of it.
func (a *Agent) pulseArmed(ctx context.Context) {
	a.mu.Lock()
	d, ok := a.takeArmed()
	a.mu.Unlock()
	if !ok {
		return
	}
	answer, _ := a.Board.Pulse(ctx, d.Board, d.Channel)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed != nil {
		return
	}
	d.since = a.Now()
	if d.timing != nil && answer != lockhouse.AnswerNotDone {
		d.timing.pulsed = d.since
	}
	a.boards[d.Board].nextAt = time.Time{} // look at once
	if answer == lockhouse.AnswerNotDone {
		a.notOpened(d, false)
	}
	// Done is the board's word and no more, and unknown is not "not done": in both cases the contact is watched. Why it
	// is not done does not matter here: a board that stays away is a fault when it is read.
}

func (a *Agent) takeArmed() (*door, bool) {
	for _, c := range a.state.Compartments {
		if c.Opening == nil || c.Opening.Stage != armed || a.failed != nil {
			continue
		}
		d := a.doors[int(c.Number)]
		if d == nil {
			continue // taken out of the table, and the disk does not let it be given up yet
		}
		if a.Now().Sub(d.since) >= armedLimit || a.silent(d.Board) {
			a.giveUp(d)
			return nil, false
		}
		if a.write(record{Kind: recordPulsed, Number: c.Number}) != nil {
			return nil, false
		}
		d.seenAt = a.Now()
		return d, true
	}
	return nil, false
}

// giveUp lets an armed door be: nothing was pulsed.
func (a *Agent) giveUp(d *door) {
	if a.write(record{Kind: recordGivenUp, Number: uint16(d.Number)}) == nil {
		a.timed(d)
		a.tell(d.Number, wire.DoorTimeout, nil)
	}
}

// silences tells phones that wait before a door whose board does not answer.
func (a *Agent) silences() {
	for _, c := range a.state.Compartments {
		d := a.doors[int(c.Number)]
		if op := c.Opening; d != nil && op != nil && op.Stage == pulsed && a.silent(d.Board) && !d.told && a.Now().Sub(d.since) >= openLimit {
			d.told = true
			a.tell(d.Number, wire.DoorUnknown, nil)
		}
	}
}
