package probe_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lockhouse/app/probe"
	"lockhouse/edge/board"
	"lockhouse/sim/cabinet"
)

// walked walks along a cabinet of one board with what a technician types, and gives what was said and kept.
func walked(t *testing.T, s cabinet.Settings, doors int, typed string) (said, kept string) {
	d, err := board.Named(s.Dialect)
	if err != nil {
		t.Error(err)
		return "", ""
	}
	traits := d.Traits()
	_, line := steel(t, s, doors, traits.FirstBoard)
	driver := board.New(d, board.Serial(line.Path(), traits.Baud), board.Settings{})
	defer driver.Close()
	found := probe.Line{Port: line.Path(), Dialect: traits.Name, Baud: traits.Baud, Boards: []probe.Board{{Board: traits.FirstBoard, Holds: make([]bool, min(24, traits.Channels))}}}
	file := filepath.Join(t.TempDir(), "compartments.csv")
	var screen strings.Builder
	talk := probe.NewTalk(strings.NewReader(typed), &screen)
	defer talk.Close()
	if err := probe.Walk(t.Context(), talk, found, driver, file); err != nil {
		t.Errorf("%s: %v", s.Dialect, err)
	}
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
	return screen.String(), string(text)
}

// In every dialect a walk learns which lock is which door, and that the contacts of all are the wrong way round.
func TestWalksInEveryDialect(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, d := range board.Dialects() {
		name, first := d.Traits().Name, string('0'+rune(d.Traits().FirstBoard))
		all.Go(func() {
			said, kept := walked(t, cabinet.Settings{Dialect: name, HookReversed: true}, 2, "100\n\nyes\nyes\n7 m 1 2\nyes\n3 L 1 1\ndone\n")
			want := "number,size,rank,column,row,floor_mm,board,channel\n3,L,3,1,1,100," + first + ",1\n7,M,2,1,2,540," + first + ",0\n"
			if kept != want || !strings.Contains(said, "hook_reversed = true") || strings.Contains(said, "To put right") {
				t.Errorf("%s: kept %q, want %q; it said\n%s", name, kept, want, said)
			}
		})
	}
	all.Wait()
}

// Whatever is typed, it is said what is wrong with it, and asked again; what can't be is not kept.
func TestMistypedAnswers(t *testing.T) {
	t.Parallel()
	said, kept := walked(t, cabinet.Settings{Dialect: "cu16"}, 2, strings.Join([]string{
		"high", "", "", "perhaps", "yes", "7", "7 M one 1", "7 XL 1 1", "4", "7 XL 1 1", "0 1", "0 M 1 1", "7 M 1 1", "yes", "7 S 1 2", "8 S 1 1", "TWO", "done",
	}, "\n"))
	for _, want := range []string{"whole millimetres", "one of these words", "four words, such as 7 M 2 3", `"one" is not a whole number`, "Two numbers are needed",
		"A rank is 1 to 99", "number is 0", "Compartment 7 is there twice", "share column 1, row 1", "board 0, lock 1 opens two doors"} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	if kept != "number,size,rank,column,row,floor_mm,board,channel\n7,M,2,1,1,120,0,0\n" {
		t.Errorf("kept %q", kept)
	}
}

// Locks whose hooks don't hold come last, and only if they are wanted.
func TestIdleLocksComeLast(t *testing.T) {
	t.Parallel()
	said, _ := walked(t, cabinet.Settings{Dialect: "cu16"}, 2, "\n\nskip\nskip\nno\n")
	if !strings.Contains(said, "14 locks read open although every door is shut") || strings.Contains(said, "Pulse board 0, lock 2") {
		t.Errorf("it said\n%s", said)
	}
}

// A technician who leaves loses nothing.
func TestTechnicianLeaves(t *testing.T) {
	t.Parallel()
	said, kept := walked(t, cabinet.Settings{Dialect: "cu16"}, 2, "\n\nyes\n7 M 1 1\nyes\n")
	if !strings.Contains(kept, "7,M") || !strings.Contains(said, "1 of 16 locks are known") {
		t.Errorf("kept %q and said\n%s", kept, said)
	}
}

func TestFileThatIsNoTable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "compartments.csv")
	if err := os.WriteFile(file, []byte("a letter to somebody"), 0o600); err != nil {
		t.Fatal(err)
	}
	talk := probe.NewTalk(strings.NewReader(""), &strings.Builder{})
	defer talk.Close()
	if err := probe.Walk(t.Context(), talk, probe.Line{}, nil, file); err == nil || !strings.Contains(err.Error(), "Name another file") {
		t.Error(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "a letter to somebody" {
		t.Errorf("it was overwritten with %q, %v", text, err)
	}
}
