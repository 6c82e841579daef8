package agent

import (
	"fmt"
	"slices"

	"lockhouse"
	"lockhouse/internal/strictcbor"
	"lockhouse/trust/credential"
)

// recordKind says which arrow a record is. The numbers are on disks; they never change.
type recordKind uint8

const (
	recordState      recordKind = 1  // everything, where the journal was written anew
	recordReceipt    recordKind = 2  // a receipt from before that
	recordStarted    recordKind = 3  // the agent
	recordArmed      recordKind = 4  // FREE -> ARMED
	recordPulsed     recordKind = 5  // ARMED -> PULSED
	recordNotOpened  recordKind = 6  // PULSED -> stuck; Unsure: nobody was looking all the time
	recordOpened     recordKind = 7  // PULSED -> OPENED
	recordClosed     recordKind = 8  // OPENED -> CLOSED
	recordGivenUp    recordKind = 9  // ARMED or stuck -> FREE; Unsure: a cut did it, so the phone may come back
	recordMisfit     recordKind = 10 // the courier, at an open door: it is not to stay
	recordLeftOpen   recordKind = 11
	recordForced     recordKind = 12
	recordShut       recordKind = 13 // after forced
	recordBoardFault recordKind = 14
	recordBoardHeals recordKind = 15
	recordTime       recordKind = 16 // the floor, from time to time
)

// record is one line of the journal: an arrow, and the receipt that says it to the outside, durable together.
type record struct {
	_       struct{} `cbor:",toarray"`
	Kind    recordKind
	AtS     uint64 // the floor then
	Number  uint16 // compartment
	Board   uint8
	Unsure  bool
	Opening *opening // of recordArmed
	Receipt []byte   // nil where there is nothing to say
	State   *state   // of recordState
}

// write makes a record durable, and then applies it. After an error nothing has changed, and nothing will.
func (a *Agent) write(r record) error {
	if a.failed != nil {
		return lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable).Because(a.failed)
	}
	r.AtS = a.floorS()
	data, err := strictcbor.Encode(&r)
	if err != nil {
		return a.fail(err)
	}
	if err := a.Journal.Append(data); err != nil {
		return a.fail(err)
	}
	a.appended++
	if err := a.apply(r); err != nil {
		return a.fail(err)
	}
	a.announce()
	return nil
}

// decodeRecord reads a line of the journal.
func decodeRecord(data []byte) (record, error) {
	var r record
	if err := strictcbor.Decode(data, maxRecordBytes, &r); err != nil {
		return record{}, err
	}
	if r.Kind < recordState || r.Kind > recordTime {
		return record{}, fmt.Errorf("record kind %d is not known; was this journal written by a newer agent?", r.Kind)
	}
	if (r.Kind == recordArmed) != (r.Opening != nil) || (r.Kind == recordState) != (r.State != nil) {
		return record{}, fmt.Errorf("record kind %d with parts of another", r.Kind)
	}
	return r, nil
}

// apply changes the state by one record, when it is written and when it is read again.
func (a *Agent) apply(r record) error {
	if r.Kind == recordState {
		a.state, a.kept = *r.State, nil
		return nil
	}
	if r.Receipt != nil {
		if err := a.keep(r.Receipt, r.Kind == recordReceipt); err != nil {
			return err
		}
	}
	s := &a.state
	s.FloorS = max(s.FloorS, r.AtS)
	switch r.Kind {
	case recordStarted:
		s.Boot++
	case recordBoardFault:
		s.hush(r.Board)
	case recordBoardHeals:
		s.unhush(r.Board)
	case recordReceipt, recordTime:
	default:
		return s.at(int(r.Number)).apply(s, r)
	}
	return nil
}

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
		return nil
	case recordForced:
		c.Forced = true
		return nil
	case recordShut:
		c.Forced = false
		return nil
	}
	op := c.Opening
	if op == nil || !slices.Contains(follows[r.Kind], op.Stage) {
		return fmt.Errorf("record kind %d at compartment %d does not follow from %+v", r.Kind, c.Number, op)
	}
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
	return nil
}

func (c *compartment) arm(r record) {
	op := *r.Opening
	c.Opening, c.Generation = &op, max(c.Generation, op.Generation)
	c.TriesS = append(c.TriesS, r.AtS)
	if n := len(c.TriesS); n > keptTries {
		c.TriesS = c.TriesS[n-keptTries:]
	}
	if op.Verb != lockhouse.VerbStore && !op.Reopening {
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

// keep takes a receipt in, as the newest. One from before a rewrite is in the state's count already.
func (a *Agent) keep(raw []byte, before bool) error {
	r, err := credential.ReadReceipt(raw)
	if err != nil {
		return err
	}
	if !before {
		if r.Seq != a.state.Seq+1 {
			return fmt.Errorf("receipt %d after %d", r.Seq, a.state.Seq)
		}
		a.state.Seq, a.state.Head = r.Seq, credential.Link(raw)
	}
	a.kept = append(a.kept, keptReceipt{seq: r.Seq, raw: raw})
	return nil
}
