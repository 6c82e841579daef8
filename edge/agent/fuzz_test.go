package agent_test

import (
	"testing"
	"time"

	"lockhouse/edge/agent"
)

// FuzzJournal holds that a journal either makes sense or keeps the agent from starting, and never makes it fall over.
func FuzzJournal(f *testing.F) {
	w := newWorld(f)
	w.dropOff(first, 1)
	for _, line := range w.journal.lines {
		f.Add(line)
	}
	lines := w.journal.lines
	f.Fuzz(func(t *testing.T, line []byte) {
		w := newWorld(t)
		parts := agent.Parts{Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Board: w.board, Now: func() time.Time { return w.now }}
		parts.Journal = &fakeJournal{world: w, lines: append(append([][]byte(nil), lines...), line)}
		if a, err := agent.New(w.config, parts); err == nil && len(a.Doors()) != 6 {
			t.Errorf("%x starts a locker of %d doors", line, len(a.Doors()))
		}
	})
}

// FuzzFrames throws anything at a session, before and after a phone was admitted: no door opens.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0x80, 0, 1, 7}, false)
	f.Add([]byte{0x80, 0, 20, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7}, true)
	w := newWorld(f)
	grant := w.grant("recipient", collect(w.dropOff(first, 1)))
	f.Fuzz(func(t *testing.T, frame []byte, admitted bool) {
		w.t = t
		link, err := w.connect("fuzzer")
		must(t, err)
		if admitted {
			_, _, err := w.visit("recipient", grant, -1)
			must(t, err)
			link = w.link
		}
		_ = link.Session.Write(append([]byte{link.Session.Info()[1]}, frame...))
		w.pass(time.Second)
		if len(w.board.pulses) != 1 {
			t.Fatalf("%x opened a door", frame)
		}
	})
}
