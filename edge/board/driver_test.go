package board_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/board"
	"lockhouse/sim/cabinet"
)

// rig is a cabinet with a door at each of the first 16 locks of the dialect's first board (fewer where it has fewer), two
// doors on a board up to three addresses on, and a driver on its line. Doors are numbered in that order, from 1.
type rig struct {
	cab         *cabinet.Cabinet
	line        *cabinet.Line
	driver      *board.Driver
	first, next int // the boards
	doors       int // on the first
}

func rigged(t testing.TB, s cabinet.Settings, d board.Settings) rig {
	t.Helper()
	if s.Dialect == "" {
		s.Dialect = "cu16"
	}
	dialect, err := board.Named(s.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	traits := dialect.Traits()
	r := rig{first: traits.FirstBoard, next: min(traits.FirstBoard+3, traits.LastBoard), doors: min(16, traits.Channels)}
	var places []lockhouse.Compartment
	for n := range r.doors {
		places = append(places, lockhouse.Compartment{Number: n + 1, Board: r.first, Channel: n})
	}
	for n := range 2 {
		places = append(places, lockhouse.Compartment{Number: r.doors + n + 1, Board: r.next, Channel: n})
	}
	if r.cab, err = cabinet.New(places, s); err != nil {
		t.Fatal(err)
	}
	if r.line, err = r.cab.Plug(); err != nil {
		t.Fatal(err)
	}
	r.driver = board.New(dialect, board.Serial(r.line.Path(), traits.Baud), d)
	t.Cleanup(func() {
		_ = r.driver.Close() // a test may have cut the line
		_ = r.line.Close()
	})
	return r
}

func named(t testing.TB, name string) board.Dialect {
	t.Helper()
	d, err := board.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (r rig) pulses(number int) int { return r.cab.Look()[number-1].Pulses }

func TestReversedHooks(t *testing.T) {
	r := rigged(t, cabinet.Settings{}, board.Settings{HookReversed: true})
	if doors, err := r.driver.Shut(t.Context(), 0); err != nil || doors[0] {
		t.Errorf("a contact that reads 1 was taken for shut: %v, %v", doors, err)
	}
}

func TestNoSuchLock(t *testing.T) {
	opened := false
	driver := board.New(named(t, "cu16"), func() (board.Line, error) { opened = true; return nil, errors.New("no port") }, board.Settings{})
	for _, at := range [][2]int{{-1, 0}, {16, 0}, {0, -1}, {0, 16}, {1 << 30, 0}} {
		if answer, err := driver.Pulse(t.Context(), at[0], at[1]); answer != lockhouse.AnswerNotDone || lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("pulse of %v: answer %d, %v", at, answer, err)
		}
	}
	if _, err := driver.Shut(t.Context(), 16); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		t.Errorf("status of board 16: %v", err)
	}
	if opened {
		t.Error("the port was opened for a lock that can't be")
	}
}

func TestLineComesAndGoes(t *testing.T) {
	missing := board.New(named(t, "cu16"), board.Serial(filepath.Join(t.TempDir(), "no-port"), 19_200), board.Settings{})
	if answer, err := missing.Pulse(t.Context(), 0, 0); answer != lockhouse.AnswerNotDone || lockhouse.CodeOf(err) != board.CodeLineDown {
		t.Errorf("without a port: answer %d, %v", answer, err)
	}

	first, second := rigged(t, cabinet.Settings{}, board.Settings{}), rigged(t, cabinet.Settings{}, board.Settings{})
	path := first.line.Path()
	driver := board.New(named(t, "cu16"), func() (board.Line, error) { return board.Serial(path, 19_200)() }, board.Settings{})
	defer driver.Close()
	if _, err := driver.Shut(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if err := first.line.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := driver.Shut(t.Context(), 0); lockhouse.CodeOf(err) != board.CodeLineDown {
		t.Errorf("with the adapter unplugged: %v", err)
	}
	path = second.line.Path()
	if _, err := driver.Shut(t.Context(), 0); err != nil {
		t.Errorf("with the adapter plugged in again: %v", err)
	}
}

func TestGivenUp(t *testing.T) {
	r := rigged(t, cabinet.Settings{}, board.Settings{})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if answer, err := r.driver.Pulse(gone, 0, 0); answer != lockhouse.AnswerNotDone || !errors.Is(err, context.Canceled) {
		t.Errorf("given up before it began: answer %d, %v", answer, err)
	}
	if err := r.cab.FaultBoard(0, cabinet.BoardMute); err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if answer, err := r.driver.Pulse(soon, 0, 0); answer == lockhouse.AnswerDone || err == nil {
		t.Errorf("given up under way: answer %d, %v", answer, err)
	}
}

// Callers take turns: each gets the answer to its own question.
func TestOneRequestInFlight(t *testing.T) {
	r := rigged(t, cabinet.Settings{}, board.Settings{})
	if err := r.cab.Force(17); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 6 {
				if doors, err := r.driver.Shut(t.Context(), 0); err != nil || !doors[0] {
					t.Errorf("board 0: %v, %v", doors, err)
				}
				if doors, err := r.driver.Shut(t.Context(), 3); err != nil || doors[0] || !doors[1] {
					t.Errorf("board 3: %v, %v", doors, err)
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkStatus is a status round trip over a pseudo-terminal, once as fast as it goes and once at 19200 baud.
func BenchmarkStatus(b *testing.B) {
	for name, baud := range map[string]int{"instant": 0, "19200_baud": 19200} {
		b.Run(name, func(b *testing.B) {
			r := rigged(b, cabinet.Settings{Baud: baud}, board.Settings{})
			for b.Loop() {
				if _, err := r.driver.Shut(b.Context(), 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A line has one master, also where the second is root, whom the kernel's exclusive mode does not hold off: a probe that is begun while the
// agent runs is told so, and changes nothing of the line.
func TestALineHasOneMaster(t *testing.T) {
	t.Parallel()
	r := rigged(t, cabinet.Settings{Speed: 19_200}, board.Settings{})
	must(t, shut(t, r.driver, r.first))
	other := board.New(named(t, "winnsen"), board.Serial(r.line.Path(), 9_600), board.Settings{})
	if err := shut(t, other, 1); lockhouse.CodeOf(err) != board.CodeLineDown || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second master: %v", err)
	}
	must(t, errors.Join(shut(t, r.driver, r.first), r.driver.Close()))
	if err := shut(t, other, 1); lockhouse.CodeOf(err) != board.CodeBoardSilent {
		t.Errorf("when the first has gone: %v", err)
	}
	must(t, other.Close())
}

func shut(t *testing.T, d *board.Driver, address int) error {
	t.Helper()
	_, err := d.Shut(t.Context(), address)
	return err
}
