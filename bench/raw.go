package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/ncruces/go-sqlite3"

	"lockhouse/store/sqlite"
)

const (
	rawGroup       = 256 // holds in one commit
	rawConnections = 24  // to PostgreSQL
	roomBytes      = 120 // of a room's counts for two months
)

// The rows of a hold: itself, what is said of it, and the room that it takes, with times and days as numbers.
const (
	rawHoldSQL = `INSERT INTO holds (id, shop, reference, site, length_mm, width_mm, height_mm, weight_g, size, rank, from_day, until_day,
		state, lapses_at, placed_at, parcel) VALUES ($1, 'shop_bench', $2, $3, 300, 200, 60, 900, 'S', 1, $4, $5, 'placed', $6, $7, '')`
	rawEventSQL = `INSERT INTO events (kind, at, shop, hold, parcel, site, locker, compartment, note) VALUES ('hold.placed', $1, 'shop_bench', $2, '', $3, '', 0, '')`
	// On PostgreSQL an event has a number of its transaction's.
	rawNumberedSQL = `INSERT INTO events (seq, kind, at, shop, hold, parcel, site, locker, compartment, note)
		VALUES (event_numbers(1) + 1, 'hold.placed', $1, 'shop_bench', $2, '', $3, '', 0, '')`
	rawRoomSQL = `UPDATE rooms SET kept = $1 WHERE site = $2`
)

// rawRow gives what the n-th hold's rows have in them.
func rawRow(n int64) (id, reference, site string, from, until, lapses, placed int64) {
	i, day := ofHold(n)
	now := time.Now().UnixMicro()
	return fmt.Sprintf("hold_%026d", n), fmt.Sprint("cart-", n), string(siteID(i)), int64(day), int64(day) + 4, now + 900_000_000, now
}

// rawSQLite keeps holds' rows with a goroutine that commits all that waits at once, and nothing else: no savepoints, no
// reading, no deciding.
type rawSQLite struct {
	db    *sqlite3.Conn
	stmts []*sqlite3.Stmt
	queue chan rawJob
	done  sync.WaitGroup
}

type rawJob struct {
	n      int64
	answer chan error
}

// openRaw makes a file with our schema and opens it as a program would that wants no more than durable commits.
func openRaw(ctx context.Context, path string) (*rawSQLite, error) {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(furnishHolds(ctx, s), s.Close()); err != nil {
		return nil, err
	}
	r := &rawSQLite{queue: make(chan rawJob, rawGroup)}
	if r.db, err = sqlite3.Open(path); err != nil {
		return nil, err
	}
	err = r.db.Exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000`)
	for _, sql := range []string{rawHoldSQL, rawEventSQL, rawRoomSQL} {
		stmt, _, failed := r.db.Prepare(sql)
		err = errors.Join(err, failed)
		r.stmts = append(r.stmts, stmt)
	}
	if err != nil {
		return nil, errors.Join(err, r.db.Close())
	}
	r.done.Go(r.run)
	return r, nil
}

func (r *rawSQLite) keep(_ context.Context, n int64) error {
	j := rawJob{n, make(chan error, 1)}
	r.queue <- j
	return <-j.answer
}

func (r *rawSQLite) run() {
	for j := range r.queue {
		group := []rawJob{j}
		err := errors.Join(r.db.Exec(`BEGIN IMMEDIATE`), r.write(j.n))
		for len(group) < rawGroup && len(r.queue) > 0 {
			j := <-r.queue
			group = append(group, j)
			err = errors.Join(err, r.write(j.n))
		}
		err = errors.Join(err, r.db.Exec(`COMMIT`))
		for _, j := range group {
			j.answer <- err
		}
	}
}

func (r *rawSQLite) write(n int64) error {
	id, reference, site, from, until, lapses, placed := rawRow(n)
	h, e, room := r.stmts[0], r.stmts[1], r.stmts[2]
	return errors.Join(
		h.BindText(1, id), h.BindText(2, reference), h.BindText(3, site), h.BindInt64(4, from), h.BindInt64(5, until),
		h.BindInt64(6, lapses), h.BindInt64(7, placed), h.Exec(),
		e.BindInt64(1, placed), e.BindText(2, id), e.BindText(3, site), e.Exec(),
		room.BindBlob(1, make([]byte, roomBytes)), room.BindText(2, site), room.Exec())
}

func (r *rawSQLite) close() error {
	close(r.queue)
	r.done.Wait()
	var errs []error
	for _, s := range r.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, r.db.Close())...)
}

// rawPostgres keeps holds' rows in a transaction for each, one trip long; the commits are PostgreSQL's to group.
type rawPostgres struct{ pool *pgxpool.Pool }

func openRawPostgres(ctx context.Context, url string) (rawPostgres, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return rawPostgres{}, err
	}
	config.MaxConns = rawConnections
	pool, err := pgxpool.NewWithConfig(ctx, config)
	return rawPostgres{pool}, err
}

func (r rawPostgres) keep(ctx context.Context, n int64) error {
	id, reference, site, from, until, lapses, placed := rawRow(n)
	batch := &pgx.Batch{}
	batch.Queue(`BEGIN`)
	batch.Queue(rawHoldSQL, "raw_"+id, "raw-"+reference, site, from, until, lapses, placed)
	batch.Queue(rawNumberedSQL, placed, id, site)
	batch.Queue(rawRoomSQL, make([]byte, roomBytes), site)
	batch.Queue(`COMMIT`)
	return r.pool.SendBatch(ctx, batch).Close()
}

func (r rawPostgres) close() { r.pool.Close() }
