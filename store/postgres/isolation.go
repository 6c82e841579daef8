package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"lockhouse/store"
)

// What a transaction begins with. An Update reads what is committed at each question and locks the rows that it may
// change; a View reads one snapshot.
const (
	beginUpdate = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE`
	beginView   = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
)

// waitsMS is how long to wait before a transaction runs again, after the first, the second … time that another was
// faster or the connection was lost. Its length is the limit of such runs. A server that comes back, or a standby that
// takes over, has some seconds for it; longer than giveUpAfterS nobody is kept in suspense.
var waitsMS = []int{0, 5, 10, 25, 50, 100, 250, 500, 1000, 2000}

// alone runs a transaction on connections of its own until it has ended for good.
func (s *Store) alone(ctx context.Context, writes bool, do func(store.Tx) error) error {
	began := time.Now()
	for try := 0; ; try++ {
		err := s.once(ctx, writes, do)
		t, ok := errors.AsType[*trouble](err)
		if !ok {
			return err
		}
		if !t.again || try == len(waitsMS) || time.Since(began) > giveUpAfterS*time.Second {
			return t.told
		}
		if err := s.pause(ctx, waitsMS[try]); err != nil {
			return err
		}
	}
}

// pause waits about so long: up to half more, so that those that met once do not meet again.
func (s *Store) pause(ctx context.Context, ms int) error {
	if ms == 0 {
		return nil
	}
	select {
	case <-time.After(time.Duration(ms)*time.Millisecond + time.Duration(rand.IntN(500*ms))*time.Microsecond):
		return nil
	case <-ctx.Done():
		return notDone(ctx.Err())
	case <-s.closing:
		return closed()
	}
}

// trouble is how a run ended that had nothing to do with what the function wanted.
type trouble struct {
	again bool  // nothing was done, and it may go better the next time
	told  error // what the caller is told if it is not tried again
}

func (t *trouble) Error() string { return t.told.Error() }
func (t *trouble) Unwrap() error { return t.told }

// once runs a transaction on a connection of its own.
func (s *Store) once(ctx context.Context, writes bool, do func(store.Tx) error) error {
	c, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release() // the pool closes a connection that is broken or still within a transaction
	way := &alone{line: line{c.Conn().PgConn()}}
	t := &tx{way: way, writes: writes, memory: &s.memory}
	return way.told(t, way.end(t, run(t, do)))
}

func (s *Store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, acquireLimitS*time.Second)
	defer cancel()
	c, err := s.pool.Acquire(waiting)
	switch {
	case err == nil:
		return c, nil
	case ctx.Err() != nil:
		return nil, notDone(ctx.Err())
	case waiting.Err() != nil && s.pool.Stat().AcquiredConns() >= s.pool.Config().MaxConns:
		return nil, tooMuch()
	}
	return nil, &trouble{again: true, told: unreachable(err)}
}

// run runs the function. One that panics has failed; the network goes on.
func run(t *tx, do func(store.Tx) error) (err error) {
	defer func() {
		t.over = true // a transaction that outlives its function is a fault: let it show at once
		if p := recover(); p != nil {
			err = fmt.Errorf("a transaction panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return do(t)
}
