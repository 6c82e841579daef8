package load

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// counter is a service of two steps that counts what is asked of it.
type counter struct {
	name   string
	turns  *[]string
	cycles atomic.Int64
	inside []atomic.Int32 // by client
	fails  error
	skips  bool // leaves a step out
}

func (c *counter) Name() string  { return c.name }
func (c *counter) Steps() []Step { return []Step{{"one", 0, 1}, {"two", 1, 2}} }

func (c *counter) Cycle(_ context.Context, client int, did func(bool)) error {
	if c.inside[client].Add(1) != 1 {
		return errors.New("two cycles of one client at a time")
	}
	defer c.inside[client].Add(-1)
	c.cycles.Add(1)
	did(true)
	time.Sleep(time.Millisecond)
	if !c.skips {
		did(true)
	}
	return c.fails
}

// CPU says 1 ms for each cycle, so that each cycle's share is known.
func (c *counter) CPU() (time.Duration, error) {
	if c.turns != nil && (len(*c.turns) == 0 || (*c.turns)[len(*c.turns)-1] != c.name) {
		*c.turns = append(*c.turns, c.name)
	}
	return time.Duration(c.cycles.Load()) * time.Millisecond, nil
}

func quiet(string) {}

// In time that a busy machine can't hold up: a window of milliseconds in which nobody got a turn would hold no cycle.
func TestCompareTakesTurnsAndCounts(t *testing.T) { synctest.Test(t, comparesTakingTurns) }

func comparesTakingTurns(t *testing.T) {
	var turns []string
	a := &counter{name: "a", turns: &turns, inside: make([]atomic.Int32, 3)}
	b := &counter{name: "b", turns: &turns, inside: make([]atomic.Int32, 3)}
	plan := Plan{Clients: 3, Rounds: 2, WarmUp: 10 * time.Millisecond, Window: 40 * time.Millisecond, Quiet: 5 * time.Millisecond}
	results, err := Compare(t.Context(), plan, []Contender{a, b}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(turns, " "); got != "a b a b" {
		t.Errorf("turns: %s", got)
	}
	for i, c := range []*counter{a, b} {
		r := results[i]
		if r.Name != c.name || len(r.Rounds) != plan.Rounds || len(r.Median.Steps) != 3 {
			t.Errorf("%s: %+v", c.name, r)
		}
		in := 0
		for _, round := range r.Rounds {
			in += round.Cycles
			if round.Others < 0 || round.Others > 1 {
				t.Errorf("%s: others had %v of the machine", c.name, round.Others)
			}
			if round.ServerCPU != time.Millisecond {
				t.Errorf("%s: %v of processor time a cycle, want 1ms", c.name, round.ServerCPU)
			}
			one, _ := round.Of("one")
			two, _ := round.Of("two")
			if whole, _ := round.Of(Whole); one.P50 >= two.P50 || two.P50 < time.Millisecond || whole.P50 < two.P50 {
				t.Errorf("%s: steps %v", c.name, round.Steps)
			}
		}
		if all := int(c.cycles.Load()); in == 0 || in >= all {
			t.Errorf("%s: %d cycles in the windows of %d; those of the warm-up count as well", c.name, in, all)
		}
	}
}

func TestCompareRefusesWhatDoesNotWork(t *testing.T) { synctest.Test(t, refusesWhatDoesNotWork) }

func refusesWhatDoesNotWork(t *testing.T) {
	plan := Plan{Clients: 2, Rounds: 1, Window: 5 * time.Millisecond}
	for name, c := range map[string]*counter{
		"an error": {name: "a", fails: errors.New("the reason"), inside: make([]atomic.Int32, 2)},
		"a step":   {name: "a", skips: true, inside: make([]atomic.Int32, 2)},
	} {
		if _, err := Compare(t.Context(), plan, []Contender{c}, quiet); err == nil {
			t.Errorf("%s: was measured all the same", name)
		} else if c.fails != nil && !errors.Is(err, c.fails) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []Plan{{}, {Clients: 1}, {Clients: 1, Rounds: 1}, {Clients: 1, Rounds: 1, Window: time.Hour},
		{Clients: 1, Rounds: 1, Window: 1, WarmUp: -1}, {Clients: 1, Rounds: 1, Window: 1, Quiet: -1}, {Clients: 1 << 20, Rounds: 1, Window: 1}, {Clients: 1, Rounds: 1 << 20, Window: 1}} {
		if err := bad.Check(); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestQuantile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		took := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 50), func(n int) time.Duration { return time.Duration(n) }), 1, 300).Draw(t, "took")
		l := LatencyOf(took)
		for q, value := range map[float64]time.Duration{0.5: l.P50, 0.99: l.P99} {
			var atMost, below int
			for _, d := range took {
				if d <= value {
					atMost++
				}
				if d < value {
					below++
				}
			}
			if n := q * float64(len(took)); float64(atMost) < n || float64(below) >= n {
				t.Fatalf("quantile %v of %v is %v", q, took, value)
			}
		}
	})
	if got := LatencyOf(nil); got != (Latency{}) {
		t.Errorf("of nothing: %v", got)
	}
}

func TestEvaluateLooksAtTheWindowAlone(t *testing.T) {
	from := time.Unix(1000, 0)
	at := func(s float64, d time.Duration) sample {
		end := from.Add(time.Duration(s * float64(time.Second)))
		return sample{end.Add(-3 * d), end.Add(-2 * d), end}
	}
	r := evaluate([]sample{at(-1, 100), at(0.5, 1), at(1, 3), at(2.1, 100)}, []Step{{"last", 1, 2}, {"all", 0, 2}}, from, from.Add(2*time.Second))
	if r.Cycles != 2 || r.CyclesPerS != 1 {
		t.Errorf("%+v", r)
	}
	for step, want := range map[string]Latency{"last": {P50: 2, P99: 6, Max: 6}, "all": {P50: 3, P99: 9, Max: 9}} {
		if got, ok := r.Of(step); !ok || got != want {
			t.Errorf("%s: %v, want %v", step, got, want)
		}
	}
	if _, ok := r.Of("none"); ok {
		t.Error("a step that is not there has a latency")
	}
}
