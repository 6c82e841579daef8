package board_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"lockhouse"
	"lockhouse/edge/board"
	"lockhouse/internal/longtest"
	"lockhouse/sim/cabinet"
)

// outcome is what the driver must say, and what must have happened to the lock.
type outcome struct {
	answer lockhouse.Answer
	pulses int
	code   lockhouse.Code // of reading the doors; empty when that must work
}

var (
	well    = outcome{lockhouse.AnswerDone, 1, ""}
	doubted = outcome{lockhouse.AnswerUnknown, 1, ""}
)

// hostile is the bus as it may be: for each fault of a board what every driver must say, whatever its dialect.
var hostile = map[cabinet.BoardFault]outcome{
	cabinet.BoardSound:    well,
	cabinet.BoardSplit:    well,
	cabinet.BoardNoisy:    well,
	cabinet.BoardChatty:   well,
	cabinet.BoardTells:    well,
	cabinet.BoardDeaf:     {lockhouse.AnswerUnknown, 0, board.CodeBoardSilent},
	cabinet.BoardMute:     {lockhouse.AnswerUnknown, 1, board.CodeBoardSilent},
	cabinet.BoardNonsense: {lockhouse.AnswerUnknown, 1, board.CodeBoardGarbled},
	cabinet.BoardWrongSum: {lockhouse.AnswerUnknown, 1, board.CodeBoardGarbled},
	cabinet.BoardForeign:  {lockhouse.AnswerUnknown, 1, board.CodeBoardForeign},
	cabinet.BoardLate:     {}, // how late is the machine's to say
}

func TestEveryDialectOnAHostileBus(t *testing.T) {
	var all sync.WaitGroup
	for _, d := range board.Dialects() {
		for _, fault := range cabinet.BoardFaults() {
			want, ok := hostile[fault]
			if !ok {
				t.Errorf("no expectation for the fault %q", fault)
				continue
			}
			name := d.Traits().Name
			r := rigged(t, cabinet.Settings{Dialect: name, Seed: 7}, board.Settings{})
			all.Go(func() { r.suffers(t, name, fault, want) })
		}
	}
	all.Wait()
}

// suffers pulses a lock on the board with the fault and reads its doors, and those of the sound board beside it. What
// was pulsed must hold at once; what was heard is looked at three times, for a machine may be too busy to be in time.
func (r rig) suffers(t *testing.T, name string, fault cabinet.BoardFault, want outcome) {
	must(t, r.cab.FaultBoard(r.first, fault))
	var says string
	for channel := range 3 {
		before := r.pulses(channel + 1)
		answer, err := r.driver.Pulse(t.Context(), r.first, channel)
		_, statusErr := r.driver.Shut(t.Context(), r.first)
		pulses := r.pulses(channel+1) - before
		if pulses > 1 || answer == lockhouse.AnswerNotDone || (err == nil) != (answer == lockhouse.AnswerDone) || fault != cabinet.BoardLate && pulses != want.pulses {
			t.Errorf("%s, %s: answer %d, %v, %d pulses; want %+v", name, fault, answer, err, pulses, want)
		}
		doors, besideErr := r.driver.Shut(t.Context(), r.next)
		says = ""
		if fault != cabinet.BoardLate && (answer != want.answer || statusErr != nil && lockhouse.CodeOf(statusErr) != want.code || (statusErr == nil) != (want.code == "")) {
			says = fmt.Sprintf("%s, %s: answer %d, %v, and reading the doors gave %v; want %+v", name, fault, answer, err, statusErr, want)
		} else if besideErr != nil || !doors[0] || !doors[1] {
			says = fmt.Sprintf("%s, %s: the board beside it said %v, %v", name, fault, doors, besideErr)
		}
		if says == "" {
			break
		}
	}
	if says != "" {
		t.Error(says)
	}
	r.onlyMoved(t, name)
}

// onlyMoved makes sure that none but the first three locks was pulsed, and none twice.
func (r rig) onlyMoved(t *testing.T, name string) {
	for _, v := range r.cab.Look() {
		if v.Pulses > 1 || v.Pulses > 0 && v.Number > 3 {
			t.Errorf("%s: lock %d was pulsed %d times", name, v.Number, v.Pulses)
		}
	}
}

// A door that sticks, a lock that answers "done" while the door stays shut, one that has to cool down, and contacts that
// lie: what a board can't know it may say wrong, and the hook decides. Dialects differ in what their boards can say.
func TestAnsweredIsNotOpen(t *testing.T) {
	faults := []cabinet.DoorFault{cabinet.DoorSticks, cabinet.DoorDead, cabinet.DoorCools, cabinet.HookStuckShut, cabinet.HookStuckOpen}
	unpulsed := outcome{lockhouse.AnswerDone, 0, ""}
	refused := outcome{lockhouse.AnswerUnknown, 0, ""}
	wants := map[string][]outcome{
		"cu16":    {well, unpulsed, unpulsed, well, well},
		"cu24":    {well, unpulsed, unpulsed, well, well},
		"cu48":    {well, unpulsed, unpulsed, well, well},
		"8a":      {doubted, unpulsed, refused, well, well},
		"winnsen": {doubted, refused, refused, doubted, well},
		"wkly":    {well, unpulsed, refused, well, well},
	}
	for _, d := range board.Dialects() {
		name := d.Traits().Name
		r := rigged(t, cabinet.Settings{Dialect: name}, board.Settings{})
		for i, fault := range faults {
			must(t, r.cab.FaultDoor(i+1, fault))
			answer, err := r.driver.Pulse(t.Context(), r.first, i)
			got := outcome{answer: answer, pulses: r.pulses(i + 1)}
			if got != wants[name][i] || (err == nil) != (answer == lockhouse.AnswerDone) {
				t.Errorf("%s, %s: %+v, %v; want %+v", name, fault, got, err, wants[name][i])
			}
		}
		doors, err := r.driver.Shut(t.Context(), r.first)
		if err != nil || !slices.Equal(doors[:6], []bool{true, true, true, true, false, true}) {
			t.Errorf("%s: the hooks say %v, %v", name, doors, err)
		}
	}
}

// Boards that obey an unlock without a word are believed by their hooks, and doubted where those do not move.
func TestSilentUnlock(t *testing.T) {
	var all sync.WaitGroup
	for _, d := range board.Dialects() {
		name := d.Traits().Name
		r := rigged(t, cabinet.Settings{Dialect: name, UnlockSilent: true}, board.Settings{})
		must(t, r.cab.FaultDoor(2, cabinet.DoorSticks))
		all.Go(func() {
			if answer, err := r.driver.Pulse(t.Context(), r.first, 0); answer != lockhouse.AnswerDone || err != nil {
				t.Errorf("%s: a door that opened: answer %d, %v", name, answer, err)
			}
			answer, err := r.driver.Pulse(t.Context(), r.first, 1)
			if answer != lockhouse.AnswerUnknown || lockhouse.CodeOf(err) != board.CodeLockUnconfirmed {
				t.Errorf("%s: a door that sticks: answer %d, %v", name, answer, err)
			}
			if r.pulses(1) != 1 || r.pulses(2) != 1 {
				t.Errorf("%s: pulsed %d and %d times, want once each", name, r.pulses(1), r.pulses(2))
			}
		})
	}
	all.Wait()
}

// Some adapters hear themselves. The echo of a request is neither an answer nor noise, also where an answer would look
// the same.
func TestAdapterThatHearsItself(t *testing.T) {
	var all sync.WaitGroup
	for _, d := range board.Dialects() {
		name := d.Traits().Name
		r := rigged(t, cabinet.Settings{Dialect: name, Echo: true}, board.Settings{})
		must(t, r.cab.FaultBoard(r.next, cabinet.BoardDeaf))
		all.Go(func() {
			answer, err := r.driver.Pulse(t.Context(), r.first, 0)
			doors, statusErr := r.driver.Shut(t.Context(), r.first)
			if answer != lockhouse.AnswerDone || err != nil || statusErr != nil || doors[0] || !doors[1] {
				t.Errorf("%s: answer %d, %v; the hooks say %v, %v", name, answer, err, doors, statusErr)
			}
			answer, _ = r.driver.Pulse(t.Context(), r.next, 0)
			if _, err := r.driver.Shut(t.Context(), r.next); answer != lockhouse.AnswerUnknown || lockhouse.CodeOf(err) != board.CodeBoardSilent {
				t.Errorf("%s: of a board that hears nothing: answer %d; %v", name, answer, err)
			}
		})
	}
	all.Wait()
}

func TestPulseOpensThatDoorAndNoOther(t *testing.T) {
	for _, d := range board.Dialects() {
		name := d.Traits().Name
		r := rigged(t, cabinet.Settings{Dialect: name, SpringMS: 20}, board.Settings{})
		for _, c := range []struct{ number, board, channel int }{{1, r.first, 0}, {r.doors, r.first, r.doors - 1}, {r.doors + 2, r.next, 1}} {
			if answer, err := r.driver.Pulse(t.Context(), c.board, c.channel); answer == lockhouse.AnswerNotDone || (err == nil) != (answer == lockhouse.AnswerDone) {
				t.Errorf("%s: pulsing %d: answer %d, %v", name, c.number, answer, err)
			}
			for shut := true; shut; {
				doors, err := r.driver.Shut(t.Context(), c.board)
				if err != nil {
					t.Fatal(err)
				}
				shut = doors[c.channel]
			}
		}
		for _, v := range r.cab.Look() {
			if asked := v.Number == 1 || v.Number == r.doors || v.Number == r.doors+2; v.Open != asked || v.Pulses > 1 {
				t.Errorf("%s: compartment %d: %+v", name, v.Number, v)
			}
		}
		must(t, r.cab.Shut(r.doors))
		if doors, err := r.driver.Shut(t.Context(), r.first); err != nil || !doors[r.doors-1] || doors[0] {
			t.Errorf("%s: after shutting the last: %v, %v", name, doors, err)
		}
	}
}

// Contacts may be wired the other way round in any dialect, and items are seen where sensors are.
func TestStatus(t *testing.T) {
	for _, d := range board.Dialects() {
		traits := d.Traits()
		r := rigged(t, cabinet.Settings{Dialect: traits.Name, HookReversed: true}, board.Settings{HookReversed: true})
		must(t, r.cab.Force(3))
		must(t, r.cab.Put(3, "a teapot"))
		s, err := r.driver.Status(t.Context(), r.first)
		if err != nil || !s.Shut[0] || s.Shut[2] || !s.Shut[r.doors-1] || len(s.Shut) > traits.Channels {
			t.Errorf("%s: %+v, %v", traits.Name, s, err)
		}
		if traits.Items != (s.Items != nil) || traits.Items && (s.Items[0] || !s.Items[2]) {
			t.Errorf("%s: behind the doors it sees %v", traits.Name, s.Items)
		}
	}
}

// Whatever befalls a line between two pulses and during them, one call is one pulse at most, "not done" is none, and in
// the end sound boards are believed.
func TestFaultsThatComeAndGo(t *testing.T) {
	var all sync.WaitGroup
	for i, d := range board.Dialects() {
		name, dice := d.Traits().Name, rand.New(rand.NewPCG(uint64(i), 1))
		r := rigged(t, cabinet.Settings{Dialect: name, Seed: uint64(i), SpringMS: 10}, board.Settings{})
		all.Go(func() {
			for range longtest.Or(3, 100) {
				fault, channel := cabinet.BoardFaults()[dice.IntN(len(hostile))], dice.IntN(r.doors)
				must(t, r.cab.FaultBoard(r.first, fault))
				before := r.pulses(channel + 1)
				answer, _ := r.driver.Pulse(t.Context(), r.first, channel)
				must(t, r.cab.FaultBoard(r.first, cabinet.BoardSound))
				if !r.believed(t, channel) {
					t.Errorf("%s, after %s: the door of lock %d is never seen as it is", name, fault, channel)
				}
				if n := r.pulses(channel+1) - before; n > 1 || n == 1 && answer == lockhouse.AnswerNotDone {
					t.Errorf("%s, %s: answer %d and %d pulses", name, fault, answer, n)
				}
			}
		})
	}
	all.Wait()
}

// believed reads the doors until one is seen as it is: it may spring open in between.
func (r rig) believed(t *testing.T, channel int) bool {
	for range 20 {
		doors, err := r.driver.Shut(t.Context(), r.first)
		if err == nil && doors[channel] == r.shut(channel) {
			return true
		}
	}
	return false
}

func (r rig) shut(channel int) bool { return !r.cab.Look()[channel].Open }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
