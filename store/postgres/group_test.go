package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/storetest"
)

// together runs many Updates at once, so that they share groups, and gives what each was told.
func together(t *testing.T, s store.Store, clients int, do func(client int, tx store.Tx) error) []error {
	t.Helper()
	told := make([]error, clients)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			told[i] = s.Update(t.Context(), func(tx store.Tx) error { return do(i, tx) })
		})
	}
	all.Wait()
	return told
}

func said(tx store.Tx, note string) error {
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: storetest.Noon, Note: note})
}

// TestOneBreaksNoGroup: some fail in the database itself, after everything was sent: each of them is told why, and every
// neighbour is kept.
func TestOneBreaksNoGroup(t *testing.T) {
	s := pgtest.Open(t)
	const clients, shops = 96, 12
	good := 0
	for i, err := range together(t, s, clients, func(client int, tx store.Tx) error {
		if err := said(tx, fmt.Sprint(client)); err != nil || client%2 == 0 {
			return err
		}
		return tx.InsertShop(lockhouse.ShopID(fmt.Sprint("shop_", client%(2*shops))), "Acme")
	}) {
		switch {
		case err == nil:
			good++
		case i%2 == 0 || lockhouse.CodeOf(err) != lockhouse.CodeConflict:
			t.Errorf("client %d: %v", i, err)
		}
	}
	if want := clients/2 + shops; good != want || countEvents(t, s) != want {
		t.Errorf("%d were told that they are kept, %d are, want %d", good, countEvents(t, s), want)
	}
}

// TestOwnWritesInACrowd: who reads what it has written sees it, beside others who do the same, and what a function wrote
// before it failed is nowhere.
func TestOwnWritesInACrowd(t *testing.T) {
	s := pgtest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	refusal := errors.New("changed its mind")
	for i, err := range together(t, s, 48, func(client int, tx store.Tx) error {
		p := storetest.Parcel(site.ID, client)
		p.Person = lockhouse.PersonID(fmt.Sprint("per_", client))
		if err := tx.InsertParcel(p); err != nil {
			return err
		}
		own, err := tx.ParcelsOf(p.Person)
		if err == nil && len(own) != 1 {
			err = fmt.Errorf("sees %d parcels of its own", len(own))
		}
		if err == nil && client%3 == 0 {
			err = refusal
		}
		return err
	}) {
		if (i%3 == 0) != errors.Is(err, refusal) || i%3 != 0 && err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	}
	storetest.View(t, s, func(tx store.Tx) error {
		all, err := tx.ListParcels(store.Page{Limit: 200}, store.ParcelFilter{})
		if len(all) != 32 {
			t.Errorf("%d parcels are there, want 32", len(all))
		}
		return err
	})
}

// TestSlowOneHoldsUpNobody: a function that waits for all others to end ends after them: they do not wait for it.
func TestSlowOneHoldsUpNobody(t *testing.T) {
	s := pgtest.Open(t)
	const clients = 32
	var others, slow sync.WaitGroup
	done := make(chan struct{})
	slow.Go(func() {
		if err := s.Update(t.Context(), func(tx store.Tx) error { <-done; return said(tx, "") }); err != nil {
			t.Error(err)
		}
	})
	for range clients {
		others.Go(func() {
			if err := s.Update(t.Context(), func(tx store.Tx) error { return said(tx, "") }); err != nil {
				t.Error(err)
			}
		})
	}
	others.Wait()
	close(done)
	slow.Wait()
}

// TestCrossed: transactions that take two rooms in opposite orders would wait for each other for ever. Each is done in the
// end, once.
func TestCrossed(t *testing.T) {
	s := pgtest.Open(t)
	one, _ := storetest.Build(t, s, 1, 1, 0, 0)
	two, _ := storetest.Build(t, s, 2, 1, 0, 0)
	const clients = 24
	for i, err := range together(t, s, clients, func(client int, tx store.Tx) error {
		first, second := one.ID, two.ID
		if client%2 == 0 {
			first, second = second, first
		}
		if err := storetest.KeepRoom(tx, first, storetest.Today, storetest.Today, 1, 1); err != nil {
			return err
		}
		time.Sleep(time.Millisecond) // so that another has the other room by now
		return storetest.KeepRoom(tx, second, storetest.Today, storetest.Today, 1, 1)
	}) {
		if err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	}
	storetest.View(t, s, func(tx store.Tx) error {
		rooms, err := tx.RoomsOf(one.ID, two.ID)
		for _, r := range rooms {
			if got := r.Room.KeptOn(storetest.Today).Of(1); got != clients {
				t.Errorf("%s keeps %d, want %d", r.Site, got, clients)
			}
		}
		return err
	})
}

// TestTooMuchToDo: beyond its limit the store says at once that it is busy, and when to come again.
func TestTooMuchToDo(t *testing.T) {
	s := pgtest.Open(t)
	goOn := make(chan struct{})
	var accepted sync.WaitGroup
	refused := make(chan error, 1)
	for full := false; !full; {
		for range 256 {
			accepted.Go(func() {
				if err := s.Update(t.Context(), func(store.Tx) error { <-goOn; return nil }); err != nil {
					select {
					case refused <- err:
					default:
					}
				}
			})
		}
		select {
		case err := <-refused:
			full = true
			e, ok := errors.AsType[*lockhouse.Error](err)
			if !ok || e.Code != lockhouse.CodeUnavailable || e.Facts["retry_after_s"] != 1 {
				t.Errorf("got %v", err)
			}
		case <-time.After(time.Millisecond):
		}
	}
	close(goOn)
	accepted.Wait()
	if err := s.Update(t.Context(), func(tx store.Tx) error { return said(tx, "") }); err != nil {
		t.Errorf("it does not recover: %v", err)
	}
}
