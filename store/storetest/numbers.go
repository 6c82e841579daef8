package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"lockhouse/store"
)

// heldBackAtMost is how long the last events may be held back when nothing else is going on.
const heldBackAtMost = 10 * time.Second

// crowd is many transactions that each hold a row for a while before they say something: the one that began first is not
// the one that draws its number first, nor the one that commits first. Whoever keeps a mark misses nothing all the same.
func crowd(t *testing.T, s store.Store) {
	const writers, rounds = 12, 25
	for w := range writers {
		Build(t, s, w+1, 1, 0, 0)
	}
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for round := range rounds {
				err := s.Update(t.Context(), func(tx store.Tx) error {
					if _, err := tx.Room(Site(w + 1).ID); err != nil {
						return err
					}
					time.Sleep(time.Duration(rand.IntN(3_000)) * time.Microsecond)
					return firstError(say(tx, fmt.Sprint(w, round, "a")), say(tx, fmt.Sprint(w, round, "b")))
				})
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
			}
		})
	}
	written := make(chan struct{})
	go func() { writing.Wait(); close(written) }()
	var reading sync.WaitGroup
	for name, read := range map[string]func() []string{"who hears": hearer(t, s), "who follows": follower(t, s)} {
		reading.Go(func() { once(t, name, 2*writers*rounds, written, read) })
	}
	reading.Wait()
}

// once reads until everything that was written has come, and checks that nothing came twice or never. What was written last may
// be held back for a while: as long as a transaction is open that began before, be it another reader's.
func once(t *testing.T, name string, want int, written <-chan struct{}, read func() []string) {
	seen := map[string]int{}
	var deadline <-chan time.Time
	for over := false; !over; {
		select {
		case <-written:
			written, deadline = nil, time.After(heldBackAtMost)
		case <-deadline:
			over = true
		default:
			over = written == nil && len(seen) == want
		}
		for some := read(); len(some) > 0; some = read() {
			for _, note := range some {
				seen[note]++
			}
		}
	}
	for note, times := range seen {
		if times != 1 {
			t.Errorf("%s had %q %d times", name, note, times)
		}
	}
	if len(seen) != want {
		t.Errorf("%s had %d of %d events", name, len(seen), want)
	}
}

// hearer gives what the one mark has not passed, and moves it.
func hearer(t *testing.T, s store.Store) func() []string {
	return func() (notes []string) {
		err := s.Update(t.Context(), func(tx store.Tx) error {
			notes = nil
			events, err := tx.Unheard(50)
			if err != nil || len(events) == 0 {
				return err
			}
			for _, e := range events {
				notes = append(notes, e.Note)
			}
			return tx.MarkHeard(events[len(events)-1].Seq)
		})
		if err != nil {
			t.Errorf("hearing: %v", err)
		}
		return notes
	}
}

// follower keeps a mark of its own.
func follower(t *testing.T, s store.Store) func() []string {
	var through int64
	return func() (notes []string) {
		err := s.View(t.Context(), func(tx store.Tx) error {
			notes = nil
			events, err := tx.EventsAfter(through, 50)
			for _, e := range events {
				notes, through = append(notes, e.Note), e.Seq
			}
			return err
		})
		if err != nil {
			t.Errorf("following: %v", err)
		}
		return notes
	}
}
