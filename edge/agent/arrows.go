package agent

import (
	"fmt"
	"slices"

	"lockhouse"
)

// follows is the one table of arrows: from which stages each may go out.
var follows = map[recordKind][]stage{
	recordPulsed:    {armed},
	recordNotOpened: {pulsed},
	recordOpened:    {pulsed, stuck},
	recordClosed:    {opened},
	recordMisfit:    {opened},
	recordLeftOpen:  {opened},
	recordGivenUp:   {armed, stuck, pulsed, opened}, // the last two when the compartment was taken out of the table
}

// apply changes one compartment.
func (c *compartment) apply(s *state, r record) error {
	switch r.Kind {
	case recordArmed:
		c.arm(r)
		if op := r.Opening; op.Verb == lockhouse.VerbStore && !op.Reopening {
			s.newcomer(r.Number)
		}
		return nil
	case recordForced:
		c.Forced = true
		return nil
	case recordShut:
		c.Forced = false
		return nil
	case recordReleased:
		c.Ref, c.Doubtful, c.Opening = lockhouse.ParcelRef{}, false, nil
		return nil
	}
	op := c.Opening
	if op == nil || !slices.Contains(follows[r.Kind], op.Stage) {
		return fmt.Errorf("record kind %d at compartment %d does not follow from %+v", r.Kind, c.Number, op)
	}
	c.advance(s, r, op)
	return nil
}

// advance takes what is under way one arrow further.
func (c *compartment) advance(s *state, r record, op *opening) {
	switch r.Kind {
	case recordPulsed:
		c.pulse()
	case recordNotOpened:
		c.notOpened(r)
	case recordOpened:
		c.open(s)
	case recordClosed:
		c.close(s, r)
	case recordGivenUp:
		if r.Unsure {
			c.Reserved, c.ReservedS = op.Phone, r.AtS
		}
		c.Opening = nil
	case recordMisfit:
		op.Misfit = true
	case recordLeftOpen:
		op.LeftOpen = true
	}
}

func (c *compartment) arm(r record) {
	op := *r.Opening
	c.Opening, c.Generation = &op, max(c.Generation, op.Generation)
	c.TriesS = append(c.TriesS, r.AtS)
	if n := len(c.TriesS); n > keptTries {
		c.TriesS = c.TriesS[n-keptTries:]
	}
	if op.Verb != lockhouse.VerbStore && op.Verb != lockhouse.VerbService && !op.Reopening {
		c.Ref = op.Ref // the same, or one that only the network still knew of
	}
}

// keptTries is how many tries are remembered; only so many count.
const keptTries = 3

// pulse: from here on the door may open at any time, so a parcel may lie inside.
func (c *compartment) pulse() {
	op := c.Opening
	op.Stage = pulsed
	if op.Verb == lockhouse.VerbStore && c.Ref != op.Ref {
		c.Ref, c.Doubtful, op.Doubt = op.Ref, true, true
	}
}

func (c *compartment) notOpened(r record) {
	op := c.Opening
	op.Stage = stuck
	if r.Unsure {
		c.Reserved, c.ReservedS = op.Phone, r.AtS
		return
	}
	if op.Doubt {
		c.Ref, c.Doubtful, op.Doubt = lockhouse.ParcelRef{}, false, false
	}
}

func (c *compartment) open(s *state) {
	op := c.Opening
	op.Stage, op.Doubt = opened, false
	if op.Verb == lockhouse.VerbService { // what lies inside, or may, is as it was
		c.TriesS, c.Forced = nil, false
		s.spend(op).Openings++
		return
	}
	c.TriesS, c.Reserved, c.ReservedS, c.Doubtful, c.Forced = nil, [8]byte{}, 0, false, false
	if op.Verb == lockhouse.VerbStore {
		c.Ref = op.Ref
		s.spend(op).Openings++
	}
}

func (c *compartment) close(s *state, r record) {
	op := c.Opening
	done := visited{Verb: op.Verb, Ref: op.Ref, Generation: op.Generation, Phone: op.Phone, AtS: r.AtS}
	switch {
	case op.Verb == lockhouse.VerbService:
	case op.Misfit:
		c.Ref, c.Last = lockhouse.ParcelRef{}, visited{}
		s.spend(op).Stored = false
	case op.Reopening:
		c.Last.Reopened++
	case op.Verb == lockhouse.VerbStore:
		c.Last = done
		s.spend(op).Stored = true
	default:
		c.Ref, c.Last = lockhouse.ParcelRef{}, done
	}
	c.Opening = nil
}

// ends gives the receipt that a shut door is worth.
func (op *opening) ends() lockhouse.ReceiptKind {
	switch {
	case op.Verb == lockhouse.VerbService:
		return lockhouse.ReceiptService
	case op.Misfit:
		return lockhouse.ReceiptMisfit
	case op.Reopening:
		return lockhouse.ReceiptShut
	case op.Verb == lockhouse.VerbStore:
		return lockhouse.ReceiptStored
	case op.Verb == lockhouse.VerbTakeOut:
		return lockhouse.ReceiptTakenOut
	}
	return lockhouse.ReceiptCollected
}
