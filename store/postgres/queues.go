package postgres

import "lockhouse/watch"

// Queues are the transactions that run or wait, and the connections in use.
func (s *Store) Queues() []watch.Queue {
	return []watch.Queue{
		{Name: "store transactions", Bound: maxWaiting, Beyond: "The next is refused at once; its caller is answered 503.", Length: func() int { return len(s.turns) }},
		{Name: "store connections in use", Bound: int(s.pool.Config().MaxConns), Beyond: "The next transaction waits until one is free or its time is over.",
			Length: func() int { return int(s.pool.Stat().AcquiredConns()) }},
	}
}
