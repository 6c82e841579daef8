package sqlite

import (
	"lockhouse/store"
	"lockhouse/watch"
)

// Watch has each group told as it was committed, from the writer's own goroutine: whoever is told must be quick.
func (s *Store) Watch(each func(store.Group)) { s.writer.told.Store(&each) }

// Queues are the writer's, and the readers in use.
func (s *Store) Queues() []watch.Queue {
	return []watch.Queue{
		{Name: "store writer", Bound: maxQueued, Beyond: "The next transaction is refused at once; its caller is answered 503.", Length: func() int { return len(s.writer.queue) }},
		{Name: "store readers in use", Bound: s.pool, Beyond: "The next waits until one is free or its time is over.", Length: func() int { return s.pool - len(s.readers) }},
	}
}
