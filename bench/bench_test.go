package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/bench/load"
)

func TestParcelsNeedTheSizeTheyAreDrawnFor(t *testing.T) {
	for size, dimensions := range inside {
		if z, err := lockhouse.DefaultSizes().Fit(dimensions); err != nil || z.Name != size {
			t.Errorf("%s: %v fits %v, %v", size, dimensions, z.Name, err)
		}
	}
}

func TestClientsDrawAlikeInEveryRun(t *testing.T) {
	p := newPopulation(0.5)
	const draws = 5000
	sizes, sites, references := map[string]int{}, map[int]int{}, map[string]bool{}
	a, b := newClients(4), newClients(4)
	for range draws {
		w, again := a[3].next(p, 3, 4), b[3].next(p, 3, 4)
		if w != again {
			t.Fatalf("%v and %v", w, again)
		}
		if w.site < 0 || w.site >= p.Sites || w.site%4 != 3 {
			t.Fatalf("site %d", w.site)
		}
		if references[w.reference] {
			t.Fatalf("%s twice", w.reference)
		}
		references[w.reference] = true
		sizes[w.size]++
		sites[w.site]++
	}
	if len(sites) != p.Sites/4 {
		t.Errorf("%d sites were asked, want %d", len(sites), p.Sites/4)
	}
	for size, n := range p.Each {
		if share, want := float64(sizes[size])/draws, float64(n)/float64(p.compartments()); math.Abs(share-want) > 0.05 {
			t.Errorf("%s: %.2f of all, want %.2f", size, share, want)
		}
	}
}

// A visit's parcels fit beside those that lie at their site throughout.
func TestVisitsFitTheirSites(t *testing.T) {
	p := newPopulation(0.5)
	room := maps.Clone(p.Each)
	parcels := newClients(1)[0].visit(p, 3)
	for _, w := range append(p.standing(3), parcels...) {
		if room[w.size]--; room[w.size] < 0 || w.site != 3 {
			t.Fatalf("no room for %+v", w)
		}
	}
	if len(parcels) != visitOf {
		t.Errorf("a visit of %d parcels", len(parcels))
	}
}

func TestFillTakesTheShare(t *testing.T) {
	p := population{Sites: 7, Each: map[string]int{"S": 4, "M": 2, "L": 1}, Kept: 0.5}
	var mu sync.Mutex
	put := map[want]bool{}
	err := p.fill(t.Context(), 3, func(_ context.Context, _ int, site []want) error {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range site {
			put[w] = true
		}
		return nil
	})
	if err != nil || len(put) != p.Sites*3 { // two S, one M, no L
		t.Errorf("%d were put in, want %d; %v", len(put), p.Sites*3, err)
	}
	boom := errors.New("boom")
	if err := p.fill(t.Context(), 3, func(context.Context, int, []want) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("%v", err)
	}
}

func TestTable(t *testing.T) {
	result := func(name string, cycles float64, step string) load.Result {
		return load.Result{Name: name, Least: cycles - 1, Most: cycles + 1, Median: load.Round{CyclesPerS: cycles, ServerCPU: time.Millisecond,
			Steps: []load.Took{{Step: "cycle", Latency: load.Latency{P50: 3 * time.Millisecond, P99: 5 * time.Millisecond}}, {Step: step}}}}
	}
	var out bytes.Buffer
	if err := printRows(&out, cycleRows([]load.Result{result("ours", 300, "hold"), result("theirs", 200, "store")})); err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]string{{"ours", "theirs", "ours/theirs"}, {"cycles", "a", "second", "300", "200", "1.50"},
		{"cycle", "p50", "3ms", "3ms", "1.00"}, {"hold", "p50", "0s", "–", "–"}, {"store", "p50", "–", "0s", "–"}, {"server's", "CPU", "a", "cycle", "1ms", "1ms", "1.00"}} {
		if !hasLine(out.String(), want) {
			t.Errorf("no line %v in\n%s", want, out.String())
		}
	}
}

func hasLine(text string, words []string) bool {
	for line := range strings.Lines(text) {
		if strings.Join(strings.Fields(line), " ") == strings.Join(words, " ") {
			return true
		}
	}
	return false
}

func TestShort(t *testing.T) {
	for want, d := range map[string]time.Duration{"123µs": 123_456, "1.23ms": 1_234_567, "123ms": 123_456_789, "1.235s": 1_234_567_890} {
		if got := short(d); got != want {
			t.Errorf("%d ns: %s, want %s", d, got, want)
		}
	}
}
