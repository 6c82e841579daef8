package agent_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

var (
	first  = lockhouse.ParcelRef{1}
	second = lockhouse.ParcelRef{2}
	third  = lockhouse.ParcelRef{3}
)

func TestDropOffAndCollect(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	if stored.Compartment != 2 || stored.Generation != 1 {
		t.Errorf("stored in %d, generation %d", stored.Compartment, stored.Generation)
	}
	v, n, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	if n.Compartment != stored.Compartment || n.Receipt == nil || n.Receipt.Kind != lockhouse.ReceiptAuthorised {
		t.Errorf("admitted with %+v", n)
	}
	if w.board.opens != 1 {
		t.Error("the door was open before the loop pulsed it")
	}
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	if got := w.board.take(n.Compartment); got != first {
		t.Errorf("found %s", got)
	}
	w.board.shut(n.Compartment)
	r := w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected).Receipt
	if r.Ref != first || r.Generation != 1 || r.Phone != credential.Thumbprint(public(t, "recipient")) || r.Quality != lockhouse.TimeGood {
		t.Errorf("%+v", r)
	}
	w.wantKinds(2, "authorised", "opened", "stored", "authorised", "opened", "collected")
	if w.agent.Doors()[1].Occupied {
		t.Error("still occupied")
	}
}

func TestUsedOnce(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	grant := w.grant("recipient", collect(stored))
	take := func() error {
		v, n, err := w.visit("recipient", grant, 0)
		if err == nil {
			w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
			w.board.shut(n.Compartment)
			w.next(v)
		}
		return err
	}
	for i, want := range []lockhouse.Code{"", "", "", lockhouse.CodeUsed} { // once, and two reopenings
		if err := take(); want == "" && err != nil || want != "" && lockhouse.CodeOf(err) != want {
			t.Fatalf("visit %d: %v", i+1, err)
		}
	}
	w.wantKinds(2, "authorised", "opened", "stored", "authorised", "opened", "collected", "authorised", "opened", "shut", "authorised", "opened", "shut")
}

// The link breaks while the door stands open. Whoever opened it hears the rest when they are back, and nobody else does.
func TestAPhoneThatIsBackHearsOfItsDoor(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	v, n, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.link.Close()

	other := w.dropOff(second, 1)
	v, _, err = w.visit("recipient", w.grant("recipient", collect(other), collect(stored)), -1) // a newer grant will do
	must(t, err)
	back := w.link
	_, _, err = w.visit("stranger", w.grant("stranger", collect(stored)), -1)
	must(t, err)
	stranger := w.link
	w.board.shut(n.Compartment)
	w.link = back
	if news := w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected); news.Index != 1 || news.Receipt.Ref != first {
		t.Errorf("%+v", news)
	}
	if frames := stranger.Frames(); len(frames) > 0 {
		t.Error("another phone heard of a door that is not its own")
	}
}

func TestReopeningEnds(t *testing.T) {
	for name, after := range map[string]func(w *world){
		"after five minutes":               func(w *world) { w.pass(5 * time.Minute) },
		"when the compartment has another": func(w *world) { w.dropOff(second, 1); w.dropOff(third, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			stored := w.dropOff(first, 1)
			grant := w.grant("recipient", collect(stored))
			v, _, err := w.visit("recipient", grant, 0)
			must(t, err)
			w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
			w.board.shut(2)
			w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
			after(w)
			if _, _, err := w.visit("recipient", grant, 0); err == nil {
				t.Error("it opened again")
			}
		})
	}
}

func TestJustEmptiedIsNotChosenFirst(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(2)
	w.next(v)
	if r := w.dropOff(second, 1); r.Compartment != 1 {
		t.Errorf("stored in %d, which its last owner may still reopen", r.Compartment)
	}
}

func TestCourierGoesFromDoorToDoor(t *testing.T) {
	w := newWorld(t)
	v, n, err := w.visit("courier", w.grant("courier", store(first, 1), store(second, 1), store(third, 3)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	if _, err := v.Open(soon(t), 1, 0); lockhouse.CodeOf(err) != lockhouse.CodeBusy {
		t.Errorf("a second door beside an open one: %v", err)
	}
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored)
	for index, rank := range map[int]int{1: 1, 2: 3} {
		n, err := v.Open(soon(t), index, 0)
		must(t, err)
		if got := w.config.Compartments[n.Compartment-1].Rank; got != rank {
			t.Errorf("rank %d went into %d", rank, got)
		}
		w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
		w.board.shut(n.Compartment)
		w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored)
	}
	if _, err := v.Open(soon(t), 3, 0); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		t.Errorf("a target that the grant has not: %v", err)
	}
	raws, err := v.Tail(soon(t), 3)
	must(t, err)
	if len(raws) != 3 {
		t.Errorf("a tail of %d", len(raws))
	}
	must(t, v.Bye(soon(t)))
	if err := w.link.Session.Write([]byte{1}); err == nil {
		t.Error("the session goes on after BYE")
	}
}

func TestMisfitAtTheOpenDoor(t *testing.T) {
	w := newWorld(t)
	v, n, err := w.visit("courier", w.grant("courier", store(first, 1)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	_, err = v.Misfit(soon(t), 0)
	must(t, err)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptMisfit)
	bigger, err := v.Open(soon(t), 0, 2)
	must(t, err)
	if rank := w.config.Compartments[bigger.Compartment-1].Rank; rank != 2 {
		t.Errorf("rank %d after a misfit", rank)
	}
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(bigger.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored)
	if w.agent.Doors()[n.Compartment-1].Occupied || !w.agent.Doors()[bigger.Compartment-1].Occupied {
		t.Error("the wrong compartment counts as occupied")
	}
}

func TestMisfitAfterTheDoorWasShut(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	v, _, err := w.visit("courier", w.grant("courier", store(first, 1)), -1)
	must(t, err)
	n, err := v.Misfit(soon(t), 0)
	must(t, err)
	if n.Compartment != stored.Compartment {
		t.Errorf("reopened %d", n.Compartment)
	}
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.take(n.Compartment)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptMisfit)
	_, _, err = w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	refused(t, err, lockhouse.CodeNotHere)
}

func TestMisfitIsForItsCourierAndItsParcel(t *testing.T) {
	w := newWorld(t)
	w.dropOff(first, 1)
	other, _, err := w.visit("other courier", w.grant("other courier", store(first, 1), store(second, 1)), -1)
	must(t, err)
	for index := range 2 {
		_, err := other.Misfit(soon(t), index)
		refused(t, err, lockhouse.CodeConflict)
	}
	if w.board.opens != 1 {
		t.Error("a door opened")
	}
}

func TestTakeOut(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	target := collect(stored)
	target.Verb = lockhouse.VerbTakeOut
	v, n, err := w.visit("courier", w.grant("courier", target), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.take(n.Compartment)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptTakenOut)
	_, _, err = w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	refused(t, err, lockhouse.CodeUsed)
}

func TestStoreTargetsAreSpent(t *testing.T) {
	w := newWorld(t)
	grant := w.grant("courier", store(first, 1))
	v, n, err := w.visit("courier", grant, 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(n.Compartment)
	stored := w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored).Receipt
	w.pass(6 * time.Minute)
	_, _, err = w.visit("courier", grant, 0)
	refused(t, err, lockhouse.CodeAlreadyHere)

	r, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(r, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(n.Compartment)
	w.expect(r, wire.DoorClosed, lockhouse.ReceiptCollected)
	_, _, err = w.visit("courier", grant, 0)
	refused(t, err, lockhouse.CodeUsed)
}

func TestOneTargetOpensABoundedNumberOfDoors(t *testing.T) {
	w := newWorld(t)
	grant := w.grant("courier", store(first, 1))
	openings := 0
	for range 20 {
		v, n, err := w.visit("courier", grant, 0)
		if err != nil {
			refused(t, err, lockhouse.CodeTooMany)
			break
		}
		openings++
		w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
		_, err = v.Misfit(soon(t), 0)
		must(t, err)
		w.board.shut(n.Compartment)
		w.expect(v, wire.DoorClosed, lockhouse.ReceiptMisfit)
	}
	if openings != 8 {
		t.Errorf("%d openings", openings)
	}
}

// TestJustStarted: before the doors were read, nobody is told that the locker is full.
func TestJustStarted(t *testing.T) {
	w := newWorld(t)
	w.halt()
	w.setTime()
	_, _, err := w.visit("courier", w.grant("courier", store(first, 1)), 0)
	refused(t, err, lockhouse.CodeBoardSilent)
	w.pass(time.Second)
	w.dropOff(first, 1)
}

func TestFull(t *testing.T) {
	w := newWorld(t)
	w.dropOff(first, 3)
	w.dropOff(second, 3)
	_, _, err := w.visit("courier", w.grant("courier", store(third, 3)), 0)
	refused(t, err, lockhouse.CodeFull)
	if r := w.dropOff(third, 1); r.Compartment != 2 {
		t.Errorf("the smaller ones are free, and it went to %d", r.Compartment)
	}
}
