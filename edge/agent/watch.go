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
	for {
		wait := time.NewTimer(a.Step(ctx))
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil
		case <-a.wake:
			wait.Stop()
		case <-wait.C:
		}
		if err := a.failure(); err != nil {
			return err
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
	if a.failed == nil {
		a.endStale()
		a.silences()
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
	answer, err := a.Board.Pulse(ctx, d.Board, d.Channel)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed != nil {
		return
	}
	d.since = a.Now()
	a.boards[d.Board].nextAt = time.Time{} // look at once
	if err == nil && answer == lockhouse.AnswerNotDone {
		a.notOpened(d, false)
	}
	// Done is the board's word and no more, and unknown is not "not done": in both cases the contact is watched.
}

func (a *Agent) takeArmed() (*door, bool) {
	for _, c := range a.state.Compartments {
		if c.Opening == nil || c.Opening.Stage != armed || a.failed != nil {
			continue
		}
		d := a.doors[int(c.Number)]
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
		a.tell(d.Number, wire.DoorTimeout, nil)
	}
}

// see takes one reading of a door.
func (a *Agent) see(d *door, shut bool) {
	now := a.Now()
	op := a.state.at(d.Number).Opening
	if op != nil && op.Stage == pulsed && now.Sub(d.seenAt) > gapLimit {
		d.gap = true
	}
	d.seenAt = now
	if shut != d.reading {
		d.reading, d.alike = shut, 0
	}
	d.alike = min(d.alike+1, believeAfter)
	awaited := !shut && op != nil && (op.Stage == pulsed || op.Stage == stuck)
	if d.alike < believeAfter && !awaited {
		return
	}
	was := d.state
	if d.state = lockhouse.DoorOpen; shut {
		d.state = lockhouse.DoorShut
	}
	if was != d.state {
		a.announce()
	}
	a.judge(d, op)
}

// judge says what a believed reading means. Errors of the journal stop the agent; they need no other answer here.
func (a *Agent) judge(d *door, op *opening) {
	open, since := d.state == lockhouse.DoorOpen, a.Now().Sub(d.since)
	switch {
	case op == nil || op.Stage == armed:
		a.judgeUnasked(d, open)
	case op.Stage == opened && !open:
		a.closed(d, op)
	case op.Stage == opened && !op.LeftOpen && since >= leftOpenLimit:
		a.arrow(d, recordLeftOpen, lockhouse.ReceiptLeftOpen, op, wire.DoorLeftOpen)
	case op.Stage == opened:
	case open:
		if a.arrow(d, recordOpened, lockhouse.ReceiptOpened, op, wire.DoorOpened) {
			d.since = a.Now()
		}
	case op.Stage == pulsed && since >= openLimit:
		a.notOpened(d, d.gap)
	case op.Stage == stuck && since >= openLimit+lateLimit:
		_ = a.write(record{Kind: recordGivenUp, Number: uint16(d.Number)})
	}
}

// judgeUnasked looks at a door that nobody was let through.
func (a *Agent) judgeUnasked(d *door, open bool) {
	forced := a.state.at(d.Number).Forced
	switch {
	case open && !forced:
		a.arrow(d, recordForced, lockhouse.ReceiptForced, nil, 0)
	case !open && forced:
		a.arrow(d, recordShut, lockhouse.ReceiptShut, nil, 0)
	}
}

// arrow writes one arrow with its receipt, and tells the phone of it.
func (a *Agent) arrow(d *door, kind recordKind, says lockhouse.ReceiptKind, op *opening, event wire.DoorEvent) bool {
	receipt, err := a.says(says, d.Number, op)
	if err != nil {
		_ = a.fail(err)
		return false
	}
	if a.write(record{Kind: kind, Number: uint16(d.Number), Receipt: receipt}) != nil {
		return false
	}
	if event != 0 {
		a.tell(d.Number, event, receipt)
	}
	return true
}

func (a *Agent) closed(d *door, op *opening) {
	if a.arrow(d, recordClosed, op.ends(), op, wire.DoorClosed) {
		d.session = nil
	}
}

// notOpened says that the contact never said open. Unsure says that it was not asked all the time.
func (a *Agent) notOpened(d *door, unsure bool) {
	op := a.state.at(d.Number).Opening
	receipt, err := a.says(lockhouse.ReceiptNotOpened, d.Number, op)
	if err != nil {
		_ = a.fail(err)
		return
	}
	if a.write(record{Kind: recordNotOpened, Number: uint16(d.Number), Unsure: unsure, Receipt: receipt}) == nil {
		a.tell(d.Number, wire.DoorTimeout, receipt)
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
