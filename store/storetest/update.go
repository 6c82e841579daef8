package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"lockhouse"
	"lockhouse/store"
)

var errMine = errors.New("mine")

// count gives how many events were said.
func count(t *testing.T, s store.Store) (n int) {
	t.Helper()
	View(t, s, func(tx store.Tx) error {
		all, err := tx.Recent(10_000)
		n = len(all)
		return err
	})
	return n
}

func say(tx store.Tx, note string) error {
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: Noon, Note: note})
}

// rollback: an error comes back as it was, and nothing stays of what was written before it.
func rollback(t *testing.T, s store.Store) {
	err := s.Update(t.Context(), func(tx store.Tx) error {
		check(t, say(tx, "gone"))
		return errMine
	})
	if !errors.Is(err, errMine) {
		t.Fatalf("got %v", err)
	}
	equal(t, count(t, s), 0)
}

// neighbours: many at once, each third of which fails: every other is kept, and only those.
func neighbours(t *testing.T, s store.Store) {
	const clients = 300
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			err := s.Update(t.Context(), func(tx store.Tx) error {
				if err := say(tx, fmt.Sprint(i)); err != nil {
					return err
				}
				if i%3 == 0 {
					return errMine
				}
				return nil
			})
			if (i%3 == 0) != errors.Is(err, errMine) {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	all.Wait()
	equal(t, count(t, s), clients-clients/3)
}

// goneCallers: a caller whose time is over before its turn is told that nothing was done, and nothing was; one whose
// time ends while it runs is told the truth, that it was.
func goneCallers(t *testing.T, s store.Store) {
	blocked, goOn := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	var once sync.Once // an engine may run it again
	running, runningGone := context.WithCancel(t.Context())
	all.Go(func() {
		err := s.Update(running, func(tx store.Tx) error {
			once.Do(func() { close(blocked) })
			<-goOn
			return say(tx, "kept")
		})
		if err != nil {
			t.Errorf("it was done, and we were told %v", err)
		}
	})
	<-blocked
	waiting, waitingGone := context.WithCancel(t.Context())
	told := make(chan error, 1)
	go func() {
		told <- s.Update(waiting, func(tx store.Tx) error { return say(tx, "perhaps") })
	}()
	waitingGone()
	err := <-told // at once, though one writer may not be free; an engine with several may have done it by now
	kept := 1
	if err == nil {
		kept = 2
	} else if refused(t, err, lockhouse.CodeUnavailable); !errors.Is(err, context.Canceled) {
		t.Errorf("the cause is lost: %v", err)
	}
	runningGone()
	close(goOn)
	all.Wait()
	equal(t, count(t, s), kept)
	refused(t, s.Update(waiting, func(store.Tx) error { return errMine }), lockhouse.CodeUnavailable)
	refused(t, s.View(waiting, func(tx store.Tx) error { _, err := tx.Recent(1); return err }), lockhouse.CodeUnavailable)
}

// panics: one transaction's fault is its own.
func panics(t *testing.T, s store.Store) {
	err := s.Update(t.Context(), func(tx store.Tx) error {
		check(t, say(tx, "gone"))
		panic("a fault")
	})
	if err == nil {
		t.Fatal("a panic passed for success")
	}
	Update(t, s, func(tx store.Tx) error { return say(tx, "kept") })
	equal(t, count(t, s), 1)
}

func readOnly(t *testing.T, s store.Store) {
	if err := s.View(t.Context(), func(tx store.Tx) error { return say(tx, "no") }); err == nil {
		t.Fatal("a view wrote")
	}
	equal(t, count(t, s), 0)
}

// snapshot: what a view reads does not change while it reads.
func snapshot(t *testing.T, s store.Store) {
	View(t, s, func(tx store.Tx) error {
		before, err := tx.Recent(9)
		check(t, err)
		Update(t, s, func(tx store.Tx) error { return say(tx, "later") })
		after, err := tx.Recent(9)
		check(t, err)
		equal(t, len(after), len(before))
		return nil
	})
	equal(t, count(t, s), 1)
}

// askedTwice: of equal requests at the same time each gets what the first got, also where there is room for one alone.
// None is refused for what another of them took while it waited.
func askedTwice(t *testing.T, s store.Store) {
	const requests, rounds = 6, 10
	for n := range rounds {
		site, _ := Build(t, s, n+1, 1, 0, 0)
		h := Hold(site.ID, fmt.Sprintf("cart-%d", n))
		var all sync.WaitGroup
		for range requests {
			all.Go(func() {
				if err := s.Update(t.Context(), func(tx store.Tx) error { return placeOnce(tx, h) }); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
}

func placeOnce(tx store.Tx, h lockhouse.Hold) error {
	if _, err := tx.Hold(h.Shop, h.Reference); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		return err
	}
	room, err := tx.Room(h.Site)
	if err != nil {
		return err
	}
	if !room.FitsOn(h.From, h.Until, h.Rank) {
		return lockhouse.Refuse(lockhouse.CodeFull, "Another has the room.")
	}
	if err := room.Add(h.From, h.Until, h.Rank, 1); err != nil {
		return err
	}
	return errors.Join(tx.PutRoom(h.Site, room), tx.PutHold(h))
}
