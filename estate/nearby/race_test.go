package nearby_test

import (
	"fmt"
	"math"
	"sync"
	"testing"

	"lockhouse"
	"lockhouse/estate/nearby"
)

// TestWhileItChanges searches while sites move, come and go and rooms change. Whoever stays is found by every search, once:
// where it was, or where it is.
func TestWhileItChanges(t *testing.T) {
	const sites, searches = 400, 500
	x := nearby.New(ranks)
	always := nearby.Room{On: []uint64{math.MaxUint64, 0, 0}}
	place := func(i, turn int) nearby.Place {
		at := lockhouse.Point{Lat: float64((i*7 + turn*13) % 90), Lon: float64((i*11 + turn*17) % 180)}
		return nearby.Place{Site: &lockhouse.Site{ID: lockhouse.SiteID(fmt.Sprint(i)), Point: at}, Class: 1, Zone: 1, Room: always}
	}
	for i := range sites {
		x.Put(place(i, 0))
	}
	stop := make(chan struct{})
	var writers, readers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for turn := 1; ; turn++ {
				select {
				case <-stop:
					return
				default:
				}
				i := (turn*2 + w) % sites
				x.Put(place(i, turn), place((i+2)%sites, turn))
				x.SetRoom(lockhouse.SiteID(fmt.Sprint(i)), always)
				come := place(sites+turn%5, turn)
				come.Room = nearby.Room{}
				x.Put(come)
				x.Remove(come.Site.ID)
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for range searches {
				hits, _ := x.Nearest(nearby.Question{Rank: 1, Limit: 2 * sites})
				seen := map[lockhouse.SiteID]bool{}
				for _, h := range hits {
					seen[h.Site.ID] = true
				}
				if len(hits) != sites || len(seen) != sites {
					t.Errorf("%d found, %d sites, want %d", len(hits), len(seen), sites)
					return
				}
			}
		})
	}
	readers.Wait()
	close(stop)
	writers.Wait()
}
