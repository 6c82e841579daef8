package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lockhouse"
)

// The number of an event is made of its transaction's; the migration 00010 says why.
const (
	// numbersBefore is below all numbers of a transaction and those after it.
	numbersBefore = `(SELECT last_value FROM event_base) + (%s::text::bigint << 16)`

	// settled is true of events before which nothing can appear any more.
	settled = `seq < (SELECT last_value FROM event_base) + (pg_snapshot_xmin(pg_current_snapshot())::text::bigint << 16)`
)

// rows asks a single row; a connection can, and a pool's.
type rows interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// foreign tells whether the next event would get a number below others: rows came from another server, by whatever copy.
func foreign(ctx context.Context, c rows) (is bool, err error) {
	next := fmt.Sprintf(numbersBefore, `pg_snapshot_xmax(pg_current_snapshot())`)
	err = c.QueryRow(ctx, `SELECT coalesce(max(seq) >= `+next+`, false) FROM events`).Scan(&is)
	return is, err
}

// fitNumbers refuses a database whose events can't be numbered on as they are.
func fitNumbers(ctx context.Context, c rows) error {
	is, err := foreign(ctx, c)
	if err != nil {
		return unreachable(err)
	}
	if is {
		return lockhouse.Refuse(lockhouse.CodeConflict, "The store's rows were copied from another PostgreSQL server, and its events have to be numbered on from there. Run: lockhouse migrate")
	}
	return nil
}

// renumber lets numbers go on above all there are. Whoever is about to say something waits for it.
func renumber(ctx context.Context, o Options) (err error) {
	conn, err := patient(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if is, err := foreign(ctx, conn); err != nil || !is {
		return err
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE events IN EXCLUSIVE MODE`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `SELECT setval('event_base', 1 + max(seq) - (pg_current_xact_id()::text::bigint << 16)) FROM events`)
		return err
	})
}
