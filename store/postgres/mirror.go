package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"lockhouse"
	"lockhouse/store/backup"
)

// movingMark is the table that stands in a database to which another store is being moved: it is not whole yet, and no
// network may open it.
const movingMark = "moving"

// Mirror is a database that follows another store until it takes its place.
type Mirror struct {
	conn    *pgx.Conn
	options Options
}

// NewMirror gives the empty store that a move fills, or, where a move was broken off, empties what it had filled. A
// database that is in use is refused.
func NewMirror(ctx context.Context, o Options, schema int64) (*Sink, error) {
	if err := migrateTo(ctx, o, schema, func(string) {}); err != nil {
		return nil, err
	}
	conn, err := patient(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := restart(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	if err := conn.Close(ctx); err != nil {
		return nil, err
	}
	s, err := NewSink(ctx, o, schema)
	if err != nil {
		return nil, err
	}
	if _, err := s.conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+movingMark+` (one integer)`); err != nil {
		return nil, errors.Join(plain(err), s.Close())
	}
	return s, nil
}

// restart empties a database that has the mark.
func restart(ctx context.Context, conn *pgx.Conn) error {
	marked, err := isMarked(ctx, conn)
	if err != nil || !marked {
		return err
	}
	tables, err := tableList(ctx, conn)
	if err != nil {
		return err
	}
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = quoted(t.Name)
	}
	_, err = conn.Exec(ctx, `TRUNCATE `+strings.Join(names, ", "))
	return err
}

type queryer interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func isMarked(ctx context.Context, q queryer) (marked bool, err error) {
	err = q.QueryRow(ctx, `SELECT to_regclass('`+movingMark+`') IS NOT NULL`).Scan(&marked)
	return marked, err
}

// whole refuses a database to which a move is still under way.
func whole(ctx context.Context, c *pgxpool.Conn) error {
	marked, err := isMarked(ctx, c)
	if err == nil && marked {
		err = lockhouse.Refuse(lockhouse.CodeConflict, "A store is being moved to this database, and not all of it is here. Let 'lockhouse move' end first.")
	}
	return err
}

// OpenMirror opens what was filled, to let it follow. Without the mark it is a whole store, and refused.
func OpenMirror(ctx context.Context, o Options) (*Mirror, error) {
	conn, err := patient(ctx, o)
	if err != nil {
		return nil, err
	}
	marked, err := isMarked(ctx, conn)
	if err == nil && !marked {
		err = lockhouse.Refuse(lockhouse.CodeConflict, "%s is a whole store: nothing is moved into it.", o.Describe())
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return &Mirror{conn: conn, options: o}, nil
}

// Follow makes rows of one table as they are elsewhere now: those that are gone there, by their keys, first.
type Follow struct {
	Table backup.Table
	Key   []string
	Gone  [][]any
	Rows  [][]any
}

// Apply follows in one transaction. What goes, goes before anything comes: a name that one row gave up may be another's now.
func (m *Mirror) Apply(ctx context.Context, all []Follow) error {
	return pgx.BeginFunc(ctx, m.conn, func(t pgx.Tx) error {
		b := &pgx.Batch{}
		for _, f := range all {
			for _, key := range f.Gone {
				b.Queue(`DELETE FROM `+quoted(f.Table.Name)+` WHERE `+places(f.Key, ` AND `), sanitised(key)...)
			}
		}
		for _, f := range all {
			if err := (&Sink{conn: t.Conn()}).months(ctx, f.Table, f.Rows); err != nil {
				return err
			}
			sql := upsert(f)
			for _, row := range f.Rows {
				b.Queue(sql, sanitised(row)...)
			}
		}
		if err := t.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("following: %w", plain(err))
		}
		return nil
	})
}

func places(columns []string, between string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = fmt.Sprintf("%s = $%d", quoted(c), i+1)
	}
	return strings.Join(parts, between)
}

// upsert writes a row, whether it was there or not.
func upsert(f Follow) string {
	marks, sets := make([]string, len(f.Table.Columns)), make([]string, len(f.Table.Columns))
	for i, c := range f.Table.Columns {
		marks[i], sets[i] = fmt.Sprintf("$%d", i+1), quoted(c)+" = excluded."+quoted(c)
	}
	return `INSERT INTO ` + quoted(f.Table.Name) + ` (` + list(f.Table.Columns) + `) VALUES (` + strings.Join(marks, ", ") + `)
		ON CONFLICT (` + list(f.Key) + `) DO UPDATE SET ` + strings.Join(sets, ", ")
}

// Source reads what is here now.
func (m *Mirror) Source(ctx context.Context) (*Source, error) { return OpenSource(ctx, m.options) }

// TakePlace ends the following: numbers go on from the highest, and the database is a store like any other.
func (m *Mirror) TakePlace(ctx context.Context) error {
	s := &Sink{conn: m.conn}
	if err := errors.Join(s.numbers(ctx), renumber(ctx, m.options)); err != nil {
		return err
	}
	if _, err := m.conn.Exec(ctx, `DROP TABLE `+movingMark); err != nil {
		return err
	}
	_, err := m.conn.Exec(ctx, `ANALYZE`)
	return err
}

// Close disconnects.
func (m *Mirror) Close() error { return m.conn.Close(context.Background()) }
