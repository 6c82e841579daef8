package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"lockhouse/bench/earth"
	"lockhouse/bench/load"
	"lockhouse/estate/nearby"
)

// aloneSearches is how often the index is asked by itself, for each size.
const aloneSearches = 50_000

// alone is the index without a server around it: asked by one goroutine, one question after the other.
type alone struct {
	Size      string       `json:"size"`
	Took      load.Latency `json:"took"`
	PerS      float64      `json:"searches_per_s"`
	MaxGroups int          `json:"most_groups_of_eight"` // that one search looked into: this does not depend on who else uses the machine
}

// searchAlone asks an index of the same sites in this process.
func searchAlone(ctx context.Context, w *workshop, o options) (found []alone, err error) {
	w.say("searching without a server")
	world, index := earth.New(), nearby.New(len(earth.Sizes))
	places := make([]nearby.Place, o.searchSites)
	for n := range places {
		site := world.Site(n)
		on := make([]uint64, len(earth.Sizes))
		for i, size := range earth.Sizes {
			if earth.Has(n, size.Name) {
				on[i] = 1
			}
		}
		places[n] = nearby.Place{Site: &site, Class: 1, Zone: 1, Room: nearby.Room{On: on}}
	}
	index.Put(places...)
	for i, size := range earth.Sizes {
		found = append(found, searchRank(world, index, i+1, size.Name))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func searchRank(world earth.Earth, index *nearby.Index, rank int, size string) alone {
	random := rand.New(rand.NewPCG(7, uint64(rank)))
	s := alone{Size: size}
	took := make([]time.Duration, aloneSearches)
	all := time.Duration(0)
	for n := range took {
		q := nearby.Question{Near: world.Somewhere(random), Rank: rank, Limit: 10}
		began := time.Now()
		_, groups := index.Nearest(q)
		took[n] = time.Since(began)
		all += took[n]
		s.MaxGroups = max(s.MaxGroups, groups)
	}
	s.PerS = float64(aloneSearches) / all.Seconds()
	s.Took = load.LatencyOf(took)
	return s
}

func (s alone) String() string {
	return fmt.Sprintf("Without a server: %.0f a second by one goroutine; p50 %s, p99 %s, longest of %d %s; at most %d groups of eight looked into.",
		s.PerS, short(s.Took.P50), short(s.Took.P99), aloneSearches, short(s.Took.Max), s.MaxGroups)
}
