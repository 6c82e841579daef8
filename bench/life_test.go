package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"lockhouse/bench/load"
)

// A few whole lives are lived for real: each step works, everybody is told, and the queues are seen.
func TestLivesAreLivedForReal(t *testing.T) {
	w, err := newWorkshop("")
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	profiles := t.TempDir()
	r, err := liveLives(t.Context(), w, options{lifeRate: 30, lifeFor: 2 * time.Second, profiles: profiles})
	if err != nil {
		t.Fatal(err)
	}
	if r.Begun < 60 || r.Begun > 61 || r.HeldBack != 0 || r.ServerCPU <= 0 || r.ClientCPU <= 0 || r.MemoryMB <= 0 {
		t.Errorf("%+v", r)
	}
	if len(r.Steps) != len(lifeSteps) || r.Steps[len(r.Steps)-1].Step != load.Whole {
		t.Errorf("steps: %+v", r.Steps)
	}
	for _, s := range r.Steps {
		if s.P50 <= 0 {
			t.Errorf("%s took no time", s.Step)
		}
	}
	if r.Told.Mails < 1 || r.Told.Webhooks < 1 {
		t.Errorf("for each parcel %+v was told", r.Told)
	}
	if len(r.Queues) == 0 {
		t.Error("no queue was ever seen with anything in it")
	}
	for _, of := range []string{"server.pprof", "clients.pprof"} {
		if file, err := os.Stat(filepath.Join(profiles, of)); err != nil || file.Size() == 0 {
			t.Error("no profile:", of, err)
		}
	}
}

// A small fleet connects, survives its node, and loses nothing.
func TestAFleetReturnsForReal(t *testing.T) {
	w, err := newWorkshop("")
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	f, err := connectFleet(t.Context(), w, 15, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if f.Lockers != 15 || f.Connected <= 0 || f.FirstReceipts <= 0 || f.Down <= 0 || f.Returned <= 0 || f.Lost != 0 {
		t.Errorf("%+v", f)
	}
}

func TestQueueLength(t *testing.T) {
	if queue, n, ok := queueLength(`lockhouse_queue_length{queue="events to be heard"} 12`); queue != "events to be heard" || n != 12 || !ok {
		t.Error(queue, n, ok)
	}
	for _, line := range []string{"", "# HELP lockhouse_queue_length", `lockhouse_queue_bound{queue="mails"} 3`, `lockhouse_queue_length{queue="mails"} x`} {
		if queue, n, ok := queueLength(line); ok {
			t.Error(line, queue, n)
		}
	}
}

func TestLinkIn(t *testing.T) {
	if got := linkIn([]byte("a\r\nhttp://x/collect#abc=\r\nd-_e\r\n\r\nmore")); got != "abcd-_e" {
		t.Error(got)
	}
	if got := linkIn([]byte("nothing")) + linkIn([]byte("/collect#")); got != "" {
		t.Error(got)
	}
}
