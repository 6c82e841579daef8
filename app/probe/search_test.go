package probe_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"lockhouse"
	"lockhouse/app/probe"
	"lockhouse/edge/board"
	"lockhouse/sim/cabinet"
)

// steel gives a cabinet of some doors on a line: the first on each of the boards, and so on.
func steel(t *testing.T, s cabinet.Settings, doors int, boards ...int) (*cabinet.Cabinet, *cabinet.Line) {
	t.Helper()
	var places []lockhouse.Compartment
	for n := range doors {
		places = append(places, lockhouse.Compartment{Number: n + 1, Board: boards[n%len(boards)], Channel: n / len(boards)})
	}
	c, err := cabinet.New(places, s)
	if err != nil {
		t.Fatal(err)
	}
	line, err := c.Plug()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.Close() }) // a test may have closed it
	return c, line
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func quiet(string, string, int) {}

// Boards of every dialect are found among all others, at their own speed, and no lock moves while they are sought.
func TestFindsEveryDialect(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, d := range board.Dialects() {
		traits := d.Traits()
		c, line := steel(t, cabinet.Settings{Dialect: traits.Name, Speed: traits.Baud}, 3, traits.FirstBoard+1, traits.FirstBoard+2)
		must(t, c.Force(1), c.Put(1, "a kettle"), c.Shut(1))
		last := 3
		if traits.Name == "cu16" {
			last = 0 // all of them, for once
		}
		all.Go(func() {
			r, err := probe.Search{Ports: []string{line.Path()}, Dialects: board.Dialects(), LastBoard: last, Tell: quiet}.Run(t.Context())
			if err != nil || len(r.Lines) != 1 {
				t.Errorf("%s: found %+v, %v", traits.Name, r, err)
				return
			}
			l := r.Lines[0]
			if l.Dialect != traits.Name || l.Baud != traits.Baud || l.Port != line.Path() || len(l.Boards) != 2 {
				t.Errorf("%s: found %+v", traits.Name, l)
				return
			}
			if b := l.Boards; b[0].Board != traits.FirstBoard+1 || b[1].Board != traits.FirstBoard+2 || !reflect.DeepEqual(b[0].Holds[:3], []bool{true, true, false}) {
				t.Errorf("%s: the boards are %+v", traits.Name, b)
			}
			if sees := l.Boards[0].Sees; traits.Items != (sees != nil) || traits.Items && (!sees[0] || sees[1]) {
				t.Errorf("%s: behind the doors it sees %v", traits.Name, sees)
			}
			for _, v := range c.Look() {
				if v.Pulses != 0 || v.Open {
					t.Errorf("%s: a search moved lock %d", traits.Name, v.Number)
				}
			}
		})
	}
	all.Wait()
}

func TestFindsAnotherSpeed(t *testing.T) {
	t.Parallel()
	_, line := steel(t, cabinet.Settings{Dialect: "winnsen", Speed: 57_600}, 1, 1)
	d, err := board.Named("winnsen")
	if err != nil {
		t.Fatal(err)
	}
	r, err := probe.Search{Ports: []string{line.Path()}, Dialects: []board.Dialect{d}, Tell: quiet}.Run(t.Context())
	if err != nil || len(r.Lines) != 1 || r.Lines[0].Baud != 57_600 {
		t.Errorf("found %+v, %v", r, err)
	}
}

// Where nothing is understood, it is said which of the reasons it is.
func TestSaysWhyNothingIsFound(t *testing.T) {
	t.Parallel()
	c, noisy := steel(t, cabinet.Settings{Dialect: "winnsen"}, 1, 1)
	if err := c.FaultBoard(1, cabinet.BoardNonsense); err != nil {
		t.Fatal(err)
	}
	mute, silent := steel(t, cabinet.Settings{Dialect: "winnsen"}, 1, 1)
	if err := mute.FaultBoard(1, cabinet.BoardMute); err != nil {
		t.Fatal(err)
	}
	d, err := board.Named("winnsen")
	if err != nil {
		t.Fatal(err)
	}
	ports := []string{noisy.Path(), silent.Path(), filepath.Join(t.TempDir(), "no-port")}
	r, err := probe.Search{Ports: ports, Dialects: []board.Dialect{d}, Baud: 9_600, Tell: quiet}.Run(t.Context())
	if err != nil || len(r.Lines) != 0 || len(r.Troubles) != 3 {
		t.Fatalf("found %+v, %v", r, err)
	}
	for i, want := range []lockhouse.Code{board.CodeBoardGarbled, board.CodeBoardSilent, board.CodeLineDown} {
		if got := r.Troubles[i]; got.Port != ports[i] || got.Code != string(want) || got.Says == "" {
			t.Errorf("%+v, want %s", got, want)
		}
	}
}
