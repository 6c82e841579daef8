package agent_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
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
