package agent

import (
	"lockhouse"
	"lockhouse/wire"
)

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
		d.changedAt = now
		a.announce()
	}
	a.judge(d, op)
}

// judge says what a believed reading means. Where the journal does not take that, it is said at a later reading, or the agent
// has stopped; neither needs another answer here.
func (a *Agent) judge(d *door, op *opening) {
	open, since := d.state == lockhouse.DoorOpen, a.Now().Sub(d.since)
	d.unsaid = d.unsaid || open && a.disk.waits()
	switch {
	case op == nil || op.Stage == armed:
		a.judgeUnasked(d, open)
	case op.Stage == opened && !open:
		a.closed(d, op)
	case op.Stage == opened && !op.LeftOpen && since >= leftOpenLimit:
		a.arrow(d, recordLeftOpen, lockhouse.ReceiptLeftOpen, op, wire.DoorLeftOpen)
		a.timed(d) // when it is shut is its owner's matter
	case op.Stage == opened:
	case open || d.unsaid:
		if a.arrow(d, recordOpened, lockhouse.ReceiptOpened, op, wire.DoorOpened) {
			d.since, d.unsaid = a.Now(), false
			if d.timing != nil {
				d.timing.opened = d.since
			}
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
	case (open || d.unsaid) && !forced:
		if a.arrow(d, recordForced, lockhouse.ReceiptForced, nil, 0) {
			d.unsaid = false
			d.forced.again(a.Now())
		}
	case !open && forced && a.Now().Sub(d.changedAt) >= d.forced.rest(longestDoorRest):
		a.arrow(d, recordShut, lockhouse.ReceiptShut, nil, 0)
	}
}

// arrow writes one arrow with its receipt, and tells the phone of it.
func (a *Agent) arrow(d *door, kind recordKind, says lockhouse.ReceiptKind, op *opening, event wire.DoorEvent) bool {
	receipt, ok := a.put(record{Kind: kind, Number: uint16(d.Number)}, says, op)
	if !ok {
		return false
	}
	if event != 0 {
		a.tell(d.Number, event, receipt)
	}
	return true
}

func (a *Agent) closed(d *door, op *opening) {
	if a.arrow(d, recordClosed, op.ends(), op, wire.DoorClosed) {
		if d.timing != nil {
			d.timing.shut = a.Now()
		}
		a.timed(d)
		d.session = nil
	}
}

// notOpened says that the contact never said open. Unsure says that it was not asked all the time.
func (a *Agent) notOpened(d *door, unsure bool) {
	op := a.state.at(d.Number).Opening
	if receipt, ok := a.put(record{Kind: recordNotOpened, Number: uint16(d.Number), Unsure: unsure}, lockhouse.ReceiptNotOpened, op); ok {
		a.timed(d)
		a.tell(d.Number, wire.DoorTimeout, receipt)
	}
}
