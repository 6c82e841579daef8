package storetest

import (
	"testing"

	"lockhouse"
	"lockhouse/store"
)

func sites(t *testing.T, s store.Store) {
	one, two := Site(1), Site(2)
	two.Hours = lockhouse.Hours{Exceptions: map[lockhouse.Day][]lockhouse.Span{Today: {{FromMin: 60, ToMin: 120}}}}
	two.Hours.Week[1] = []lockhouse.Span{{FromMin: 480, ToMin: 1200}}
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.PutSite(one), tx.PutSite(two))
		got, err := tx.Site(two.ID)
		check(t, err)
		equal(t, got, two)
		_, err = tx.Site("site_none")
		refused(t, err, lockhouse.CodeNotFound)

		before, err := tx.SitesVersion()
		check(t, err)
		one.Name = "Renamed"
		check(t, tx.PutSite(one), tx.SetSiteClosed(two.ID, true))
		two.Closed = true
		after, err := tx.SitesVersion()
		check(t, err)
		if after <= before {
			t.Fatalf("the version went from %d to %d", before, after)
		}
		changed, err := tx.SitesSince(before)
		check(t, err)
		equal(t, changed, []lockhouse.Site{one, two})
		changed, err = tx.SitesSince(after)
		check(t, err)
		equal(t, len(changed), 0)
		refused(t, tx.SetSiteClosed("site_none", true), lockhouse.CodeNotFound)

		all, err := tx.AllSites()
		check(t, err)
		equal(t, len(all), 2)
		page, err := tx.ListSites(store.Page{Limit: 1})
		check(t, err)
		equal(t, page, []lockhouse.Site{one})
		page, err = tx.ListSites(store.Page{After: string(one.ID), Limit: 1})
		check(t, err)
		equal(t, page, []lockhouse.Site{two})
		return nil
	})
}

func lockers(t *testing.T, s store.Store) {
	site := Site(1)
	locker, boxes := Locker(site.ID, 1, 2, 1, 0)
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.PutSite(site), tx.InsertLocker(locker, boxes))
		got, err := tx.Locker(locker.ID)
		check(t, err)
		equal(t, got, locker)
		at, err := tx.LockersAt(site.ID)
		check(t, err)
		equal(t, at, []lockhouse.Locker{locker})
		have, err := tx.Compartments(locker.ID)
		check(t, err)
		equal(t, have, boxes)
		refused(t, tx.InsertLocker(locker, boxes), lockhouse.CodeConflict)
		_, err = tx.Locker("lkr_none")
		refused(t, err, lockhouse.CodeNotFound)
		return nil
	})
	Update(t, s, func(tx store.Tx) error { // what it last said of itself
		check(t, tx.SetDoor(locker.ID, 2, lockhouse.DoorOpen, Noon), tx.SetHeard(locker.ID, Noon), tx.SetFault(locker.ID, "board"))
		doors, err := tx.Doors(locker.ID)
		check(t, err)
		equal(t, doors, map[int]lockhouse.Door{2: lockhouse.DoorOpen})
		heard, err := tx.Heard(locker.ID)
		check(t, err)
		equal(t, heard, Noon)
		fault, err := tx.Fault(locker.ID)
		check(t, err)
		equal(t, fault, "board")
		refused(t, tx.SetDoor(locker.ID, 99, lockhouse.DoorOpen, Noon), lockhouse.CodeNotFound)
		refused(t, tx.SetHeard("lkr_none", Noon), lockhouse.CodeNotFound)
		refused(t, tx.SetFault("lkr_none", ""), lockhouse.CodeNotFound)
		return nil
	})
}

func rooms(t *testing.T, s store.Store) {
	site, locker := Build(t, s, 1, 2, 1, 0)
	capacity := func(tx store.Tx, want map[int]int) {
		t.Helper()
		got, err := tx.Capacity(site.ID)
		check(t, err)
		equal(t, got, want)
	}
	Update(t, s, func(tx store.Tx) error {
		capacity(tx, map[int]int{1: 2, 2: 1})
		check(t, tx.SetOutOfService(locker.ID, 1, true), tx.SetOutOfService(locker.ID, 1, true)) // twice is as good as once
		capacity(tx, map[int]int{1: 1, 2: 1})
		check(t, tx.SetOutOfService(locker.ID, 1, false))
		capacity(tx, map[int]int{1: 2, 2: 1})
		refused(t, tx.SetOutOfService(locker.ID, 99, true), lockhouse.CodeNotFound)

		check(t, tx.AddLoad(site.ID, Today, Today+2, 1, 1), tx.AddLoad(site.ID, Today+1, Today+1, 2, 3))
		load, err := tx.Load(site.ID, Today-5, Today+5)
		check(t, err)
		equal(t, load, map[lockhouse.Day]map[int]int{Today: {1: 1}, Today + 1: {1: 1, 2: 3}, Today + 2: {1: 1}})
		check(t, tx.AddLoad(site.ID, Today+1, Today+2, 1, -1))
		load, err = tx.Load(site.ID, Today, Today+1)
		check(t, err)
		equal(t, load, map[lockhouse.Day]map[int]int{Today: {1: 1}, Today + 1: {2: 3}})
		return nil
	})
	for name, until := range map[string]lockhouse.Day{"a day that is free": Today + 2, "days never counted": Today + 9} {
		err := s.Update(t.Context(), func(tx store.Tx) error { return tx.AddLoad(site.ID, Today, until, 1, -1) })
		if err == nil {
			t.Errorf("room was freed twice on %s", name)
		}
	}
	View(t, s, func(tx store.Tx) error {
		load, err := tx.Load(site.ID, Today, Today)
		check(t, err)
		equal(t, load, map[lockhouse.Day]map[int]int{Today: {1: 1}}) // and nothing was half-freed
		return nil
	})
}
