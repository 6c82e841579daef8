package agent_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// some is a board that answers for so many of its locks.
type some struct {
	agent.LockBoard
	locks int
}

func (b some) Shut(ctx context.Context, board int) ([]bool, error) {
	bits, err := b.LockBoard.Shut(ctx, board)
	return bits[:b.locks], err
}

// Boards differ in how many locks they answer for. One that says nothing of a lock on which a door is says nothing that
// could be believed of the others either; one with just enough is well.
func TestBoardThatAnswersForTooFewLocks(t *testing.T) {
	for locks, want := range map[int]lockhouse.Door{5: lockhouse.DoorUnknown, 6: lockhouse.DoorShut} {
		w := newWorld(t)
		a, err := agent.New(w.config, agent.Parts{Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Board: some{w.board, locks},
			Journal: &fakeJournal{world: w}, Now: func() time.Time { return w.now }, Random: rand.Reader})
		must(t, err)
		for range 5 {
			a.Step(t.Context())
			w.now = w.now.Add(time.Second)
		}
		for _, v := range a.Doors() {
			if v.Door != want {
				t.Errorf("%d locks: the door of compartment %d is %s, want %s", locks, v.Number, v.Door, want)
			}
		}
	}
}

// A technician sets a wrong address, sees that no board answers there, and corrects the table. Nothing is wrong with the locker then,
// whatever the journal knows of a board that was never there.
func TestBoardThatWasTakenOutOfTheTable(t *testing.T) {
	w := newWorld(t)
	for i := range w.config.Compartments {
		w.config.Compartments[i].Board = 9
	}
	w.board.broken = true
	w.start()
	w.pass(5 * time.Second)
	if f := w.agent.Health().Fault; f != "board 9 silent" {
		t.Fatalf("with a wrong address: fault %q", f)
	}
	w.board.broken = false
	for i := range w.config.Compartments {
		w.config.Compartments[i].Board = 0
	}
	w.start()
	w.pass(2 * time.Second)
	if f := w.agent.Health().Fault; f != "" {
		t.Errorf("with the table put right: fault %q", f)
	}
	if kinds := w.kinds(0); kinds[len(kinds)-1] != "board_healed" {
		t.Errorf("the network is told %v", kinds)
	}
}

// bench is a line of boards of which some are dead: each of them takes the driver its time.
type bench struct {
	agent.LockBoard
	world *world
	dead  int    // boards from 1 on
	next  func() // happens while the first of them is asked; nil for nothing
	reads []time.Time
}

func (b *bench) Shut(ctx context.Context, board int) ([]bool, error) {
	if board == 0 || board > b.dead {
		b.reads = append(b.reads, b.world.now)
		return b.LockBoard.Shut(ctx, board)
	}
	if do := b.next; do != nil {
		b.next = nil
		do()
	}
	b.world.now = b.world.now.Add(1_100 * time.Millisecond)
	return nil, errors.New("silence")
}

// Where most boards of a cabinet are dead, as when its second power supply is, the others serve as ever: no tap grows stale while the dead
// are asked, and no door that is open goes unseen for longer than one of them takes.
func TestBoardsBesideDeadOnes(t *testing.T) {
	w := newWorld(t)
	for n := 1; n <= 8; n++ {
		w.config.Compartments = append(w.config.Compartments, lockhouse.Compartment{Locker: lockerID, Number: 10 + n, Size: "S", Rank: 1, Column: 2, Row: n, Board: n})
	}
	line := &bench{LockBoard: w.board, world: w, dead: 8}
	var err error
	w.agent, err = agent.New(w.config, agent.Parts{Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Board: line, Journal: w.journal,
		Now: func() time.Time { return w.now }, Random: rand.Reader})
	must(t, err)
	for range 3 * 8 { // also while they are found to be dead, one after the other
		began := w.now
		if w.agent.Step(t.Context()); w.now.Sub(began) > 1_300*time.Millisecond {
			t.Errorf("a turn took %v", w.now.Sub(began))
		}
	}
	w.pass(time.Minute)
	w.setTime()
	var courier *phone.Visit
	line.next = func() { courier, _, err = w.visit("courier", w.grant("courier", store(first, 1)), 0) }
	for courier == nil && err == nil {
		w.pass(time.Second)
	}
	must(t, err)
	line.reads = nil
	number := w.expect(courier, wire.DoorOpened, lockhouse.ReceiptOpened).Compartment
	w.pass(5 * time.Second)
	w.board.shut(number)
	w.expect(courier, wire.DoorClosed, lockhouse.ReceiptStored)
	for i, at := range line.reads[1:] {
		if gap := at.Sub(line.reads[i]); gap > 1_300*time.Millisecond {
			t.Errorf("an open door was not looked at for %v", gap)
		}
	}
}

// A compartment that was taken out of the table while a parcel lies in it is a parcel that nobody can fetch: that is said.
func TestParcelOutsideTheTable(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	all := w.config.Compartments
	w.config.Compartments = slices.DeleteFunc(slices.Clone(all), func(c lockhouse.Compartment) bool { return c.Number == stored.Compartment })
	w.start()
	if want := fmt.Sprintf("compartment %d not in the table", stored.Compartment); w.agent.Health().Fault != want {
		t.Errorf("fault %q, want %q", w.agent.Health().Fault, want)
	}
	w.config.Compartments = all
	w.start()
	if f := w.agent.Health().Fault; f != "" {
		t.Errorf("with its line put back: fault %q", f)
	}
}

// A door that was opened, and whose board fell silent before it was seen shut, keeps nobody from doors of other boards: whether it is shut can't
// be known, and whoever opened it has gone.
func TestADoorThatIsNoLongerSeenHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	w.config.Compartments = append(w.config.Compartments, lockhouse.Compartment{Locker: lockerID, Number: 11, Size: "XL", Rank: 4, Column: 2, Row: 1, Board: 1, Channel: 10})
	line := &bench{LockBoard: w.board, world: w}
	var err error
	w.agent, err = agent.New(w.config, agent.Parts{Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Board: line, Journal: w.journal,
		Now: func() time.Time { return w.now }, Random: rand.Reader})
	must(t, err)
	w.pass(2 * time.Second)
	w.setTime()
	far, near := w.dropOff(first, 4), w.dropOff(second, 1)
	if far.Compartment != 11 {
		t.Fatalf("it lies in %d", far.Compartment)
	}
	must(t, w.agent.EnterPIN(w.pin(far)))
	w.pass(2 * time.Second)
	w.wantPanel(11, wire.DoorOpened)
	refused(t, w.agent.EnterPIN(w.pin(near)), lockhouse.CodeBusy)
	line.dead = 1
	w.pass(3 * time.Minute) // the couriers' sessions have ended
	if c := w.agent.Condition(); c.Busy {
		t.Error("nobody is at the locker, and it says that somebody is")
	}
	must(t, w.agent.EnterPIN(w.pin(near)))
	w.pass(2 * time.Second)
	w.wantPanel(near.Compartment, wire.DoorOpened)
}
