package agent

import (
	"fmt"

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
	recordCorrected  recordKind = 17 // the floor, lowered: it was built on a wrong NotBefore
	recordWrongPIN   recordKind = 18 // at the panel, for a compartment or (0) for any; or a wrong presence code (from atLine on)
	recordWaits      recordKind = 19 // how many wrong ones were counted, where the journal was written anew
	recordReleased   recordKind = 20 // doubtful -> FREE: the network knows that the parcel is elsewhere
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

// write makes a record durable, and then applies it. After an error nothing has changed.
func (a *Agent) write(r record) error {
	if a.failed != nil {
		return lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable).Because(a.failed)
	}
	if a.disk.waits() && !a.disk.retries {
		return lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable).Because(a.disk.why)
	}
	r.AtS = a.floorS()
	data, err := strictcbor.Encode(&r)
	if err != nil {
		return a.fail(err)
	}
	if err := a.Journal.Append(data); err != nil {
		return a.refused(err)
	}
	a.appended++
	if err := a.apply(r); err != nil {
		return a.fail(err)
	}
	a.announce()
	return nil
}

// decodeRecord reads a line of the journal. One that it refuses was written by a newer version (format.go).
func decodeRecord(data []byte) (record, error) {
	var r record
	if err := strictcbor.Decode(data, maxRecordBytes, &r); err != nil {
		return record{}, err
	}
	if kindFormats[r.Kind] == 0 {
		return record{}, fmt.Errorf("record kind %d is not known", r.Kind)
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
	case recordCorrected:
		s.lower(r.AtS)
	case recordWrongPIN:
		s.wrong(r.Number, r.AtS)
	case recordWaits:
		s.waitFor(r)
	case recordReceipt, recordTime:
	default:
		return s.at(int(r.Number)).apply(s, r)
	}
	return nil
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
