package postgres

import (
	"context"
	"runtime"
	"sync/atomic"
)

// lanes is how many groups are under way at once: one for each processor, and one that waits for the disk. They take at most
// half of the connections.
func lanes(connections int32) int {
	return max(1, min(runtime.GOMAXPROCS(0)+1, int(connections/2)))
}

// waiter is an Update that waits for its turn.
type waiter struct {
	claimed atomic.Bool  // by the lane to run it, or by its caller to take it out
	seat    chan *member // holds one: a place in a group, or nil to run alone
}

// claim is true for the first who calls it.
func (w *waiter) claim() bool { return w.claimed.CompareAndSwap(false, true) }

// lane runs those that wait, group by group, until there will be no more.
func (s *Store) lane() {
	for w := range s.waiting {
		s.convoy(w)
	}
}

// convoy runs a group that begins with one. Without a connection for it, that one tries alone, and is told why it can't.
func (s *Store) convoy(w *waiter) {
	c, err := s.acquire(context.Background())
	if err != nil {
		if w.claim() {
			w.seat <- nil
		}
		return
	}
	g := newGroup(c)
	g.admit(w)
	g.run(s.waiting)
	if !g.handed {
		c.Release() // the pool closes a connection that is broken or still within a transaction
	}
}
