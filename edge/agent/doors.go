package agent

import (
	"time"

	"lockhouse"
	"lockhouse/trust/access"
	"lockhouse/wire"
)

// door is what is known of a door only while the agent runs.
type door struct {
	lockhouse.Compartment
	state lockhouse.Door // as believed

	reading bool // shut, as last read
	alike   int  // readings in a row that said so
	seenAt  time.Time

	since time.Time // of the pulse, or of the opening
	gap   bool      // it was not read all the time since the pulse
	told  bool      // the phone knows that the board fell silent

	session *Session // who is told
	index   uint8
}

// busy tells whether a door is being opened for somebody: one at a time, because one lock takes what the power supply
// gives, and because two doors that spring open at once invite a mistake.
func (a *Agent) busy() bool {
	now := a.Now()
	for _, c := range a.state.Compartments {
		if op := c.Opening; op != nil && (op.Stage == armed || op.Stage == pulsed && now.Sub(a.since(c)) < openLimit) {
			return true
		}
	}
	return false
}

func (a *Agent) since(c *compartment) time.Time {
	if d := a.doors[int(c.Number)]; d != nil {
		return d.since
	}
	return time.Time{}
}

// mayBegin holds a phone to one door at a time. A door that was left open no longer counts: its owner may have gone, or
// it does not latch, and the courier behind has work to do.
func (a *Agent) mayBegin(grant lockhouse.GrantID) error {
	if a.busy() {
		return lockhouse.RefuseAtDoor(lockhouse.CodeBusy)
	}
	for _, c := range a.state.Compartments {
		if op := c.Opening; op != nil && op.Stage == opened && op.Grant == grant && !op.LeftOpen {
			return lockhouse.RefuseAtDoor(lockhouse.CodeBusy)
		}
	}
	return nil
}

// open arms the door for one of the grant's targets.
func (s *Session) open(index, rank uint8) (number int, receipt []byte, err error) {
	a := s.agent
	t, err := s.target(index)
	if err != nil {
		return 0, nil, err
	}
	if t.Verb != lockhouse.VerbStore && rank != 0 {
		return 0, nil, lockhouse.RefuseAtDoor(lockhouse.CodeMalformed)
	}
	if err := a.mayBegin(s.grant.ID); err != nil {
		return 0, nil, err
	}
	op := s.opening(t)
	if t.Verb == lockhouse.VerbStore {
		number, err = a.placeFor(t, op, int(rank))
	} else {
		number, err = a.placeOf(t, op)
	}
	if err != nil {
		return 0, nil, err
	}
	receipt, err = a.arm(s, index, number, op)
	return number, receipt, err
}

func (s *Session) opening(t lockhouse.Target) *opening {
	return &opening{Stage: armed, Verb: t.Verb, Ref: t.Ref, Generation: t.Generation, Grant: s.grant.ID, ExpiresS: unixS(s.grant.ExpiresAt), Phone: s.phone}
}

func (s *Session) target(index uint8) (lockhouse.Target, error) {
	if int(index) >= len(s.grant.Targets) {
		return lockhouse.Target{}, lockhouse.RefuseAtDoor(lockhouse.CodeMalformed)
	}
	return s.grant.Targets[index], nil
}

// placeOf finds the compartment of a collect or take-out target.
func (a *Agent) placeOf(t lockhouse.Target, op *opening) (number int, err error) {
	if a.doors[t.Compartment] == nil {
		return 0, lockhouse.RefuseAtDoor(lockhouse.CodeNotHere)
	}
	op.Reopening, err = access.Take(t, op.Phone, a.asAccess(t.Compartment), timeOf(a.floorS()))
	return t.Compartment, err
}

// placeFor chooses the compartment of a store target.
func (a *Agent) placeFor(t lockhouse.Target, op *opening, rank int) (number int, err error) {
	if a.dropOffsPaused() {
		return 0, lockhouse.RefuseAtDoor(lockhouse.CodeClosed)
	}
	if err := a.maySpend(op); err != nil {
		return 0, err
	}
	place, err := access.Store(t, op.Phone, rank, a.all(), timeOf(a.floorS()))
	if err != nil {
		return 0, err
	}
	c := a.state.at(place.Number)
	op.Reopening, op.Generation = place.Reopening, c.Generation
	if c.Ref != t.Ref {
		op.Generation++ // a new parcel: every older grant for this compartment is void
	}
	return place.Number, nil
}

// maySpend bounds what a courier's grant opens: each target so often, and not again once its parcel came and went.
func (a *Agent) maySpend(op *opening) error {
	e := a.state.spentOn(op.Grant, op.Ref)
	if e == nil {
		if a.remembered() >= maxSpent {
			return lockhouse.RefuseAtDoor(lockhouse.CodeTooMany)
		}
		return nil
	}
	if e.Openings >= maxOpenings {
		return lockhouse.RefuseAtDoor(lockhouse.CodeTooMany)
	}
	if e.Stored && !a.holds(op.Ref) {
		return lockhouse.RefuseAtDoor(lockhouse.CodeUsed)
	}
	return nil
}

func (a *Agent) remembered() (n int) {
	for _, e := range a.state.Spent {
		if e.ExpiresS > a.floorS() {
			n++
		}
	}
	return n
}

func (a *Agent) holds(ref lockhouse.ParcelRef) bool {
	for _, c := range a.state.Compartments {
		if c.Ref == ref {
			return true
		}
	}
	return false
}

func (a *Agent) all() []access.Compartment {
	out := make([]access.Compartment, 0, len(a.doors))
	for _, c := range a.config.Compartments {
		out = append(out, a.asAccess(c.Number))
	}
	return out
}

// misfit takes the courier's word that a parcel is not to stay. At an open door it is enough to write that down; a shut
// one is opened again.
func (s *Session) misfit(index uint8) (number int, receipt []byte, err error) {
	a := s.agent
	t, err := s.target(index)
	if err != nil {
		return 0, nil, err
	}
	for _, c := range a.state.Compartments {
		if op := c.Opening; op != nil && op.Stage == opened && op.Verb == lockhouse.VerbStore && op.Ref == t.Ref && op.Grant == s.grant.ID {
			s.watch(int(c.Number), index)
			return int(c.Number), nil, a.write(record{Kind: recordMisfit, Number: c.Number})
		}
	}
	if err := a.mayBegin(s.grant.ID); err != nil {
		return 0, nil, err
	}
	number, err = access.Misfit(t, s.phone, a.all(), timeOf(a.floorS()))
	if err != nil {
		return 0, nil, err
	}
	op := s.opening(t)
	op.Misfit, op.Generation = true, a.state.at(number).Generation
	if err := a.maySpend(op); err != nil {
		return 0, nil, err
	}
	receipt, err = a.arm(s, index, number, op)
	return number, receipt, err
}

// arm writes FREE -> ARMED. The pulse is the loop's.
func (a *Agent) arm(s *Session, index uint8, number int, op *opening) (receipt []byte, err error) {
	d, c := a.doors[number], a.state.at(number)
	if a.silent(d.Board) || d.state == lockhouse.DoorUnknown {
		return nil, lockhouse.RefuseAtDoor(lockhouse.CodeBoardSilent)
	}
	if c.Opening != nil && c.Opening.Stage != stuck {
		return nil, lockhouse.RefuseAtDoor(lockhouse.CodeBusy)
	}
	if err := a.forgetStuck(op); err != nil {
		return nil, err
	}
	if receipt, err = a.says(lockhouse.ReceiptAuthorised, number, op); err != nil {
		return nil, err
	}
	if err := a.write(record{Kind: recordArmed, Number: uint16(number), Opening: op, Receipt: receipt}); err != nil {
		return nil, err
	}
	d.since, d.gap, d.told = a.Now(), false, false
	s.watch(number, index)
	a.kick()
	return receipt, nil
}

// forgetStuck gives up other doors that stuck for the same parcel: should one spring open after all, it must not pass
// for the one that the parcel goes into now.
func (a *Agent) forgetStuck(op *opening) error {
	for _, c := range a.state.Compartments {
		if o := c.Opening; o != nil && o.Stage == stuck && o.Ref == op.Ref {
			if err := a.write(record{Kind: recordGivenUp, Number: c.Number}); err != nil {
				return err
			}
		}
	}
	return nil
}

// watch says that this session is told what the door does.
func (s *Session) watch(number int, index uint8) {
	d := s.agent.doors[number]
	d.session, d.index = s, index
}

// tell sends a door's news to whoever opened it, if that phone is still there.
func (a *Agent) tell(number int, event wire.DoorEvent, receipt []byte) {
	d := a.doors[number]
	if d.session != nil {
		d.session.say(wire.DoorNews{Index: d.index, Event: event, Compartment: uint16(number), Receipt: receipt})
	}
}
