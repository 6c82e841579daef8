package lease

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/internal/longtest"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// trouble is what happens to a node at a moment.
type trouble struct {
	at    time.Duration
	node  int
	what  string
	pause time.Duration
}

// TestTrouble: nodes whose clocks began anywhere and go at speeds of their own are paused, killed, stopped and started at
// random. Nobody writes in a term that is over, and no holder's end makes a silence longer than the bound, since one of them is well.
func TestTrouble(t *testing.T) {
	const nodes, lasts = 3, 40 * time.Second
	checks := flag.Lookup("rapid.checks").Value
	defer flag.Set("rapid.checks", checks.String())
	if err := checks.Set(longtest.Or("20", "1000")); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		plan := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) trouble {
			return trouble{
				at:    time.Duration(rapid.IntRange(0, int(lasts/time.Millisecond)).Draw(rt, "at, ms")) * time.Millisecond,
				node:  rapid.IntRange(1, nodes-1).Draw(rt, "node"),
				what:  rapid.SampledFrom([]string{"pause", "pause", "kill", "end"}).Draw(rt, "what"),
				pause: time.Duration(rapid.IntRange(1, 20_000).Draw(rt, "pause, ms")) * time.Millisecond,
			}
		}), 0, 12).Draw(rt, "trouble")
		slices.SortFunc(plan, func(a, b trouble) int { return int(a.at - b.at) })
		clocks := rapid.SliceOfN(rapid.Float64Range(0.97, 1.03), nodes, nodes).Draw(rt, "speeds")
		var failed error
		synctest.Test(t, func(t *testing.T) { failed = suffer(t, plan, clocks, lasts) })
		if failed != nil {
			rt.Fatal(failed)
		}
	})
}

// suffer lets nodes run through a plan; node 0 has none to suffer. A node that was killed or ended starts anew at its next.
func suffer(t *testing.T, plan []trouble, speeds []float64, lasts time.Duration) error {
	s := sqlitetest.Open(t)
	nodes := make([]*node, len(speeds))
	starts := 0
	run := func(i int) {
		starts++
		nodes[i] = start(s, fmt.Sprintf("node %d, start %d", i, starts), time.Duration(starts)*time.Hour, speeds[i])
	}
	for i := range nodes {
		run((i + 1) % len(nodes)) // one that has trouble to come is the first to have the lease
		time.Sleep(writeEvery)
	}
	began := time.Now()
	for _, next := range plan {
		time.Sleep(time.Until(began.Add(next.at)))
		switch n := nodes[next.node]; {
		case n == nil:
			run(next.node)
		case next.what == "pause":
			n.shaky.pause(next.pause)
		case next.what == "kill":
			n.kill()
			nodes[next.node] = nil
		case next.what == "end":
			n.end()
			nodes[next.node] = nil
		}
	}
	time.Sleep(time.Until(began.Add(lasts)))
	events := written(t, s)
	quiet := tooQuiet(events, present(t, s)) // before those that are paused are waited for
	for _, n := range nodes {
		if n != nil {
			n.end()
		}
	}
	if quiet != nil {
		return quiet
	}
	return fencedOff(events)
}

// present gives the term of the lease as it is now.
func present(t *testing.T, s store.Store) (term int) {
	t.Helper()
	storetest.View(t, s, func(tx store.Tx) error {
		is, err := tx.Lease("work")
		term = int(is.Term)
		return err
	})
	return term
}

// tooQuiet wants no silence that is longer than the bound for each term that ended in it: who takes the lease and is paused or killed
// before it wrote a word is waited for as well.
func tooQuiet(events []lockhouse.Event, term int) error {
	all := append(slices.Clone(events), lockhouse.Event{At: time.Now(), Compartment: term + 1})
	for i := 1; i < len(all); i++ {
		silence, ended := all[i].At.Sub(all[i-1].At), max(1, all[i].Compartment-all[i-1].Compartment)
		if silence > time.Duration(ended)*Within+writeEvery {
			return fmt.Errorf("nobody worked for %v, in which %d terms ended", silence, ended)
		}
	}
	return nil
}
