package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"lockhouse"
)

// population is the world in which every service is measured: small enough to be filled in seconds, and fuller than
// empty, so that room has to be looked for.
type population struct {
	Sites int            `json:"sites"`
	Each  map[string]int `json:"compartments_at_each"` // by size
	Kept  float64        `json:"kept"`                 // share of them that is taken before the start
}

func newPopulation(kept float64) population {
	return population{Sites: 200, Each: map[string]int{"S": 20, "M": 20, "L": 10}, Kept: kept}
}

// inside gives, for each size, a parcel that needs it.
var inside = map[string]lockhouse.Dimensions{
	"S": {LengthMM: 300, WidthMM: 200, HeightMM: 60, Grams: 900},
	"M": {LengthMM: 350, WidthMM: 250, HeightMM: 150, Grams: 2_500},
	"L": {LengthMM: 400, WidthMM: 350, HeightMM: 300, Grams: 7_000},
}

// compartments counts those of one site.
func (p population) compartments() int { return p.Each["S"] + p.Each["M"] + p.Each["L"] }

// want is one parcel of the load.
type want struct {
	site      int // from 0
	size      string
	reference string
}

// client draws what one client asks for; the same client asks for the same in every run.
type client struct {
	number int
	asked  int
	random *rand.Rand
}

// visitOf is how many parcels a courier brings to a locker at once.
const visitOf = 20

func newClients(n int) []*client {
	clients := make([]*client, n)
	for i := range clients {
		clients[i] = &client{number: i, random: rand.New(rand.NewPCG(1, uint64(i)))}
	}
	return clients
}

// visit draws the parcels of a courier's next visit to a site, as many of each size as the site has its share of.
func (c *client) visit(p population, site int) []want {
	var all []want
	for _, size := range []string{"S", "M", "L"} {
		for range visitOf * p.Each[size] / p.compartments() {
			c.asked++
			all = append(all, want{site: site, size: size, reference: fmt.Sprintf("c%d-%d", c.number, c.asked)})
		}
	}
	c.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// next draws a parcel for one of the sites first, first+step, first+2*step …: each size as often as there are
// compartments of it.
func (c *client) next(p population, first, step int) want {
	c.asked++
	w := want{site: first + step*c.random.IntN((p.Sites-first+step-1)/step), reference: fmt.Sprintf("c%d-%d", c.number, c.asked)}
	n := c.random.IntN(p.compartments())
	for _, w.size = range []string{"S", "M", "L"} {
		if n -= p.Each[w.size]; n < 0 {
			break
		}
	}
	return w
}

// fill has the standing parcels put in by several clients at a time, those of a site together.
func (p population) fill(ctx context.Context, clients int, put func(ctx context.Context, client int, site []want) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for first := range clients {
		all.Go(func() {
			for site := first; site < p.Sites && ctx.Err() == nil; site += clients {
				parcels := p.standing(site)
				if len(parcels) == 0 {
					return
				}
				if err := put(ctx, first, parcels); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// standing are the parcels that lie at a site from the beginning to the end.
func (p population) standing(site int) (all []want) {
	for size, n := range p.Each {
		for i := range int(p.Kept * float64(n)) {
			all = append(all, want{site: site, size: size, reference: fmt.Sprintf("kept-%d-%s-%d", site, size, i)})
		}
	}
	return all
}
