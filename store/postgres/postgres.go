// Package postgres keeps everything in a PostgreSQL database: the store of a network on several machines.
//
// A transaction locks what it reads in order to change it, and is run again when another was faster. What a transaction
// writes waits within it and travels with the next question or with the commit (tx.go), so that most need three trips to
// the database: one to begin and look, one to lock the room, one to write everything and commit. Updates that wait at the
// same time make these trips together (group.go), one by itself or one that needs it on a connection of its own (alone.go).
// What many do alike is one statement (bundle.go). docs/decisions says why that is enough.
//
// Each piece of store.Tx has a file of its name, as in store/sqlite. SQL stands beside the verb that needs it; line.go
// prepares each statement once for each connection.
package postgres

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"lockhouse/store"
)

// Store is one open database.
type Store struct {
	pool    *pgxpool.Pool
	turns   chan struct{} // one for each transaction that was accepted
	running sync.WaitGroup
	waiting chan *waiter // Updates before their turn
	lanes   sync.WaitGroup
	closing chan struct{}
	memory  memory
	mu      sync.RWMutex // held to enter; for writing, to close
	closed  bool
}

var _ store.Store = (*Store)(nil)

// Open connects to a database whose schema is this binary's. An older one is refused with the command that migrates it, a
// newer one with the advice to start its own binary, and a server that does not sync what it acknowledges with its
// setting's name.
func Open(ctx context.Context, o Options) (*Store, error) {
	config, err := o.pool()
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, unreachable(err)
	}
	if err := fit(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	s := &Store{pool: pool, turns: make(chan struct{}, maxWaiting), waiting: make(chan *waiter, maxWaiting), closing: make(chan struct{})}
	for range lanes(config.MaxConns) {
		s.lanes.Go(s.lane)
	}
	return s, nil
}

// View runs do on a snapshot that no writer changes. Nothing can be written in it.
func (s *Store) View(ctx context.Context, do func(store.Tx) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.alone(ctx, false, do)
}

// Update runs do in a transaction, again if another was faster. It returns nil only when that is durable. An error says
// that nothing was written, with one exception: unavailable after a commit without an answer says that nobody knows.
//
// A ctx that ends before do's turn has come takes it out of the line. Once do runs, Update waits for how it ends, so that
// what it says is true and do's variables are the caller's again.
func (s *Store) Update(ctx context.Context, do func(store.Tx) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	for range groupTries {
		m, err := s.turn(ctx)
		if err != nil {
			return err
		}
		if m == nil {
			break
		}
		end := m.ride(&s.memory, do)
		if t, ok := errors.AsType[*trouble](end.err); ok && t.again {
			break
		}
		if !end.again {
			return end.err
		}
		if !end.taken {
			break
		}
	}
	return s.alone(ctx, true, do)
}

// turn waits until a lane has come to an Update: to give it a place in a group, or none.
func (s *Store) turn(ctx context.Context) (*member, error) {
	w := &waiter{seat: make(chan *member, 1)}
	select {
	case s.waiting <- w:
	case <-ctx.Done():
		return nil, notDone(ctx.Err())
	}
	select {
	case m := <-w.seat:
		return m, nil
	case <-ctx.Done():
	}
	if w.claim() {
		return nil, notDone(ctx.Err())
	}
	return <-w.seat, nil
}

// Close refuses what comes from now on, waits for what was accepted, and disconnects.
func (s *Store) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		close(s.closing)
		s.running.Wait()
		close(s.waiting)
	}
	s.lanes.Wait()
	s.pool.Close()
	return nil
}

// enter counts a transaction in, unless its caller has gone, or the store is closing or has too much to do.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return notDone(err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return closed()
	}
	select {
	case s.turns <- struct{}{}:
		s.running.Add(1)
		return nil
	default:
		return tooMuch()
	}
}

func (s *Store) leave() {
	<-s.turns
	s.running.Done()
}
