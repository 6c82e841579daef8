package nearby_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/estate/nearby"
)

const ranks = 3

// points are anywhere on earth, and more often where it is hard: at the poles, on the date line, at one and the same place.
func points() *rapid.Generator[lockhouse.Point] {
	lat := rapid.OneOf(rapid.Float64Range(-90, 90), rapid.SampledFrom([]float64{-90, 90, 89.999, -89.999, 0, 38.9}))
	lon := rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{-180, 180, 179.999, -179.999, 0, 90, -90, -77}))
	return rapid.Custom(func(t *rapid.T) lockhouse.Point {
		return lockhouse.Point{Lat: lat.Draw(t, "lat"), Lon: lon.Draw(t, "lon")}
	})
}

func rooms() *rapid.Generator[nearby.Room] {
	word := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1 << 63, math.MaxUint64}))
	return rapid.Custom(func(t *rapid.T) nearby.Room {
		return nearby.Room{Fits: word.Draw(t, "fits"), On: rapid.SliceOfN(word, ranks, ranks).Draw(t, "on")}
	})
}

func places(ids int) *rapid.Generator[nearby.Place] {
	return rapid.Custom(func(t *rapid.T) nearby.Place {
		id := lockhouse.SiteID(fmt.Sprint(rapid.IntRange(0, ids-1).Draw(t, "id")))
		return nearby.Place{
			Site: &lockhouse.Site{ID: id, Point: points().Draw(t, "at"), Closed: rapid.Bool().Draw(t, "closed")}, Room: rooms().Draw(t, "room"),
			Class: 1<<rapid.IntRange(0, 3).Draw(t, "class") | rapid.SampledFrom([]uint64{0, 1 << 63}).Draw(t, "has"), Zone: 1 << rapid.IntRange(0, 2).Draw(t, "zone"),
		}
	})
}

// shelf is the index as a list: whatever is asked, it looks at everything.
type shelf map[lockhouse.SiteID]nearby.Place

func (s shelf) nearest(q nearby.Question) (metres []float64) {
	for _, p := range s {
		room := q.Rank == 0 || p.Room.On[q.Rank-1]>>(uint(q.Day)%nearby.Days)&1 == 1
		if room && (q.Classes == 0 || q.Classes&p.Class != 0) && (q.Also == 0 || q.Also&p.Class != 0) && (q.Zones == 0 || q.Zones&p.Zone != 0) && (q.Accept == nil || q.Accept(p.Site)) {
			metres = append(metres, q.Near.MetresTo(p.Site.Point))
		}
	}
	slices.Sort(metres)
	return metres[:min(len(metres), q.Limit)]
}

func questions() *rapid.Generator[nearby.Question] {
	return rapid.Custom(func(t *rapid.T) nearby.Question {
		q := nearby.Question{
			Near: points().Draw(t, "near"), Rank: rapid.IntRange(0, ranks).Draw(t, "rank"), Day: lockhouse.Day(rapid.IntRange(20_700, 20_900).Draw(t, "day")),
			Classes: rapid.SampledFrom([]uint64{0, 1, 6, 8}).Draw(t, "classes"), Also: rapid.SampledFrom([]uint64{0, 0, 1 << 63}).Draw(t, "also"), Zones: rapid.SampledFrom([]uint64{0, 0, 1, 5}).Draw(t, "zones"),
			Limit: rapid.IntRange(1, 50).Draw(t, "limit"),
		}
		if rapid.Bool().Draw(t, "picky") {
			q.Accept = func(s *lockhouse.Site) bool { return !s.Closed }
		}
		return q
	})
}

// TestAsByHand lets sites come, move, fill, empty and go, and compares each search with looking at everything.
func TestAsByHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const ids = 120
		x, all := nearby.New(ranks), shelf{}
		put := func(t *rapid.T, n int) {
			ps := rapid.SliceOfN(places(ids), 0, n).Draw(t, "places")
			x.Put(ps...)
			for _, p := range ps {
				all[p.Site.ID] = p
			}
		}
		put(t, ids)
		t.Repeat(map[string]func(*rapid.T){
			"one":  func(t *rapid.T) { put(t, 1) },
			"some": func(t *rapid.T) { put(t, 20) },
			"go": func(t *rapid.T) {
				for _, p := range rapid.SliceOfN(places(ids), 0, 60).Draw(t, "gone") {
					x.Remove(p.Site.ID, p.Site.ID)
					delete(all, p.Site.ID)
				}
			},
			"room": func(t *rapid.T) {
				p := places(ids).Draw(t, "changed")
				was, has := all[p.Site.ID]
				if is := x.SetRoom(p.Site.ID, p.Room); is != has || is != (x.Site(p.Site.ID) != nil) {
					t.Fatalf("%s is there: %v, %v, %v", p.Site.ID, has, is, x.Site(p.Site.ID))
				}
				if has {
					was.Room = p.Room
					all[p.Site.ID] = was
				}
			},
			"": func(t *rapid.T) {
				if x.Len() != len(all) {
					t.Fatalf("%d sites, want %d", x.Len(), len(all))
				}
				compare(t, x, all, questions().Draw(t, "question"))
			},
		})
	})
}

// compare accepts either order of two that are equally far. At the antipode a tenth of a metre can't be told from none: there
// a way around the earth changes by its length's square.
func compare(t *rapid.T, x *nearby.Index, all shelf, q nearby.Question) {
	hits, _ := x.Nearest(q)
	want := all.nearest(q)
	if len(hits) != len(want) {
		t.Fatalf("%d found, want %d", len(hits), len(want))
	}
	seen := map[lockhouse.SiteID]bool{}
	for i, h := range hits {
		is := all[h.Site.ID]
		if seen[h.Site.ID] || h.Site != is.Site || h.Fits != is.Room.Fits {
			t.Fatalf("found %+v, there is %+v", h, is)
		}
		seen[h.Site.ID] = true
		if metres := q.Near.MetresTo(h.Site.Point); math.Abs(metres-want[i]) > 0.2 {
			t.Fatalf("number %d is %f m away; sorted, it is %f", i, metres, want[i])
		}
	}
}

func TestNothing(t *testing.T) {
	x := nearby.New(ranks)
	x.Put()
	x.Remove("nobody")
	for name, q := range map[string]nearby.Question{"empty": {Limit: 10}, "no limit": {}, "a rank too high": {Rank: ranks + 1, Limit: 1}} {
		if hits, groups := x.Nearest(q); len(hits) != 0 || groups != 0 {
			t.Errorf("%s: %v, %d", name, hits, groups)
		}
	}
	if x.SetRoom("nobody", nearby.Room{}) {
		t.Error("room was kept for nobody")
	}
}
