package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
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
		two.Panel = lockhouse.PanelOf([]string{"keys", "voice"}, 1_150)
		check(t, tx.SetSitePanel(two.ID, two.Panel), tx.PutSite(withoutPanel(two))) // an import leaves what lockers say
		changed, err = tx.SitesSince(after)
		check(t, err)
		equal(t, changed, []lockhouse.Site{two})
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
	writeRefused(t, s, lockhouse.CodeNotFound, func(tx store.Tx) error { return tx.SetSiteClosed("site_none", true) })
	writeRefused(t, s, lockhouse.CodeNotFound, func(tx store.Tx) error { return tx.SetSitePanel("site_none", two.Panel) })
}

func withoutPanel(s lockhouse.Site) lockhouse.Site {
	s.Panel = lockhouse.Panel{}
	return s
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
		_, err = tx.Locker("lkr_none")
		refused(t, err, lockhouse.CodeNotFound)
		return nil
	})
	writeRefused(t, s, lockhouse.CodeConflict, func(tx store.Tx) error { return tx.InsertLocker(locker, boxes) })
	Update(t, s, func(tx store.Tx) error { // what it last said of itself
		check(t, tx.SetDoor(locker.ID, 2, lockhouse.DoorOpen, Noon), tx.SetDoor(locker.ID, 99, lockhouse.DoorOpen, Noon), tx.SetHeard(locker.ID, Noon), tx.SetFault(locker.ID, "board"))
		doors, err := tx.Doors(locker.ID)
		check(t, err)
		equal(t, doors, map[int]lockhouse.Door{2: lockhouse.DoorOpen})
		heard, err := tx.Heard(locker.ID)
		check(t, err)
		equal(t, heard, Noon)
		fault, err := tx.Fault(locker.ID)
		check(t, err)
		equal(t, fault, "board")
		desired, actual, err := tx.DesiredVersions(locker.ID)
		check(t, err)
		equal(t, [2]uint64{desired, actual}, [2]uint64{})
		check(t, tx.SetDesiredVersion(locker.ID, 1<<40), tx.SetActualVersion(locker.ID, 7))
		desired, actual, err = tx.DesiredVersions(locker.ID)
		check(t, err)
		equal(t, [2]uint64{desired, actual}, [2]uint64{1 << 40, 7})
		channel, err := tx.UpdateChannel(locker.ID)
		check(t, err, tx.SetUpdateChannel(locker.ID, "trial"))
		equal(t, channel, "")
		channel, err = tx.UpdateChannel(locker.ID)
		check(t, err)
		equal(t, channel, "trial")
		check(t, tx.SetAgentVersion(locker.ID, "v1.2"))
		version, err := tx.AgentVersion(locker.ID)
		check(t, err)
		equal(t, version, "v1.2")
		panel, err := tx.Panel(locker.ID)
		check(t, err, tx.SetPanel(locker.ID, lockhouse.PanelOf(nil, 0)))
		equal(t, panel, lockhouse.Panel{})
		panel, err = tx.Panel(locker.ID)
		check(t, err)
		equal(t, panel, lockhouse.Panel{Said: true})
		revocations(t, tx, locker.ID)
		return nil
	})
	for _, nowhere := range []func(store.Tx) error{
		func(tx store.Tx) error { return tx.SetHeard("lkr_none", Noon) },
		func(tx store.Tx) error { return tx.SetFault("lkr_none", "") },
		func(tx store.Tx) error { return tx.SetDesiredVersion("lkr_none", 1) },
		func(tx store.Tx) error { return tx.SetActualVersion("lkr_none", 1) },
		func(tx store.Tx) error { return tx.SetUpdateChannel("lkr_none", "") },
		func(tx store.Tx) error { _, err := tx.UpdateChannel("lkr_none"); return err },
		func(tx store.Tx) error { return tx.SetAgentVersion("lkr_none", "v1") },
		func(tx store.Tx) error { return tx.SetPanel("lkr_none", lockhouse.Panel{}) },
		func(tx store.Tx) error { _, err := tx.Panel("lkr_none"); return err },
		func(tx store.Tx) error { _, err := tx.AgentVersion("lkr_none"); return err },
		func(tx store.Tx) error { _, _, err := tx.DesiredVersions("lkr_none"); return err },
	} {
		writeRefused(t, s, lockhouse.CodeNotFound, nowhere)
	}
}

// revocations are kept one a name, and forgotten when the next comes after their end.
func revocations(t *testing.T, tx store.Tx, locker lockhouse.LockerID) {
	t.Helper()
	one := lockhouse.Revocation{Name: [8]byte{1}, At: Noon, Until: Noon.Add(time.Hour)}
	two := lockhouse.Revocation{Name: [8]byte{2}, At: Noon, Until: Noon.Add(24 * time.Hour)}
	check(t, tx.Revoke(locker, two), tx.Revoke(locker, one))
	kept := func(want ...lockhouse.Revocation) {
		t.Helper()
		got, err := tx.Revocations(locker)
		check(t, err)
		equal(t, got, want)
	}
	kept(one, two)
	two.At = Noon.Add(time.Hour)
	check(t, tx.Revoke(locker, two))
	kept(two)
	none, err := tx.Revocations("lkr_none")
	check(t, err)
	equal(t, len(none), 0)
}

func rooms(t *testing.T, s store.Store) {
	site, locker := Build(t, s, 1, 2, 1, 0)
	has := func(tx store.Tx, want ...uint32) {
		t.Helper()
		got, err := tx.Room(site.ID)
		check(t, err)
		equal(t, got.Have, capacity.Counts(want))
	}
	Update(t, s, func(tx store.Tx) error {
		has(tx, 2, 1)
		check(t, tx.SetOutOfService(locker.ID, 1, true), tx.SetOutOfService(locker.ID, 1, true)) // twice is as good as once
		has(tx, 1, 1)
		check(t, tx.SetOutOfService(locker.ID, 1, false))
		has(tx, 2, 1)
		refused(t, tx.SetOutOfService(locker.ID, 99, true), lockhouse.CodeNotFound)

		check(t, KeepRoom(tx, site.ID, Today, Today+2, 1, 1), KeepRoom(tx, site.ID, Today+1, Today+1, 2, 3))
		room, err := tx.Room(site.ID)
		check(t, err)
		equal(t, room.KeptOn(Today+1), capacity.Counts{1, 3})
		equal(t, room.KeptOn(Today+2), capacity.Counts{1})
		return nil
	})
	err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(KeepRoom(tx, site.ID, Today, Today, 1, 1), lockhouse.Refuse(lockhouse.CodeConflict, "No."))
	})
	refused(t, err, lockhouse.CodeConflict)
	View(t, s, func(tx store.Tx) error {
		room, err := tx.Room(site.ID)
		check(t, err)
		equal(t, room.KeptOn(Today), capacity.Counts{1})
		none, err := tx.Room("site_none")
		check(t, err)
		equal(t, none, capacity.Room{})
		return nil
	})
}

// roomLists: an index in memory reads all rooms once, and then those that changed.
func roomLists(t *testing.T, s store.Store) {
	for n := range 3 {
		Build(t, s, n+1, n+1, 0, 0)
	}
	Update(t, s, func(tx store.Tx) error { return KeepRoom(tx, Site(2).ID, Today, Today, 1, 1) })
	listed := func(rooms []store.SiteRoom, err error) (sites []lockhouse.SiteID) {
		t.Helper()
		check(t, err)
		for _, r := range rooms {
			sites = append(sites, r.Site)
		}
		return sites
	}
	one, two, three := Site(1).ID, Site(2).ID, Site(3).ID
	View(t, s, func(tx store.Tx) error {
		equal(t, listed(tx.ListRooms("", 2)), []lockhouse.SiteID{one, two})
		equal(t, listed(tx.ListRooms(two, 2)), []lockhouse.SiteID{three})
		some, err := tx.RoomsOf(two, "site_none", three)
		equal(t, len(listed(some, err)), 2)
		for _, r := range some {
			want, err := tx.Room(r.Site)
			check(t, err)
			equal(t, r.Room, want)
		}
		equal(t, len(listed(tx.RoomsOf())), 0)
		return nil
	})
}

// roomContended: many count at one site at once, and none of them is lost.
func roomContended(t *testing.T, s store.Store) {
	site, _ := Build(t, s, 1, 1, 0, 0)
	const clients, each = 8, 20
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range each {
				err := s.Update(context.Background(), func(tx store.Tx) error { return KeepRoom(tx, site.ID, Today, Today+3, 2, 1) })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	View(t, s, func(tx store.Tx) error {
		room, err := tx.Room(site.ID)
		check(t, err)
		for day := Today; day <= Today+3; day++ {
			equal(t, room.KeptOn(day).Of(2), clients*each)
		}
		return nil
	})
}
