package main

import (
	"errors"
	"os"
	"testing"
	"time"

	"lockhouse/bench/load"
	"lockhouse/internal/postgrestest"
)

// Both services are built, started, filled and driven for real, for a moment: every step works, each pays with
// processor time, and ours tells people and shop of every cycle.
func TestCyclesAreComparedForReal(t *testing.T) {
	w, err := newWorkshop("")
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	// In the window a busy machine has to end a cycle, which is a dozen commits.
	o := options{connections: 4, plan: load.Plan{Clients: 4, Rounds: 1, Window: time.Second, Quiet: 2500 * time.Millisecond}}
	r := report{Population: newPopulation(0)}
	err = compareCycles(t.Context(), w, o, &r)
	if errors.Is(err, postgrestest.ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"Lockhouse", "and telling", "on PostgreSQL", "baseline"} {
		got := r.Cycles[i]
		if got.Name != name || got.Median.Cycles == 0 || got.Median.ServerCPU <= 0 || got.Median.ClientCPU <= 0 {
			t.Errorf("%s: %+v", name, got)
		}
		for _, step := range []string{load.Whole, "reserve", "store", "pick up"} {
			if step == "store" && got.Median.Cycles < 2*visitOf*o.plan.Clients { // a slow machine: perhaps nobody visited
				continue
			}
			if l, ok := got.Median.Of(step); !ok || l.P50 <= 0 {
				t.Errorf("%s, %s: %v", name, step, l)
			}
		}
	}
	if told := r.Told[1]; told.Mails <= 0 || told.Webhooks <= 0 {
		t.Errorf("for each cycle %v was told", r.Told)
	}
	if r.Machine.Postgres == "" {
		t.Error("which PostgreSQL it was is not said")
	}
}
