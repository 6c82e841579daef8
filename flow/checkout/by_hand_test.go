package checkout_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/flow/checkout"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// TestAsByHand asks at any hour, for any day and with any filter, on a network of all time zones, and compares with asking the
// rules of a hold site by site.
func TestAsByHand(t *testing.T) {
	s := sqlitetest.Open(t)
	zones := []string{"Pacific/Kiritimati", "Pacific/Auckland", "Asia/Kathmandu", "Europe/Berlin", "Europe/London", "America/New_York", "America/Havana",
		"America/Los_Angeles", "Pacific/Pago_Pago", "Etc/GMT+12", "Asia/Kolkata", "Australia/Lord_Howe"}
	const sites = 96
	storetest.Update(t, s, func(tx store.Tx) error {
		for n := range sites {
			site := storetest.Site(n)
			site.Zone, site.Kind = zones[n%len(zones)], lockhouse.HostKinds()[n%5]
			site.Guarded, site.StepFree, site.Closed = n%2 == 0, n%3 == 0, n%17 == 3
			site.Point = lockhouse.Point{Lat: float64(n*37%180) - 90, Lon: float64(n*71%360) - 180}
			site.Hours.Week[n%7] = nil
			var room capacity.Room
			err := errors.Join(tx.PutSite(site), room.Install(1+n%3, 1+n%2))
			for k := range n % 4 {
				from := storetest.Today + lockhouse.Day(n*k%70)
				err = errors.Join(err, room.Add(from, from+lockhouse.Day(k), 1+n%2, 1))
			}
			if n%4 == 1 {
				err = errors.Join(err, tx.SetSitePanel(site.ID, lockhouse.PanelOf([]string{"keys", "voice"}[n/4%2:], 0)))
			}
			if err = errors.Join(err, tx.PutRoom(site.ID, room)); err != nil {
				return err
			}
		}
		return nil
	})
	var all []lockhouse.Site
	rooms := map[lockhouse.SiteID]capacity.Room{}
	storetest.View(t, s, func(tx store.Tx) (err error) {
		all, err = tx.AllSites()
		listed, failed := tx.ListRooms("", sites)
		for _, r := range listed {
			rooms[r.Site] = r.Room
		}
		return errors.Join(err, failed)
	})
	var at time.Time
	desk := &checkout.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Now: func() time.Time { return at }}
	parcels := []lockhouse.Dimensions{storetest.Book, storetest.Boots, storetest.Lamp}
	rapid.Check(t, func(t *rapid.T) {
		at = storetest.Noon.Add(time.Duration(rapid.IntRange(-300*4, 300*4).Draw(t, "quarters")) * 15 * time.Minute)
		if err := desk.Read(t.Context(), silent); err != nil { // as a desk does that is a day older
			t.Fatal(err)
		}
		q := checkout.Question{
			Near:       lockhouse.Point{Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"), Lon: rapid.Float64Range(-180, 180).Draw(t, "lon")},
			Dimensions: rapid.SampledFrom(parcels).Draw(t, "parcel"), Limit: 50,
			Kinds:    rapid.SliceOfN(rapid.SampledFrom(lockhouse.HostKinds()[:5]), 0, 3).Draw(t, "kinds"),
			NotKinds: rapid.SliceOfN(rapid.SampledFrom(lockhouse.HostKinds()[:5]), 0, 1).Draw(t, "not kinds"),
			StepFree: rapid.Bool().Draw(t, "step-free"), Guarded: rapid.Bool().Draw(t, "guarded"), WithoutPhone: rapid.Bool().Draw(t, "without phone"),
		}
		today := lockhouse.DayOf(at)
		q.Day = today + lockhouse.Day(rapid.OneOf(rapid.IntRange(-3, 65), rapid.SampledFrom([]int{-1, 0, 1, 59, 60, 61})).Draw(t, "day"))
		a, err := desk.Offers(t.Context(), q)
		if err != nil || (len(a.Sites) == 0) != (a.NoneBecause != nil) || !a.AsOf.Equal(at) {
			t.Fatalf("%+v, %v", a, err)
		}
		var got []string
		for _, o := range a.Sites {
			got = append(got, fmt.Sprint(o.DistanceM, o.From, o.Until))
		}
		if want := byHand(all, rooms, q, a.Size.Rank, at); !slices.Equal(got, want) {
			t.Fatalf("offered %v\nwant    %v", got, want)
		}
	})
}

func byHand(all []lockhouse.Site, rooms map[lockhouse.SiteID]capacity.Room, q checkout.Question, rank int, now time.Time) (want []string) {
	var found []checkout.Offer
	for _, site := range all {
		from, until := capacity.Window(site, q.Day)
		wanted := (len(q.Kinds) == 0 || slices.Contains(q.Kinds, site.Kind)) && !slices.Contains(q.NotKinds, site.Kind) && (!q.StepFree || site.StepFree) && (!q.Guarded || site.Guarded) && (!q.WithoutPhone || site.Panel.Keys)
		if wanted && capacity.MayArrive(site, from, now) == nil && rooms[site.ID].FitsOn(from, until, rank) {
			found = append(found, checkout.Offer{DistanceM: int(q.Near.MetresTo(site.Point) + 0.5), From: from, Until: until})
		}
	}
	slices.SortFunc(found, func(a, b checkout.Offer) int { return cmp.Or(a.DistanceM-b.DistanceM, int(a.Until-b.Until)) })
	for _, o := range found[:min(len(found), q.Limit)] {
		want = append(want, fmt.Sprint(o.DistanceM, o.From, o.Until))
	}
	return want
}
