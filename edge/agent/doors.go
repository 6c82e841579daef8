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
	state     lockhouse.Door // as believed
	changedAt time.Time      // when that was last otherwise
	forced    flaps          // found open, though nobody was let through

	reading bool // shut, as last read
	alike   int  // readings in a row that said so
	seenAt  time.Time

	since time.Time // of the pulse, or of the opening
	gap   bool      // it was not read all the time since the pulse
	told  bool      // the phone knows that the board fell silent

	unsaid bool // it was seen open, and the disk did not take that yet

	timing *timing // of the opening under way; nil if nobody measured its beginning

	session *Session // who is told
	index   uint8
	atPanel bool // it was opened at the panel, which is told
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

// awaited tells whether a door that was opened is waited for to be shut. One that was left open no longer is: its owner may have gone, or
// it does not latch, and the courier behind has work to do. Nor is one whose board fell silent: how it stands, nobody can know.
func (a *Agent) awaited(c *compartment) bool {
	op, d := c.Opening, a.doors[int(c.Number)]
	return op != nil && op.Stage == opened && !op.LeftOpen && d != nil && !a.silent(d.Board)
}

// mayBegin holds a phone to one door at a time.
func (a *Agent) mayBegin(grant lockhouse.GrantID) error {
	if a.disk.waits() {
		return lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable).Because(a.disk.why)
	}
	if a.busy() {
		return lockhouse.RefuseAtDoor(lockhouse.CodeBusy)
	}
	for _, c := range a.state.Compartments {
		if a.awaited(c) && c.Opening.Grant == grant {
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
	switch t.Verb {
	case lockhouse.VerbStore:
		number, err = a.placeFor(t, op, int(rank))
	case lockhouse.VerbService:
		number, err = a.placeForService(t, op)
	default:
		number, err = a.placeOf(t, op)
	}
	if err != nil {
		return 0, nil, err
	}
	receipt, err = s.arm(index, number, op)
	return number, receipt, err
}

// arm is the agent's, for a phone that is told what the door does.
func (s *Session) arm(index uint8, number int, op *opening) (receipt []byte, err error) {
	if receipt, err = s.agent.arm(number, op, s.spoke); err == nil {
		s.watch(number, index)
	}
	return receipt, err
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
			if !op.Misfit {
				err = a.write(record{Kind: recordMisfit, Number: c.Number})
			}
			return int(c.Number), nil, err
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
	receipt, err = s.arm(index, number, op)
	return number, receipt, err
}

// arm writes FREE -> ARMED for a wish that was heard at a moment. The pulse is the loop's.
func (a *Agent) arm(number int, op *opening, heard time.Time) (receipt []byte, err error) {
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
	d.timing = &timing{ref: op.Ref, wish: heard, authorised: d.since}
	d.session, d.atPanel = nil, false
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

// rejoin lets a phone that is back hear of the door that it opened: its link may have broken while the door stood open.
func (s *Session) rejoin() {
	for _, c := range s.agent.state.Compartments {
		op := c.Opening
		if op == nil || op.Phone != s.phone || s.agent.doors[int(c.Number)] == nil {
			continue
		}
		for i, t := range s.grant.Targets {
			if t.Ref == op.Ref && t.Verb == op.Verb {
				s.watch(int(c.Number), uint8(i))
			}
		}
	}
}

// tell sends a door's news to whoever opened it: to the phone, if it is still there, or to the panel.
func (a *Agent) tell(number int, event wire.DoorEvent, receipt []byte) {
	d := a.doors[number]
	if d.atPanel {
		a.showAtPanel(number, event)
	}
	if d.session != nil {
		d.session.say(wire.DoorNews{Index: d.index, Event: event, Compartment: uint16(number), Receipt: receipt})
	}
}
