package probe_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/app/probe"
)

// hooks are four locks on one board that open when they are pulsed, and fall shut when they are read long enough.
type hooks struct{ open, looks [4]int }

func (h *hooks) Pulse(_ context.Context, _, channel int) (lockhouse.Answer, error) {
	h.open[channel], h.looks[channel] = 1, 0
	return lockhouse.AnswerDone, nil
}

func (h *hooks) Shut(context.Context, int) ([]bool, error) {
	holds := make([]bool, len(h.open))
	for i := range holds {
		if h.looks[i]++; h.looks[i] > 10 {
			h.open[i] = 0
		}
		holds[i] = h.open[i] == 0
	}
	return holds, nil
}

// Whatever is typed, the walk ends, and what it kept is a table that a locker can be run with.
func FuzzTyped(f *testing.F) {
	for _, typed := range []string{"", "150\n\nyes\n7 M 2 3\nno\ny\n1 XL 1 1\n4 600\ndone", "3000\n\nyes\n1 S 1 1\nyes\n2 S 1 2\ndone", "\n\nhand\ny\ntwo\ns\ns\ns", "3001\n-1\n\n\nyes\n9999 S 1 1\n1 S 99 99\nyes\n1 S 1 1\n2 S 99 99\n"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		file := filepath.Join(t.TempDir(), "compartments.csv")
		synctest.Test(t, func(t *testing.T) {
			talk := probe.NewTalk(strings.NewReader(typed), &strings.Builder{})
			defer talk.Close()
			line := probe.Line{Port: "/dev/ttyUSB0", Dialect: "cu16", Baud: 19_200, Boards: []probe.Board{{Holds: make([]bool, 4)}}}
			if err := probe.Walk(t.Context(), talk, line, &hooks{}, file); err != nil {
				t.Fatal(err)
			}
		})
		kept, err := os.Open(file)
		if os.IsNotExist(err) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
		if _, err := locker.ReadCompartments(kept, ""); err != nil {
			t.Errorf("after %q: %v", typed, err)
		}
	})
}
