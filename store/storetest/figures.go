package storetest

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// figures: the day that is counted further replaces the other, whatever the order in which they come; the line's own seconds add up.
func figures(t *testing.T, s store.Store) {
	one, other := lockhouse.LockerIDOf([8]byte{1}), lockhouse.LockerIDOf([8]byte{2})
	day := func(d lockhouse.Day, throughS, openings int) store.LockerDay {
		f := lockhouse.NewFigures(d)
		f.ThroughS, f.RunningS, f.AbleS, f.Starts = throughS, throughS-1, throughS-2, 1
		for range openings {
			f.Open.Add(320 * time.Millisecond)
		}
		return store.LockerDay{Figures: f, Told: Noon.Add(time.Duration(throughS) * time.Second)}
	}
	has := func(locker lockhouse.LockerID, from lockhouse.Day, want ...store.LockerDay) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			got, err := tx.FiguresOf(locker, from)
			check(t, err)
			equal(t, len(got), len(want))
			for i := range want {
				equal(t, got[i], want[i])
			}
			return nil
		})
	}
	put := func(locker lockhouse.LockerID, days ...store.LockerDay) {
		t.Helper()
		for _, d := range days {
			Update(t, s, func(tx store.Tx) error { return tx.PutFigures(locker, d) })
		}
	}
	has(one, 0)
	early, late := day(Today, 100, 1), day(Today, 200, 2)
	put(one, late, early, late)
	has(one, 0, late)
	put(one, day(Today-1, 86_400, 3))
	put(other, day(Today, 5, 0))
	has(one, 0, day(Today-1, 86_400, 3), late)
	has(one, Today, late)

	for range 2 {
		Update(t, s, func(tx store.Tx) error { return tx.AddLineDown(one, Today, 50) })
	}
	late.LineDownS = 100
	has(one, Today, late)
	further := day(Today, 300, 4)
	put(one, further)
	further.LineDownS = 100
	has(one, Today, further)
	Update(t, s, func(tx store.Tx) error { return tx.AddLineDown(one, Today+1, 86_000) })
	Update(t, s, func(tx store.Tx) error { return tx.AddLineDown(one, Today+1, 86_000) })
	has(one, Today+1, store.LockerDay{Figures: lockhouse.Figures{Day: Today + 1}, LineDownS: 86_400})
	tomorrow := day(Today+1, 7, 1)
	put(one, tomorrow)
	tomorrow.LineDownS = 86_400
	has(one, Today+1, tomorrow)

	for _, want := range []int{2, 1, 0} {
		Update(t, s, func(tx store.Tx) error {
			dropped, err := tx.DropFigures(Today+1, 2)
			equal(t, dropped, want)
			return err
		})
	}
	has(one, 0, tomorrow)
	has(other, 0)
}
