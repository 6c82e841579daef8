package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// services are found by their reference, and change.
func services(t *testing.T, s store.Store) {
	want := lockhouse.Service{Ref: lockhouse.ParcelRef{7}, Locker: "lkr_0000000000000001", Compartment: 3, Reason: lockhouse.ServiceCleaning,
		PhoneKey: []byte{4}, AskedBy: "key_a", AskedAt: Noon}
	is := func() {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			got, err := tx.Service(want.Ref)
			check(t, err)
			equal(t, got, want)
			_, err = tx.Service(lockhouse.ParcelRef{8})
			refused(t, err, lockhouse.CodeNotFound)
			return nil
		})
	}
	Update(t, s, func(tx store.Tx) error { return tx.InsertService(want) })
	is()
	writeRefused(t, s, lockhouse.CodeConflict, func(tx store.Tx) error { return tx.InsertService(want) })
	want.ApprovedBy, want.ApprovedAt, want.OpenedAt = "key_b", Noon.Add(1e9), Noon.Add(2e9)
	want.DeclinedBy, want.DeclinedAt = "key_c", Noon.Add(3e9)
	Update(t, s, func(tx store.Tx) error { return tx.UpdateService(want) })
	is()
	later := want
	later.Ref, later.AskedAt = lockhouse.ParcelRef{9}, Noon.Add(1e9)
	Update(t, s, func(tx store.Tx) error { return tx.InsertService(later) })
	View(t, s, func(tx store.Tx) error {
		for _, list := range []struct {
			after time.Time
			limit int
			want  []lockhouse.Service
		}{{Noon.Add(-1e9), 9, []lockhouse.Service{later, want}}, {Noon.Add(-1e9), 1, []lockhouse.Service{later}}, {Noon, 9, []lockhouse.Service{later}}} {
			got, err := tx.ServicesSince(list.after, list.limit)
			check(t, err)
			equal(t, got, list.want)
		}
		return nil
	})
}

// register is a chain without a gap, whoever enters something, and nothing of what was taken back stands in it.
func register(t *testing.T, s store.Store) {
	entry := func(ref string) lockhouse.Entry {
		return lockhouse.Entry{At: Noon, Kind: lockhouse.EntryServiceAsked, Site: "site_1", Locker: "lkr_0000000000000001", Compartment: 3, Reason: "cleaning", Ref: ref}
	}
	Update(t, s, func(tx store.Tx) error { // two in one
		return errors.Join(tx.Enter(entry("a")), tx.Enter(entry("b")))
	})
	boom := errors.New("boom")
	if err := s.Update(t.Context(), func(tx store.Tx) error { return errors.Join(tx.Enter(entry("lost")), boom) }); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Enter(entry(fmt.Sprint(i))) }); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	View(t, s, func(tx store.Tx) error {
		all, err := tx.Entries(0, 99)
		check(t, err)
		equal(t, len(all), 10)
		var before [32]byte
		for i, e := range all {
			if e.N != int64(i+1) || e.Prev != before || e.Ref == "lost" {
				t.Fatalf("entry %d is %+v", i+1, e)
			}
			before = e.Hash()
		}
		some, err := tx.Entries(9, 99)
		check(t, err)
		equal(t, some, all[9:])
		return nil
	})
}
