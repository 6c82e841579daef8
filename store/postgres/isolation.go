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
// takes over, has some seconds for it.
var waitsMS = []int{0, 5, 10, 25, 50, 100, 250, 500, 1000, 2000}

// run runs a transaction until it has ended for good.
func (s *Store) run(ctx context.Context, kind *tx, do func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return notDone(err)
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	for try := 0; ; try++ {
		err := s.once(ctx, kind.writes, do)
		var t *trouble
		if !errors.As(err, &t) {
			return err
		}
		if !t.again || try == len(waitsMS) {
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
	t := &tx{line: line{c.Conn().PgConn()}, writes: writes}
	err = t.end(call(t, do))
	if !isRefusal(err) {
		return err
	}
	return t.told(err)
}

// end ends a transaction whose function has returned.
func (t *tx) end(err error) error {
	switch {
	case t.broken != nil: // whatever the function made of it
		t.rollback()
		return t.meaning()
	case err != nil:
		t.rollback()
		return err
	}
	return t.commit()
}

// told gives a refusal to the caller, unless it was made in ignorance: what the transaction looked for and did not find, and
// so could not lock, may have come while it waited for something else. Then it runs again and finds it. Of two equal
// requests at once, the second would otherwise be refused for what the first one got.
func (t *tx) told(refusal error) error {
	for _, missed := range t.missed {
		found := false
		missed.read = func(*row) { found = true }
		if b := t.line.send([]statement{missed}); b != nil {
			return &trouble{again: true, told: unreachable(b.cause)}
		}
		if found {
			return &trouble{again: true, told: busy(errOvertaken)}
		}
	}
	return refusal
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

// call runs the function. One that panics has failed; the network goes on.
func call(t *tx, do func(store.Tx) error) (err error) {
	defer func() {
		t.over = true // a transaction that outlives its function is a fault: let it show at once
		if p := recover(); p != nil {
			err = fmt.Errorf("a transaction panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return do(t)
}
