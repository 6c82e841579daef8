package hold_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/flow/hold"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// model is what holds are, without a database and without counting: a list of who keeps what, and boxes to try them in.
type model struct {
	boxes map[lockhouse.SiteID][]int // the rank of each compartment
	kept  map[string]lockhouse.Hold  // by reference; only those that keep room
}

// fits tells whether all that is kept at a site on a day, and one more, can be put into boxes: the biggest parcel first,
// each into the smallest box that takes it. It says the same as Hall's condition, and knows nothing of it.
func (m *model) fits(more lockhouse.Hold, day lockhouse.Day) bool {
	parcels := []int{more.Rank}
	for reference, h := range m.kept {
		if reference != more.Reference && h.Site == more.Site && day >= h.From && day <= h.Until {
			parcels = append(parcels, h.Rank)
		}
	}
	slices.SortFunc(parcels, func(a, b int) int { return b - a })
	free := slices.Sorted(slices.Values(m.boxes[more.Site]))
	for _, rank := range parcels {
		at := slices.IndexFunc(free, func(box int) bool { return box >= rank })
		if at < 0 {
			return false
		}
		free = slices.Delete(free, at, at+1)
	}
	return true
}

func (m *model) room(more lockhouse.Hold) bool {
	for day := more.From; day <= more.Until; day++ {
		if !m.fits(more, day) {
			return false
		}
	}
	return true
}

// lapse forgets what lapsed.
func (m *model) lapse(now time.Time) {
	for reference, h := range m.kept {
		if !h.Keeps(now) {
			delete(m.kept, reference)
		}
	}
}

// TestAgainstModel walks at random through every verb and compares with the model: room is given if and only if the
// parcels fit the boxes, and what the store counts is what the holds keep.
func TestAgainstModel(t *testing.T) {
	s := sqlitetest.Open(t)
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{boxes: map[lockhouse.SiteID][]int{}, kept: map[string]lockhouse.Hold{}}
		desk := newTill(t, s)
		shop := lockhouse.ShopID(fmt.Sprint("shop_", number))
		var sites []lockhouse.SiteID
		for range 2 {
			number++
			a, b, c := rapid.IntRange(0, 2).Draw(rt, "S"), rapid.IntRange(0, 2).Draw(rt, "M"), rapid.IntRange(1, 2).Draw(rt, "L")
			site, _ := storetest.Build(t, s, number, a, b, c)
			sites = append(sites, site.ID)
			m.boxes[site.ID] = slices.Concat(slices.Repeat([]int{1}, a), slices.Repeat([]int{2}, b), slices.Repeat([]int{3}, c))
		}
		reference := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"})
		settle := func(ref string, h lockhouse.Hold, err error) {
			m.lapse(desk.now)
			if err == nil && h.Keeps(desk.now) {
				m.kept[ref] = h
			} else if err == nil {
				delete(m.kept, ref)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"place": func(rt *rapid.T) {
				r := hold.Request{Shop: shop, Reference: reference.Draw(rt, "reference"), Site: rapid.SampledFrom(sites).Draw(rt, "site"),
					Dimensions: rapid.SampledFrom([]lockhouse.Dimensions{storetest.Book, storetest.Boots, storetest.Lamp}).Draw(rt, "parcel"),
					Arrives:    lockhouse.DayOf(desk.now) + lockhouse.Day(rapid.IntRange(0, 6).Draw(rt, "day"))}
				size, _ := lockhouse.DefaultSizes().Fit(r.Dimensions)
				m.lapse(desk.now)
				want := m.room(lockhouse.Hold{Reference: r.Reference, Site: r.Site, Rank: size.Rank, From: r.Arrives, Until: r.Arrives + 4})
				h, _, err := desk.Place(t.Context(), r)
				if want != (err == nil) || err != nil && lockhouse.CodeOf(err) != lockhouse.CodeFull {
					rt.Fatalf("the boxes have room: %v; the desk says %v", want, err)
				}
				settle(r.Reference, h, err)
			},
			"release": func(rt *rapid.T) {
				ref := reference.Draw(rt, "reference")
				h, err := desk.Release(t.Context(), shop, ref)
				settle(ref, h, err)
			},
			"confirm": func(rt *rapid.T) {
				ref := reference.Draw(rt, "reference")
				h, err := desk.Confirm(t.Context(), shop, ref)
				m.lapse(desk.now)
				if err == nil && !m.room(h) {
					rt.Fatalf("confirmed without room: %+v", h)
				}
				settle(ref, h, err)
			},
			"extend": func(rt *rapid.T) {
				ref := reference.Draw(rt, "reference")
				h, err := desk.Extend(t.Context(), shop, ref)
				settle(ref, h, err)
			},
			"wait": func(rt *rapid.T) {
				desk.now = desk.now.Add(time.Duration(rapid.IntRange(1, 40).Draw(rt, "minutes")) * time.Minute)
			},
			"timer": func(rt *rapid.T) { _, err := desk.Lapse(t.Context(), 3); settle("", lockhouse.Hold{}, err) },
			"":      func(rt *rapid.T) { m.compare(rt, s, sites, desk.now) },
		})
	})
}

// compare checks the store's counts, less the holds that lapsed and still stand there, against the model's holds.
func (m *model) compare(t *rapid.T, s store.Store, sites []lockhouse.SiteID, now time.Time) {
	m.lapse(now)
	err := s.View(t.Context(), func(tx store.Tx) error {
		var errs []error
		for _, site := range sites {
			got, err := tx.Room(site)
			if err != nil {
				return err
			}
			lapsed, err := tx.LapsedHolds(site, now, 1_000)
			if err != nil {
				return err
			}
			want := map[string]int{}
			for _, h := range m.kept {
				if h.Site == site {
					count(want, h)
				}
			}
			for _, h := range lapsed {
				count(want, h)
			}
			is := map[string]int{}
			for day, counts := range got.Kept() {
				for i, n := range counts {
					if n > 0 {
						is[fmt.Sprint(day, " rank ", i+1)] = int(n)
					}
				}
			}
			if fmt.Sprint(is) != fmt.Sprint(want) {
				errs = append(errs, fmt.Errorf("%s counts %v; its holds keep %v", site, is, want))
			}
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(days map[string]int, h lockhouse.Hold) {
	for day := h.From; day <= h.Until; day++ {
		days[fmt.Sprint(day, " rank ", h.Rank)]++
	}
}
