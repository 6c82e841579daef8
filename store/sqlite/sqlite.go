// Package sqlite keeps everything in one SQLite file: the store of a network on one machine.
//
// One goroutine writes (writer.go): transactions that wait at the same time share one commit, and so one sync of the
// disk, each within a savepoint of its own. Readers come from a small pool and never wait for the writer (WAL). Every
// commit is synced before anybody is told (synchronous=FULL): only then may it be acknowledged.
//
// Each piece of store.Tx has a file of its name. SQL stands beside the verb that needs it; conn.go prepares each
// statement once for each connection.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"lockhouse"
	"lockhouse/store"
)

// readers is the size of the pool. Reads take microseconds and are bound by the processor.
const readers = 4

// Store is one open file.
type Store struct {
	writer  *writer
	readers chan *conn // those that nobody uses
	pool    int        // how many there are in all
	closing chan struct{}
	once    sync.Once
}

var _ store.Store = (*Store)(nil)

// Open opens the file, or makes it, and starts the writer. A file whose schema is newer than this binary is refused, and one
// that is older with the command that migrates it.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := private(path); err != nil {
		return nil, err
	}
	if err := fit(ctx, path); err != nil {
		return nil, err
	}
	s := &Store{readers: make(chan *conn, readers), closing: make(chan struct{})}
	shared := &lasting{}
	for range readers {
		c, err := open(path, readOnly)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		c.lasting = shared
		s.readers <- c
		s.pool++
	}
	c, err := open(path, readWrite)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := notMoved(c); err != nil {
		return nil, errors.Join(err, c.Close(), s.Close())
	}
	if err := abandonKilled(c, path); err != nil {
		return nil, errors.Join(err, c.Close(), s.Close())
	}
	moves, err := open(path, readWrite)
	if err != nil {
		return nil, errors.Join(err, c.Close(), s.Close())
	}
	c.lasting = shared
	s.writer = startWriter(c, startCheckpointer(moves))
	return s, nil
}

// private creates the file, if it does not exist, so that nobody else on the machine can read it.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	return f.Close()
}

// View runs do on a snapshot that no writer changes. Nothing can be written in it.
func (s *Store) View(ctx context.Context, do func(store.Tx) error) error {
	select {
	case <-s.closing:
		return closed()
	default:
	}
	select {
	case c := <-s.readers:
		defer func() { s.readers <- c }()
		return c.view(ctx, do)
	case <-s.closing:
		return closed()
	case <-ctx.Done():
		return notDone(ctx.Err())
	}
}

// Update runs do in a transaction. It returns nil only when that is durable. An error says that nothing was written,
// with one exception: unavailable after a failed commit says that nobody knows.
//
// A ctx that ends before do's turn has come takes it out of the queue. Once do runs, Update waits for how it ends, so
// that what it says is true and do's variables are the caller's again.
func (s *Store) Update(ctx context.Context, do func(store.Tx) error) error {
	return s.writer.update(ctx, do)
}

// Close refuses what comes from now on, waits for what was accepted, and closes the file. The last connection to close
// moves the log into the file, so the writer's does.
func (s *Store) Close() (err error) {
	s.once.Do(func() {
		close(s.closing)
		var errs []error
		for range s.pool {
			errs = append(errs, (<-s.readers).Close())
		}
		if s.writer != nil {
			errs = append(errs, s.writer.close())
		}
		err = errors.Join(errs...)
	})
	return err
}

func closed() error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network is shutting down; nothing was done. Try again in a minute.")
}

func notDone(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "It took too long to get to it; nothing was done. Try again.").Because(cause)
}
