package board_test

import (
	"sync"
	"testing"

	"lockhouse"
	"lockhouse/edge/board"
	"lockhouse/sim/cabinet"
)

// Every fault of a board and a line: what the driver says, and that it never pulses twice.
func TestEveryBoardFault(t *testing.T) {
	wants := map[cabinet.BoardFault]struct {
		answer lockhouse.Answer
		pulses int
		code   lockhouse.Code // of reading the doors; empty when that must work
	}{
		cabinet.BoardSound:    {lockhouse.AnswerDone, 1, ""},
		cabinet.BoardSplit:    {lockhouse.AnswerDone, 1, ""},
		cabinet.BoardNoisy:    {lockhouse.AnswerDone, 1, ""},
		cabinet.BoardChatty:   {lockhouse.AnswerDone, 1, ""},
		cabinet.BoardDeaf:     {lockhouse.AnswerUnknown, 0, board.CodeBoardSilent},
		cabinet.BoardMute:     {lockhouse.AnswerUnknown, 1, board.CodeBoardSilent},
		cabinet.BoardNonsense: {lockhouse.AnswerUnknown, 1, board.CodeBoardGarbled},
		cabinet.BoardWrongSum: {lockhouse.AnswerUnknown, 1, board.CodeBoardGarbled},
		cabinet.BoardForeign:  {lockhouse.AnswerUnknown, 1, board.CodeBoardForeign},
	}
	var all sync.WaitGroup
	for _, fault := range cabinet.BoardFaults() {
		want, ok := wants[fault]
		if !ok && fault != cabinet.BoardLate {
			t.Errorf("no expectation for the fault %q", fault)
			continue
		}
		r := rigged(t, cabinet.Settings{Seed: 7}, board.Settings{})
		if err := r.cab.FaultBoard(0, fault); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			answer, err := r.driver.Pulse(t.Context(), 0, 4)
			_, statusErr := r.driver.Shut(t.Context(), 0)
			if fault == cabinet.BoardLate { // how late is the machine's to say; that it is one pulse is ours
				if answer == lockhouse.AnswerNotDone || r.pulses(5) != 1 {
					t.Errorf("late: answer %d, %d pulses", answer, r.pulses(5))
				}
				return
			}
			if answer != want.answer || (err == nil) != (answer == lockhouse.AnswerDone) || r.pulses(5) != want.pulses {
				t.Errorf("%s: answer %d, %v, %d pulses; want %+v", fault, answer, err, r.pulses(5), want)
			}
			if want.code == "" && statusErr != nil || want.code != "" && lockhouse.CodeOf(statusErr) != want.code {
				t.Errorf("%s: reading the doors gave %v, want %q", fault, statusErr, want.code)
			}
			if doors, err := r.driver.Shut(t.Context(), 3); err != nil || !doors[0] {
				t.Errorf("%s: the board beside it said %v, %v", fault, doors, err)
			}
		})
	}
	all.Wait()
}

// A door that sticks, or a dead lock, is answered "done" by the board: only the hook tells.
func TestAnsweredIsNotOpen(t *testing.T) {
	r := rigged(t, cabinet.Settings{}, board.Settings{})
	for number, fault := range map[int]cabinet.DoorFault{1: cabinet.DoorSticks, 2: cabinet.DoorDead, 3: cabinet.HookStuckShut, 4: cabinet.HookStuckOpen} {
		if err := r.cab.FaultDoor(number, fault); err != nil {
			t.Fatal(err)
		}
		if answer, err := r.driver.Pulse(t.Context(), 0, number-1); answer != lockhouse.AnswerDone || err != nil {
			t.Errorf("%s: answer %d, %v", fault, answer, err)
		}
	}
	doors, err := r.driver.Shut(t.Context(), 0)
	if err != nil || !doors[0] || !doors[1] || !doors[2] || doors[3] {
		t.Errorf("the hooks say %v, %v", doors[:4], err)
	}
}

// Boards that obey an unlock without a word are believed by their hooks, and doubted where those do not move.
func TestSilentUnlock(t *testing.T) {
	r := rigged(t, cabinet.Settings{UnlockSilent: true}, board.Settings{})
	if answer, err := r.driver.Pulse(t.Context(), 0, 0); answer != lockhouse.AnswerDone || err != nil {
		t.Errorf("a door that opened: answer %d, %v", answer, err)
	}
	if err := r.cab.FaultDoor(2, cabinet.DoorSticks); err != nil {
		t.Fatal(err)
	}
	answer, err := r.driver.Pulse(t.Context(), 0, 1)
	if answer != lockhouse.AnswerUnknown || lockhouse.CodeOf(err) != board.CodeLockUnconfirmed {
		t.Errorf("a door that sticks: answer %d, %v", answer, err)
	}
	if r.pulses(1) != 1 || r.pulses(2) != 1 {
		t.Errorf("pulsed %d and %d times, want once each", r.pulses(1), r.pulses(2))
	}
}
