package storetest

import (
	"testing"

	"lockhouse"
	"lockhouse/store"
)

// retirements come in steps, and what is still to be told is found.
func retirements(t *testing.T, s store.Store) {
	_, locker := Build(t, s, 1, 1, 0, 0)
	is := func(want lockhouse.Retirement, retiring ...lockhouse.LockerID) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			got, err := tx.Retirement(locker.ID)
			check(t, err)
			equal(t, got, want)
			list, err := tx.Retiring(9)
			check(t, err)
			equal(t, len(list), len(retiring))
			_, err = tx.Retirement("lkr_none")
			refused(t, err, lockhouse.CodeNotFound)
			return nil
		})
	}
	is(lockhouse.Retirement{})
	want := lockhouse.Retirement{AskedAt: Noon}
	set := func() {
		Update(t, s, func(tx store.Tx) error {
			if _, err := tx.Retirement(locker.ID); err != nil {
				return err
			}
			return tx.SetRetirement(locker.ID, want)
		})
	}
	set()
	is(want, locker.ID)
	behind := func(want int) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			n, err := tx.LockersBehind()
			check(t, err)
			equal(t, n, want)
			return nil
		})
	}
	behind(0)
	Update(t, s, func(tx store.Tx) error { return tx.RaiseDesiredVersions() })
	behind(1)
	want.DoneAt, want.Stolen = Noon.Add(1e9), true
	set()
	is(want)
	behind(0) // nobody waits for one that is over
}
