package nearby_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"lockhouse"
	"lockhouse/estate/nearby"
)

// world has many sites, most of them crowded into cities, all over the earth.
func world(sites int, room func(n int, at lockhouse.Point) bool) *nearby.Index {
	random := rand.New(rand.NewPCG(1, 2))
	anywhere := func() lockhouse.Point {
		return lockhouse.Point{Lat: math.Asin(2*random.Float64()-1) * 180 / math.Pi, Lon: 360*random.Float64() - 180}
	}
	cities := make([]lockhouse.Point, 1_000)
	for i := range cities {
		cities[i] = anywhere()
	}
	places := make([]nearby.Place, sites)
	for i := range places {
		at := anywhere()
		if i%10 > 0 {
			city := cities[random.IntN(len(cities))]
			at = lockhouse.Point{Lat: min(90, max(-90, city.Lat+random.NormFloat64()*0.1)), Lon: min(180, max(-180, city.Lon+random.NormFloat64()*0.1))}
		}
		on := make([]uint64, ranks)
		if room(i, at) {
			on[0] = 1
		}
		places[i] = nearby.Place{Site: &lockhouse.Site{ID: lockhouse.SiteID(fmt.Sprintf("site_%d", i)), Point: at}, Class: 1 << (i % 52), Zone: 1, Room: nearby.Room{Fits: 2, On: on}}
	}
	x := nearby.New(ranks)
	x.Put(places...)
	return x
}

// TestWork bounds what a search looks at, whoever has room and wherever it is asked from. It counts, and takes no time.
func TestWork(t *testing.T) {
	const sites = 100_000
	south := lockhouse.Point{Lat: -90}
	shares := map[string]func(int, lockhouse.Point) bool{
		"all": func(int, lockhouse.Point) bool { return true }, "90 %": func(n int, _ lockhouse.Point) bool { return n%10 > 0 },
		"10 %": func(n int, _ lockhouse.Point) bool { return n%10 == 0 }, "1 %": func(n int, _ lockhouse.Point) bool { return n%100 == 0 },
		"none": func(int, lockhouse.Point) bool { return false }, "one": func(n int, _ lockhouse.Point) bool { return n == 7 },
		"only at the south pole": func(_ int, at lockhouse.Point) bool { return at.MetresTo(south) < 300_000 },
	}
	for name, room := range shares {
		x := world(sites, room)
		random := rand.New(rand.NewPCG(3, 4))
		most := 0
		for range 2_000 {
			q := nearby.Question{Near: lockhouse.Point{Lat: 180*random.Float64() - 90, Lon: 360*random.Float64() - 180}, Rank: 1, Limit: 10}
			_, groups := x.Nearest(q)
			most = max(most, groups)
		}
		_, groups := x.Nearest(nearby.Question{Near: lockhouse.Point{Lat: 90}, Rank: 1, Limit: 10})
		t.Logf("%s: at most %d groups, from the north pole %d", name, most, groups)
		if max(most, groups) > 100 {
			t.Errorf("%s: %d groups of %d were looked into", name, max(most, groups), sites/8)
		}
	}
}

// TestWorkEnds: all sites equally far, or a filter that hardly any site with room passes, is more work, and it ends.
func TestWorkEnds(t *testing.T) {
	var ring, mixed []nearby.Place
	for i := range 200_000 {
		site := &lockhouse.Site{ID: lockhouse.SiteID(fmt.Sprint(i)), Point: lockhouse.Point{Lat: 10, Lon: float64(i)/1000 - 100}}
		place := nearby.Place{Site: site, Class: 1, Room: nearby.Room{On: []uint64{math.MaxUint64, 0, 0}}}
		ring = append(ring, place)
		if i%8 == 3 {
			place.Class, place.Room.On = 2, []uint64{0, 0, 0}
		}
		mixed = append(mixed, place)
	}
	x := nearby.New(ranks)
	x.Put(ring...)
	if hits, groups := x.Nearest(nearby.Question{Near: lockhouse.Point{Lat: 90}, Rank: 1, Limit: 10}); len(hits) != 10 || groups > nearby.MaxGroups {
		t.Errorf("%d found in %d groups", len(hits), groups)
	}
	x.Put(mixed...)
	if hits, groups := x.Nearest(nearby.Question{Rank: 1, Classes: 2, Limit: 10}); len(hits) != 0 || groups != nearby.MaxGroups {
		t.Errorf("%d found in %d groups", len(hits), groups)
	}
}

func BenchmarkNearest(b *testing.B) {
	for _, percent := range []int{90, 10, 1, 0} {
		b.Run(fmt.Sprintf("sites=1000000/room=%d%%", percent), func(b *testing.B) {
			random := rand.New(rand.NewPCG(5, 6))
			x := world(1_000_000, func(int, lockhouse.Point) bool { return random.IntN(100) < percent })
			b.ReportAllocs()
			looked, asked := 0, 0
			for b.Loop() {
				_, groups := x.Nearest(nearby.Question{Near: lockhouse.Point{Lat: 180*random.Float64() - 90, Lon: 360*random.Float64() - 180}, Rank: 1, Limit: 10})
				looked, asked = looked+groups, asked+1
			}
			b.ReportMetric(float64(looked)/float64(asked), "groups/op")
		})
	}
}

func BenchmarkSetRoom(b *testing.B) {
	x := world(1_000_000, func(n int, _ lockhouse.Point) bool { return n%2 == 0 })
	random := rand.New(rand.NewPCG(7, 8))
	for n := 0; b.Loop(); n++ {
		x.SetRoom(lockhouse.SiteID(fmt.Sprintf("site_%d", random.IntN(1_000_000))), nearby.Room{On: []uint64{uint64(n), uint64(n), uint64(n)}})
	}
}
