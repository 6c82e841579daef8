package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"time"

	"lockhouse/bench/cpu"
	"lockhouse/bench/earth"
	"lockhouse/bench/load"
	"lockhouse/internal/process"
)

// searched is what was found out about searches for one size.
type searched struct {
	Size    string        `json:"size"`
	Percent int           `json:"percent_with_room"`
	Same    int           `json:"answers_compared"` // and found to name sites as far, one by one
	Results []load.Result `json:"results"`
}

// searches is the comparison of searches.
type searches struct {
	Sites       int           `json:"sites"`
	Ready       time.Duration `json:"ready_ns"` // from the start of the process to the first offer, all sites read
	MemoryBytes int64         `json:"memory_bytes"`
	BySize      []searched    `json:"by_size"`
	Alone       []alone       `json:"without_a_server"`
}

// finder is a server that finds sites.
type finder struct {
	name    string
	process *process.Process
	address string
	key     string
	cpu     func() (time.Duration, error)
	path    func(from point, size string) string
}

// point is where somebody looks for a site, to the metre.
type point struct{ lat, lon float64 }

// search is a finder that is asked for one size.
type search struct {
	*finder
	size    string
	world   earth.Earth
	callers []*caller
	random  []*rand.Rand // by client
}

func newSearch(f *finder, size string, clients int) *search {
	s := &search{finder: f, size: size, world: earth.New(), callers: newCallers(clients, f.address)}
	for i := range clients {
		s.random = append(s.random, rand.New(rand.NewPCG(9, uint64(i))))
	}
	return s
}

func (s *search) Name() string { return s.name }

func (s *search) Steps() []load.Step { return []load.Step{{Name: "search", From: 0, Until: 1}} }

func (s *search) CPU() (time.Duration, error) { return s.cpu() }

// Cycle asks from somewhere: mostly from a city, sometimes from the sea or a pole.
func (s *search) Cycle(ctx context.Context, client int, did func(bool)) error {
	err := s.ask(ctx, client, nil)
	did(true)
	return err
}

func (s *search) ask(ctx context.Context, client int, out any) error {
	at := s.world.Somewhere(s.random[client])
	return s.callers[client].call(ctx, http.MethodGet, s.path(point{at.Lat, at.Lon}, s.size), s.key, nil, out)
}

func (s *search) close() {
	for _, c := range s.callers {
		c.close()
	}
}

// comparedAnswers is how many questions both are asked before they are measured, for each size.
const comparedAnswers = 300

// compareSearch fills both with the same sites and lets them take turns, size by size.
func compareSearch(ctx context.Context, w *workshop, o options, r *report) error {
	if err := o.search.Check(); err != nil {
		return err
	}
	r.Searches = &searches{Sites: o.searchSites}
	var err error
	if r.Searches.Alone, err = searchAlone(ctx, w, o); err != nil {
		return err
	}
	ours, err := startFinder(ctx, w, o, r.Searches)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	defer ours.process.Stop()
	theirs, stop, err := startPostGIS(ctx, w, o)
	if err != nil {
		return fmt.Errorf("search, PostGIS: %w", err)
	}
	defer stop()
	for _, size := range earth.Sizes {
		one, err := compareSize(ctx, w, o, size.Name, ours, theirs)
		if err != nil {
			return fmt.Errorf("search for %s: %w", size.Name, err)
		}
		one.Percent = size.Percent
		r.Searches.BySize = append(r.Searches.BySize, one)
	}
	return nil
}

func compareSize(ctx context.Context, w *workshop, o options, size string, ours, theirs *finder) (searched, error) {
	a, b := newSearch(ours, size, o.search.Clients), newSearch(theirs, size, o.search.Clients)
	defer a.close()
	defer b.close()
	w.say("comparing answers for size " + size)
	if err := sameAnswers(ctx, a, b); err != nil {
		return searched{}, err
	}
	contenders := []load.Contender{a, b}
	if err := load.Settle(ctx, o.search, contenders, w.say); err != nil {
		return searched{}, err
	}
	results, err := load.Compare(ctx, o.search, contenders, w.say)
	return searched{Size: size, Same: comparedAnswers, Results: results}, err
}

// sameAnswers asks both the same questions. Where two sites are as far, to the metre, either may come first; at the other end of
// the earth a metre is less than either of them can tell.
func sameAnswers(ctx context.Context, a, b *search) error {
	for n := range comparedAnswers {
		var answers [2]struct {
			Sites []struct {
				ID        string  `json:"id"`
				DistanceM float64 `json:"distance_m"`
			} `json:"sites"`
		}
		for i, s := range []*search{a, b} {
			if err := s.ask(ctx, 0, &answers[i]); err != nil {
				return err
			}
		}
		ours, theirs := answers[0].Sites, answers[1].Sites
		if len(ours) != len(theirs) || len(ours) == 0 {
			return fmt.Errorf("question %d: %d sites, and %d by %s", n, len(ours), len(theirs), b.name)
		}
		for i := range ours {
			if math.Abs(ours[i].DistanceM-theirs[i].DistanceM) > 1.5 {
				return fmt.Errorf("question %d, site %d: %+v, and %+v by %s", n, i, ours[i], theirs[i], b.name)
			}
		}
	}
	return nil
}

// cpuOf counts processes and all that they started.
func cpuOf(pids ...int) func() (time.Duration, error) {
	return func() (all time.Duration, err error) {
		for _, pid := range pids {
			one, err := cpu.OfTree(pid)
			if err != nil {
				return 0, err
			}
			all += one
		}
		return all, nil
	}
}
