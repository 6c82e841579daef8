package agent_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

func TestADoorThatSticks(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	w.board.sticks[1] = true
	grant := w.grant("recipient", collect(stored))
	for range 3 {
		v, _, err := w.visit("recipient", grant, 0)
		must(t, err)
		w.expect(v, wire.DoorTimeout, lockhouse.ReceiptNotOpened)
	}
	_, _, err := w.visit("recipient", grant, 0)
	refused(t, err, lockhouse.CodeTooMany)
	if len(w.board.pulses) != 4 {
		t.Errorf("%d pulses for a drop-off and three tries", len(w.board.pulses))
	}
	w.pass(16 * time.Minute)
	w.board.sticks[1] = false
	v, _, err := w.visit("recipient", grant, 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
}

func TestAStickyDoorThatOpensLateCounts(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	w.board.sticks[1] = true
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorTimeout, lockhouse.ReceiptNotOpened)
	w.pass(20 * time.Second)
	w.board.spring(2)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(2)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
}

func TestAStickyDoorIsGivenUp(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	w.board.sticks[1] = true
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorTimeout, lockhouse.ReceiptNotOpened)
	w.pass(2 * time.Minute)
	w.board.spring(2)
	w.pass(5 * time.Second)
	w.wantKinds(2, "authorised", "opened", "stored", "authorised", "not_opened", "forced")
}

func TestADropOffDoorThatSticksIsNotTheNextChoice(t *testing.T) {
	w := newWorld(t)
	w.board.sticks[1] = true
	grant := w.grant("courier", store(first, 1))
	v, n, err := w.visit("courier", grant, 0)
	must(t, err)
	w.expect(v, wire.DoorTimeout, lockhouse.ReceiptNotOpened)
	if w.agent.Doors()[n.Compartment-1].Occupied {
		t.Error("nothing went in, and it counts as occupied")
	}
	other, err := v.Open(soon(t), 0, 0)
	must(t, err)
	if other.Compartment == n.Compartment {
		t.Error("the same door again")
	}
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.spring(n.Compartment) // now it comes loose, empty
	w.board.shut(other.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored)
	w.pass(5 * time.Second)
	w.wantKinds(n.Compartment, "authorised", "not_opened", "forced")
}

func TestTheBoardsAnswerIsNotTheDoor(t *testing.T) {
	for name, tt := range map[string]struct {
		answer lockhouse.Answer
		sticks bool
		event  wire.DoorEvent
		kind   lockhouse.ReceiptKind
	}{
		"done, and it opens":          {lockhouse.AnswerDone, false, wire.DoorOpened, lockhouse.ReceiptOpened},
		"done, and it stays shut":     {lockhouse.AnswerDone, true, wire.DoorTimeout, lockhouse.ReceiptNotOpened},
		"unknown, and it opens":       {lockhouse.AnswerUnknown, false, wire.DoorOpened, lockhouse.ReceiptOpened},
		"unknown, and it stays shut":  {lockhouse.AnswerUnknown, true, wire.DoorTimeout, lockhouse.ReceiptNotOpened},
		"not done, and it stays shut": {lockhouse.AnswerNotDone, true, wire.DoorTimeout, lockhouse.ReceiptNotOpened},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			stored := w.dropOff(first, 1)
			w.board.answer, w.board.sticks[1] = tt.answer, tt.sticks
			v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
			must(t, err)
			w.expect(v, tt.event, tt.kind)
			w.pass(time.Minute)
			if len(w.board.pulses) != 2 {
				t.Errorf("pulsed %v: an unlock was repeated", w.board.pulses)
			}
		})
	}
}

// TestNotDoneIsSaidAtOnce: where the lock can't have moved, nobody waits for a door.
func TestNotDoneIsSaidAtOnce(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	w.board.answer = lockhouse.AnswerNotDone
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.agent.Step(t.Context())
	if len(w.link.Frames()) == 0 {
		t.Fatal("the phone is left waiting")
	}
	w.expect(v, wire.DoorTimeout, lockhouse.ReceiptNotOpened)
}

func TestLeftOpen(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.expect(v, wire.DoorLeftOpen, lockhouse.ReceiptLeftOpen)
	if !w.agent.Doors()[1].Occupied {
		t.Error("called collected with the door open")
	}
	waits := w.link
	if r := w.dropOff(second, 2); r.Compartment == 2 {
		t.Error("stored behind a door that stands open")
	}
	w.pass(5 * time.Minute) // longer than a session may be idle
	w.board.shut(2)
	w.link = waits
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	w.wantKinds(2, "authorised", "opened", "stored", "authorised", "opened", "left_open", "collected")
}

func TestForced(t *testing.T) {
	w := newWorld(t)
	w.dropOff(first, 1)
	w.board.spring(2)
	w.pass(3 * time.Second)
	w.board.shut(2)
	w.pass(3 * time.Second)
	w.wantKinds(2, "authorised", "opened", "stored", "forced", "shut")
	if !w.agent.Doors()[1].Occupied {
		t.Error("a forced door made a parcel vanish from the books")
	}
}

func TestOneGlitchIsNoAlarm(t *testing.T) {
	w := newWorld(t)
	w.board.open[3] = true
	for reads := w.board.reads; w.board.reads == reads; {
		w.pass(50 * time.Millisecond)
	}
	w.board.open[3] = false
	w.pass(10 * time.Second)
	w.wantKinds(4)
}

func TestABoardThatAnswersNonsense(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	w.board.broken = true
	w.pass(5 * time.Second)
	grant := w.grant("recipient", collect(stored))
	_, _, err := w.visit("recipient", grant, 0)
	refused(t, err, lockhouse.CodeBoardSilent)
	h := w.agent.Health()
	if h.Fault == "" || h.Doors[2] != lockhouse.DoorUnknown {
		t.Errorf("%+v", h)
	}
	w.board.broken = false
	w.pass(15 * time.Second)
	v, _, err := w.visit("recipient", grant, 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.wantKinds(0, "started", "board_fault", "board_healed")
}

func TestALoosePlugIsOneFault(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.board.broken = true
		w.pass(5 * time.Second)
		w.board.broken = false
		w.pass(5 * time.Second)
	}
	w.wantKinds(0, "started", "board_fault")
	w.pass(15 * time.Second)
	w.wantKinds(0, "started", "board_fault", "board_healed")
}

func TestABoardThatFallsSilentAfterThePulse(t *testing.T) {
	for name, opened := range map[string]bool{"it had opened": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			stored := w.dropOff(first, 1)
			w.board.sticks[1] = !opened
			w.board.seen = func(int) { w.board.broken = true }
			v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
			must(t, err)
			if n := w.next(v); n.Event != wire.DoorUnknown {
				t.Errorf("%+v", n)
			}
			w.board.broken, w.board.seen = false, nil
			if opened {
				w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
				return
			}
			w.expect(v, wire.DoorTimeout, lockhouse.ReceiptNotOpened)
			_, _, err = w.visit("another", w.grant("another", collect(stored)), 0)
			refused(t, err, lockhouse.CodeBusy) // kept for the phone that stood there
		})
	}
}

func TestADropOffThatNobodySawIsDoubtful(t *testing.T) {
	w := newWorld(t)
	w.board.seen = func(int) { w.board.broken = true }
	grant := w.grant("courier", store(first, 1))
	v, n, err := w.visit("courier", grant, 0)
	must(t, err)
	w.next(v)
	w.board.put(n.Compartment, first) // in the dark, the courier puts it in and shuts the door
	w.board.shut(n.Compartment)
	w.board.broken, w.board.seen = false, nil
	w.expect(v, wire.DoorTimeout, lockhouse.ReceiptNotOpened)
	if r := w.dropOff(second, 1); r.Compartment == n.Compartment {
		t.Fatal("stored where a parcel may lie")
	}
	again, m, err := w.visit("courier", grant, 0)
	must(t, err)
	if m.Compartment != n.Compartment {
		t.Fatalf("sent to %d, and the parcel may lie in %d", m.Compartment, n.Compartment)
	}
	w.expect(again, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(m.Compartment)
	w.expect(again, wire.DoorClosed, lockhouse.ReceiptStored)
}

func TestThePhoneIsGoneAfterArmed(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	_, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.link.Session.Close()
	w.pass(time.Second)
	if !w.board.open[1] {
		t.Error("the tap was made, and the door stays shut")
	}
	w.board.shut(2)
	w.pass(time.Second)
	w.wantKinds(2, "authorised", "opened", "stored", "authorised", "opened", "collected")
}

func TestAStaleTapOpensNothing(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.now = w.now.Add(4 * time.Second) // the loop was held up
	if n := w.next(v); n.Event != wire.DoorTimeout || len(w.board.pulses) != 1 {
		t.Errorf("%+v, pulses %v", n, w.board.pulses)
	}
}

func TestTwoPeopleAtOneLocker(t *testing.T) {
	w := newWorld(t)
	a, b := w.dropOff(first, 1), w.dropOff(second, 2)
	v, _, err := w.visit("a", w.grant("a", collect(a)), 0)
	must(t, err)
	link := w.link
	other := w.grant("b", collect(b))
	_, _, err = w.visit("b", other, 0)
	refused(t, err, lockhouse.CodeBusy) // while a's door is being opened
	w.link = link
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	u, _, err := w.visit("b", other, 0) // a's door stands open, and b need not wait
	must(t, err)
	w.expect(u, wire.DoorOpened, lockhouse.ReceiptOpened)
}
