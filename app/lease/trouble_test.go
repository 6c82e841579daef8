package lease

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"lockhouse/internal/longtest"
	"lockhouse/store/sqlite/sqlitetest"
)

// trouble is what happens to a node at a moment.
type trouble struct {
	at    time.Duration
	node  int
	what  string
	pause time.Duration
}

// TestTrouble: nodes whose clocks began anywhere and go at speeds of their own are paused, killed, stopped and started at
// random. Nobody writes in a term that is over, and there is no silence longer than the bound, since one of them is well.
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
	silence := longestSilence(events) // before those that are paused are waited for
	for _, n := range nodes {
		if n != nil {
			n.end()
		}
	}
	if silence > Within+writeEvery {
		return fmt.Errorf("nobody worked for %v", silence)
	}
	return fencedOff(events)
}
