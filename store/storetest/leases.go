package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

func leases(t *testing.T, s store.Store) {
	first, beaten := store.Lease{Holder: "a", Term: 1}, store.Lease{Holder: "a", Term: 1, Beat: 1}
	back, second := store.Lease{Term: 1, Beat: 2}, store.Lease{Holder: "b", Term: 2, Beat: 2}
	Update(t, s, func(tx store.Tx) error {
		none, err := tx.Lease("work")
		check(t, err)
		equal(t, none, store.Lease{})
		refused(t, tx.SwapLease("work", first, beaten), lockhouse.CodeConflict)
		refused(t, tx.FenceLease("work", 0), lockhouse.CodeConflict)
		for _, swap := range [][2]store.Lease{{{}, first}, {first, beaten}, {beaten, back}, {back, second}} {
			check(t, tx.SwapLease("work", swap[0], swap[1]))
			refused(t, tx.SwapLease("work", swap[0], swap[1]), lockhouse.CodeConflict)
			is, err := tx.Lease("work")
			check(t, err)
			equal(t, is, swap[1])
			refused(t, tx.FenceLease("work", is.Term-1), lockhouse.CodeConflict)
			if is.Holder == "" {
				refused(t, tx.FenceLease("work", is.Term), lockhouse.CodeConflict)
			} else {
				check(t, tx.FenceLease("work", is.Term))
			}
		}
		other, err := tx.Lease("other work")
		check(t, err)
		equal(t, other, store.Lease{})
		return nil
	})
}

// oneTakes: of many who saw the same lease one gets it, the first time and every time.
func oneTakes(t *testing.T, s store.Store) {
	const nodes, rounds = 8, 5
	for round := range int64(rounds) {
		var seen store.Lease
		View(t, s, func(tx store.Tx) (err error) { seen, err = tx.Lease("work"); return err })
		var got atomic.Int32
		var all sync.WaitGroup
		for node := range nodes {
			all.Go(func() {
				err := s.Update(t.Context(), func(tx store.Tx) error {
					return tx.SwapLease("work", seen, store.Lease{Holder: fmt.Sprint(node), Term: round + 1})
				})
				if err == nil {
					got.Add(1)
				} else if lockhouse.CodeOf(err) != lockhouse.CodeConflict {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, got.Load(), 1)
	}
}

// fence: nobody takes the lease while its holder writes, and afterwards the holder of before writes nothing.
func fence(t *testing.T, s store.Store) {
	mine, theirs := store.Lease{Holder: "a", Term: 1}, store.Lease{Holder: "b", Term: 2}
	Update(t, s, func(tx store.Tx) error { return tx.SwapLease("work", store.Lease{}, mine) })
	taken := make(chan error, 1)
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.FenceLease("work", mine.Term))
		go func() {
			taken <- s.Update(t.Context(), func(tx store.Tx) error { return tx.SwapLease("work", mine, theirs) })
		}()
		select {
		case err := <-taken:
			t.Fatalf("taken while its holder writes: %v", err)
		case <-time.After(50 * time.Millisecond): // time enough for an engine that does not wait
		}
		return say(tx, "kept")
	})
	check(t, <-taken)
	err := s.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.FenceLease("work", mine.Term); err != nil {
			return err
		}
		return say(tx, "never")
	})
	refused(t, err, lockhouse.CodeConflict)
	equal(t, count(t, s), 1)
}
