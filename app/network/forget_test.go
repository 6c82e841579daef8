package network

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/storetest"
	"lockhouse/trust/person"
)

// TestForget lets a network run until somebody's days are over: their contact can't be read by anybody any more, their
// parcel keeps its place in the history, they are signed out, and who still waits for a parcel is remembered.
func TestForget(t *testing.T) {
	c := config(t)
	c.ForgetAfterDays = 2
	clock := &movable{at: storetest.Noon}
	n, err := Open(t.Context(), c, parts(clock.now, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	gone, waiting := people(t, n)

	clock.advance(49*time.Hour - time.Second)
	if done, err := n.chores(n.store).people.Forget(t.Context(), forgetLimit); err != nil || done != 0 {
		t.Fatalf("forgot %d, %v", done, err)
	}
	if err := errors.Join(contact(t, n, gone), contact(t, n, waiting)); err != nil {
		t.Fatal("forgotten too early:", err)
	}
	clock.advance(2 * time.Second)
	runUntil(t, n, func() bool { return lockhouse.CodeOf(contact(t, n, gone)) == lockhouse.CodeNotFound })
	if err := contact(t, n, waiting); err != nil {
		t.Fatal("somebody who waits for a parcel was forgotten:", err)
	}
	storetest.View(t, n.store, func(tx store.Tx) error {
		p, err := tx.Parcel("par_0001")
		if err != nil || p.Person != gone {
			t.Errorf("the parcel is %+v, %v", p, err)
		}
		if _, err := tx.SessionByHash([32]byte{1}); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
			t.Errorf("still signed in: %v", err)
		}
		return nil
	})
}

// people are one person whose parcel was collected an hour after Noon, and one whose second parcel is under way.
func people(t *testing.T, n *Network) (gone, waiting lockhouse.PersonID) {
	t.Helper()
	site, _ := storetest.Build(t, n.store, 1, 1, 0, 0)
	gone, waiting = "per_gone", "per_waiting"
	storetest.Update(t, n.store, func(tx store.Tx) error {
		for i, id := range []lockhouse.PersonID{gone, waiting, waiting} {
			p := storetest.Parcel(site.ID, i+1)
			p.Person = id
			if i < 2 {
				p.State, p.EndedAt = lockhouse.ParcelCollected, storetest.Noon.Add(time.Hour)
			}
			ada := person.Contact{Name: "Ada Lovelace", Email: "ada@example.org"}
			_, err := n.keys.book.Keep(tx, id, ada, storetest.Noon)
			if err := errors.Join(err, tx.InsertParcel(p)); err != nil {
				return err
			}
		}
		return tx.InsertSession(store.Session{Hash: [32]byte{1}, Person: gone, PhoneKey: []byte{4}, ExpiresAt: storetest.Noon.AddDate(1, 0, 0)})
	})
	return gone, waiting
}

// runUntil lets the network do what it does by itself until something is so, at most patience.
func runUntil(t *testing.T, n *Network, so func() bool) {
	t.Helper()
	const patience = 20 * time.Second
	ctx, stop := context.WithTimeout(t.Context(), patience)
	var running sync.WaitGroup
	running.Go(func() { n.Run(ctx) })
	defer running.Wait()
	defer stop()
	for !so() {
		if ctx.Err() != nil {
			t.Fatal("it never came about")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func contact(t *testing.T, n *Network, id lockhouse.PersonID) error {
	t.Helper()
	return n.store.View(t.Context(), func(tx store.Tx) error {
		_, err := n.keys.book.Contact(tx, id)
		return err
	})
}
