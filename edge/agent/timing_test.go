package agent_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// TestOpeningsAreTimed: each opening is told once, with its phases in their order; one whose door stuck has no "open".
func TestOpeningsAreTimed(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	w.pass(3 * time.Second)
	told := w.agent.Openings()
	if len(told) != 1 || told[0].Ref != first || told[0].AgoMS < 3_000 {
		t.Fatalf("%+v", told)
	}
	o := told[0]
	if !(0 < o.AuthorisedMS && o.AuthorisedMS <= o.PulsedMS && o.PulsedMS <= o.OpenMS && o.OpenMS <= o.ShutMS && o.ShutMS <= o.AgoMS) {
		t.Errorf("%+v", o)
	}
	if again := w.agent.Openings(); len(again) != 0 {
		t.Errorf("told twice: %+v", again)
	}
	w.board.sticks[stored.Compartment-1] = true
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorTimeout, lockhouse.ReceiptNotOpened)
	if told = w.agent.Openings(); len(told) != 1 || told[0].PulsedMS == 0 || told[0].OpenMS != 0 || told[0].ShutMS != 0 {
		t.Errorf("stuck: %+v", told)
	}
}

// TestTimingsThatAreTooOld: after days without a line the network is told of those of the last day, as it takes no others.
func TestTimingsThatAreTooOld(t *testing.T) {
	w := newWorld(t)
	w.dropOff(first, 1)
	w.pass(25 * time.Hour)
	w.setTime()
	w.dropOff(second, 1)
	told := w.agent.Openings()
	if len(told) != 1 || told[0].Ref != second {
		t.Errorf("%+v", told)
	}
}

// TestTimingsAreBounded: a locker whose line is down for long keeps the newest timings, as many as go into a message.
func TestTimingsAreBounded(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	grant := w.grant("recipient", collect(stored))
	for range wire.MaxOpenings + 5 {
		v, _, err := w.visit("recipient", grant, 0)
		must(t, err)
		w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
		w.expect(v, wire.DoorLeftOpen, lockhouse.ReceiptLeftOpen)
		w.board.shut(stored.Compartment)
		w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
		stored = w.dropOff(first, 1)
		grant = w.grant("recipient", collect(stored))
	}
	told := w.agent.Openings()
	if len(told) != wire.MaxOpenings {
		t.Fatalf("%d are kept", len(told))
	}
	if o := told[len(told)-2]; o.OpenMS == 0 || o.ShutMS != 0 {
		t.Errorf("left open: %+v", o)
	}
	if _, data, err := wire.EncodeUplink(wire.Openings{Board: "kerong", Openings: told}); err != nil || len(data) > wire.MaxUplinkBytes {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
