package checkout

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
)

// TestNearestEverywhere compares the tree's walk with sorting all sites by distance: on the date line, at the poles and
// in between.
func TestNearestEverywhere(t *testing.T) {
	lat := rapid.OneOf(rapid.Float64Range(-90, 90), rapid.SampledFrom([]float64{-90, 90, 89.999, -89.999, 0}))
	lon := rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{-180, 180, 179.999, -179.999, 0, 90, -90}))
	point := rapid.Custom(func(t *rapid.T) lockhouse.Point {
		return lockhouse.Point{Lat: lat.Draw(t, "lat"), Lon: lon.Draw(t, "lon")}
	})
	rapid.Check(t, func(t *rapid.T) {
		var p places
		points := rapid.SliceOfN(point, 1, 200).Draw(t, "sites")
		for i, at := range points {
			p.put(lockhouse.Site{ID: lockhouse.SiteID(fmt.Sprint(i)), Point: at})
		}
		from := point.Draw(t, "from")
		var want, got []float64
		for _, at := range points {
			want = append(want, from.MetresTo(at))
		}
		slices.Sort(want)
		err := p.nearest(from, len(points)+1, func(s lockhouse.Site, metres float64) (bool, error) {
			if math.Abs(metres-from.MetresTo(s.Point)) > 0.001 {
				t.Fatalf("site %s is %f m away, not %f", s.ID, from.MetresTo(s.Point), metres)
			}
			got = append(got, metres)
			return true, nil
		})
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d of %d sites, %v", len(got), len(want), err)
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 0.01 { // metres: where two are as far, either may come first
				t.Fatalf("number %d is %f m away; sorted, it is %f", i, got[i], want[i])
			}
		}
	})
}

// TestBoxIsNoFurther: a box is never further than anything in it, or a near site could be passed by.
func TestBoxIsNoFurther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lat, lon := rapid.Float64Range(-90, 90), rapid.Float64Range(-180, 180)
		south, west := lat.Draw(t, "south"), lon.Draw(t, "west")
		north, east := rapid.Float64Range(south, 90).Draw(t, "north"), rapid.Float64Range(west, 180).Draw(t, "east")
		from := lockhouse.Point{Lat: lat.Draw(t, "lat"), Lon: lon.Draw(t, "lon")}
		box := metresToBox(from, [2]float64{west, south}, [2]float64{east, north})
		in := lockhouse.Point{Lat: rapid.Float64Range(south, north).Draw(t, "in lat"), Lon: rapid.Float64Range(west, east).Draw(t, "in lon")}
		if d := from.MetresTo(in); box > d+0.01 {
			t.Fatalf("the box is %f m away, a point in it %f", box, d)
		}
	})
}

// TestMovedSite: a site that moved is found where it is, once.
func TestMovedSite(t *testing.T) {
	var p places
	p.put(lockhouse.Site{ID: "a", Point: lockhouse.Point{Lat: 10, Lon: 10}})
	p.put(lockhouse.Site{ID: "a", Point: lockhouse.Point{Lat: -10, Lon: 170}})
	var found []float64
	if err := p.nearest(lockhouse.Point{Lat: -10, Lon: -170}, 9, func(_ lockhouse.Site, m float64) (bool, error) { found = append(found, m); return true, nil }); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0] > 2_300_000 {
		t.Fatalf("found at %v", found)
	}
}

func BenchmarkNearest(b *testing.B) {
	for _, sites := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("sites=%d", sites), func(b *testing.B) {
			var p places
			for i := range sites { // a spiral over the whole globe
				lat := math.Asin(2*float64(i)/float64(sites)-1) * 180 / math.Pi
				p.put(lockhouse.Site{ID: lockhouse.SiteID(fmt.Sprint(i)), Point: lockhouse.Point{Lat: lat, Lon: math.Mod(float64(i)*137.508, 360) - 180}})
			}
			for b.Loop() {
				n := 0
				if err := p.nearest(lockhouse.Point{Lat: 38.9, Lon: -77}, sites, func(lockhouse.Site, float64) (bool, error) { n++; return n < 10, nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
