package storetest

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// enrolments are found by their id, used by one locker, and deleted when they are over.
func enrolments(t *testing.T, s store.Store) {
	e := store.Enrolment{ID: credential.EnrolID{1}, Public: []byte{4, 5}, Challenge: []byte{6}, Site: "site_1", Name: "A", ExpiresAt: Noon.Add(time.Hour)}
	Update(t, s, func(tx store.Tx) error { return tx.InsertEnrolment(e) })
	writeRefused(t, s, lockhouse.CodeConflict, func(tx store.Tx) error { return tx.InsertEnrolment(e) })
	is := func(want store.Enrolment) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			got, err := tx.Enrolment(want.ID)
			check(t, err)
			got.ExpiresAt, got.UsedAt = got.ExpiresAt.UTC(), got.UsedAt.UTC()
			equal(t, got, want)
			_, err = tx.Enrolment(credential.EnrolID{2})
			refused(t, err, lockhouse.CodeNotFound)
			return nil
		})
	}
	is(e)
	Update(t, s, func(tx store.Tx) error {
		got, err := tx.Enrolment(e.ID)
		check(t, err)
		if !got.UsedAt.IsZero() {
			t.Error("it counts as used")
		}
		return tx.UseEnrolment(e.ID, "lkr_0000000000000001", Noon)
	})
	e.UsedAt, e.Locker = Noon, "lkr_0000000000000001"
	is(e)
	writeRefused(t, s, lockhouse.CodeNotFound, func(tx store.Tx) error { return tx.UseEnrolment(credential.EnrolID{2}, "x", Noon) })
	other := store.Enrolment{ID: credential.EnrolID{3}, Public: []byte{4}, Challenge: []byte{6}, Site: "site_1", Name: "B", ExpiresAt: Noon.Add(2 * time.Hour)}
	Update(t, s, func(tx store.Tx) error { return tx.InsertEnrolment(other) })
	at := func(site lockhouse.SiteID, limit int, want ...string) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			list, err := tx.EnrolmentsAt(site, limit)
			check(t, err)
			var names []string
			for _, one := range list {
				names = append(names, one.Name)
			}
			equal(t, names, want)
			return nil
		})
	}
	at("site_1", 9, "B", "A")
	at("site_1", 1, "B")
	at("site_2", 9)
	for range 2 { // twice is as good as once
		Update(t, s, func(tx store.Tx) error { return tx.DeleteEnrolment(other.ID) })
	}
	at("site_1", 9, "A")
	for _, step := range []struct {
		before time.Time
		gone   int
	}{{Noon, 0}, {Noon.Add(2 * time.Hour), 1}} {
		Update(t, s, func(tx store.Tx) error {
			n, err := tx.DeleteEnrolments(step.before, 9)
			check(t, err)
			equal(t, n, step.gone)
			return nil
		})
	}
	View(t, s, func(tx store.Tx) error {
		_, err := tx.Enrolment(e.ID)
		refused(t, err, lockhouse.CodeNotFound)
		return nil
	})
}
