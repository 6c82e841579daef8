package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"lockhouse"
	"lockhouse/store"
)

// busyFor is how long a statement waits for another process that has the file, such as a backup.
const busyFor = 5 * time.Second

// What connections are told. FULL syncs the log at every commit; 16,000 pages of log are 64 MB, after which whoever writes
// moves them into the file, each page once however often it was written (the store's own writer: checkpoint.go); freed content is overwritten, so that a person's
// forgotten key is gone from the file too. The writer's cache is 16 MB: a commit in which SQLite balanced a tree walks
// through all of it.
const (
	everywhere = `PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;`
	readWrite  = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000; PRAGMA cache_size = -16000;` + everywhere
	readOnly   = `PRAGMA cache_size = -8000; PRAGMA query_only = ON;` + everywhere
)

// conn is one connection with its prepared statements. One goroutine uses it at a time.
type conn struct {
	*sqlite3.Conn
	stmts   map[string]*sqlite3.Stmt
	lasting *lasting // shared with the store's other connections
	seen    seen
}

func open(path, pragmas string) (*conn, error) {
	db, err := openGathering(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	// A statement keeps the plan it was prepared with. Without that, SQLite plans it anew each time a value bound to its
	// LIMIT might matter, which costs more than most of ours take.
	_, err = db.Config(sqlite3.DBCONFIG_ENABLE_QPSG, true)
	if err := errors.Join(err, db.BusyTimeout(busyFor), db.Exec(pragmas)); err != nil {
		return nil, errors.Join(fmt.Errorf("set up the store: %w", err), db.Close())
	}
	return &conn{Conn: db, stmts: map[string]*sqlite3.Stmt{}, lasting: &lasting{}}, nil
}

// Close closes the connection and its statements.
func (c *conn) Close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.Conn.Close())...)
}

// view runs do in a read transaction, interrupted when ctx ends.
func (c *conn) view(ctx context.Context, do func(store.Tx) error) (err error) {
	defer c.SetInterrupt(c.SetInterrupt(ctx))
	if err := c.begin(`BEGIN`); err != nil {
		return unread(err)
	}
	t := &tx{conn: c}
	defer func() {
		t.conn = nil // a transaction that outlives its function is a fault: let it show at once
		c.SetInterrupt(context.Background())
		if end := c.run(`ROLLBACK`); end != nil && err == nil {
			err = unread(end)
		}
	}()
	switch err = do(t); {
	case errors.Is(err, sqlite3.INTERRUPT):
		return notDone(err)
	case unwell(err):
		return unread(err)
	}
	return err
}

// begin begins a transaction, which knows nothing yet.
func (c *conn) begin(how string) error {
	c.seen = seen{}
	return c.run(how)
}

func unread(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The store can't be read now. Try again in a minute.").Because(cause)
}

// tx is one transaction on a connection, and what it has just found out: one step after the other asks for the same.
type tx struct {
	conn    *conn
	last    lockhouse.Parcel // read last and not changed since, or empty
	made    lockhouse.ParcelID
	hold    knownHold
	noPast  order // of which there is nothing in the past, or empty
	applied applied
}

// order is a shop's name for a parcel and its hold.
type order struct {
	shop      lockhouse.ShopID
	reference string
}

// applied is how far a locker's receipts have had their effect.
type applied struct {
	locker  lockhouse.LockerID
	through uint64
}

var _ store.Tx = (*tx)(nil)

// run executes a statement that gives no rows.
func (c *conn) run(sql string, args ...any) error {
	s, err := c.prepared(sql, args)
	if err != nil {
		return err
	}
	return s.Exec()
}

// rows executes a statement and has each row read.
func (c *conn) rows(sql string, read func(*row), args ...any) error {
	s, err := c.prepared(sql, args)
	if err != nil {
		return err
	}
	for s.Step() {
		read(&row{stmt: s})
	}
	return s.Reset()
}

// prepared gives the statement for some SQL, with its arguments bound: all of them, each time, so none is left from before.
func (c *conn) prepared(sql string, args []any) (*sqlite3.Stmt, error) {
	s, ok := c.stmts[sql]
	if !ok {
		var err error
		if s, _, err = c.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT); err != nil {
			return nil, fmt.Errorf("prepare %q: %w", sql, err)
		}
		c.stmts[sql] = s
	}
	for i, arg := range args {
		if err := bind(s, i+1, arg); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// changed tells whether the last statement changed a row.
func (c *conn) changed() bool { return c.Changes() > 0 }

// one reads a single row; found is false when there was none.
func one[T any](t *tx, read func(*row) T, sql string, args ...any) (v T, found bool, err error) {
	err = t.conn.rows(sql, func(r *row) { v, found = read(r), true }, args...)
	return v, found, err
}

// must reads a single row, and refuses with a sentence when there is none.
func must[T any](t *tx, none string, read func(*row) T, sql string, args ...any) (T, error) {
	v, found, err := one(t, read, sql, args...)
	if err == nil && !found {
		err = lockhouse.Refuse(lockhouse.CodeNotFound, "%s", none)
	}
	return v, err
}

// all reads every row.
func all[T any](t *tx, read func(*row) T, sql string, args ...any) (list []T, err error) {
	err = t.conn.rows(sql, func(r *row) { list = append(list, read(r)) }, args...)
	return list, err
}

// change runs a statement that must change something, and refuses with a sentence when it did not.
func (t *tx) change(none, sql string, args ...any) error {
	if err := t.conn.run(sql, args...); err != nil {
		return err
	}
	if !t.conn.changed() {
		return lockhouse.Refuse(lockhouse.CodeNotFound, "%s", none)
	}
	return nil
}

// insert runs an INSERT, and refuses with a sentence what is there already.
func (t *tx) insert(there, sql string, args ...any) error {
	err := t.conn.run(sql, args...)
	if errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) || errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY) {
		return lockhouse.Refuse(lockhouse.CodeConflict, "%s", there).Because(err)
	}
	return err
}
