package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lockhouse"
	"lockhouse/store/backup"
)

// Sink fills a database in which nothing is. All of it is one transaction: until Finish nobody sees a row.
type Sink struct {
	conn    *pgx.Conn
	options Options
	tables  []backup.Table
}

var _ backup.Sink = (*Sink)(nil)

// NewSink makes the tables of a schema, which may be older than this binary's, in a database that has none or only empty
// ones.
func NewSink(ctx context.Context, o Options, schema int64) (*Sink, error) {
	if err := migrateTo(ctx, o, schema, func(string) {}); err != nil {
		return nil, err
	}
	conn, err := patient(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &Sink{conn: conn, options: o}
	if _, err := conn.Exec(ctx, `BEGIN`); err != nil {
		return nil, errors.Join(unreachable(err), s.Close())
	}
	if s.tables, err = tableList(ctx, conn); err == nil {
		err = s.empty(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// put are tables in which migrations put a row.
var put = map[string]bool{"outbox": true, "walks": true, "register_head": true}

// empty refuses a store that is in use, takes the whole of it for itself, and takes out the few rows that migrations put in.
func (s *Sink) empty(ctx context.Context) error {
	for _, t := range s.tables {
		if _, err := s.conn.Exec(ctx, `LOCK TABLE `+quoted(t.Name)); err != nil {
			return err
		}
		if put[t.Name] {
			if _, err := s.conn.Exec(ctx, `DELETE FROM `+quoted(t.Name)); err != nil {
				return err
			}
		}
		var used bool
		if err := s.conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+quoted(t.Name)+`)`).Scan(&used); err != nil {
			return err
		}
		if used {
			return lockhouse.Refuse(lockhouse.CodeConflict, "There is a store in %s already. Give an empty database.", s.options.Describe())
		}
	}
	return nil
}

// Load inserts rows. Texts of others' servers may hold bytes that PostgreSQL does not take; they become U+FFFD, as when
// they are written there.
func (s *Sink) Load(ctx context.Context, t backup.Table, rows [][]any) error {
	if err := s.months(ctx, t, rows); err != nil {
		return err
	}
	for _, row := range rows {
		sanitised(row)
	}
	_, err := s.conn.CopyFrom(ctx, pgx.Identifier{t.Name}, t.Columns, pgx.CopyFromRows(rows))
	if err != nil {
		return fmt.Errorf("rows of %s: %w", t.Name, plain(err))
	}
	return nil
}

// sanitised makes texts such as PostgreSQL takes.
func sanitised(row []any) []any {
	for i, v := range row {
		if word, ok := v.(string); ok {
			row[i] = string(text(word))
		}
	}
	return row
}

// months makes the months of the past that rows belong to. Their first column is n.
func (s *Sink) months(ctx context.Context, t backup.Table, rows [][]any) error {
	if t.Name != pastTable && t.Name != receiptsTable {
		return nil
	}
	made := map[string]bool{}
	for _, row := range rows {
		n, ok := row[0].(int64)
		m := monthOf(t.Name, time.UnixMicro(n))
		if !ok || made[m.name()] {
			continue
		}
		made[m.name()] = true
		if _, err := s.conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+m.name()+` PARTITION OF `+m.table+` FOR VALUES `+m.values()); err != nil {
			return plain(err)
		}
	}
	return nil
}

// Count counts a table's rows.
func (s *Sink) Count(ctx context.Context, table string) (int64, error) {
	return countOf(ctx, s.conn, table)
}

// Finish lets numbers go on from the highest, commits and migrates.
func (s *Sink) Finish(ctx context.Context) error {
	if err := s.numbers(ctx); err != nil {
		return err
	}
	if _, err := s.conn.Exec(ctx, `COMMIT`); err != nil {
		return err
	}
	if err := Migrate(ctx, s.options, func(string) {}); err != nil {
		return err
	}
	_, err := s.conn.Exec(ctx, `ANALYZE`)
	return err
}

func (s *Sink) numbers(ctx context.Context) error {
	rows, err := s.conn.Query(ctx, `SELECT relname::text, attname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
		WHERE relnamespace = current_schema()::regnamespace AND attidentity <> ''`)
	if err != nil {
		return err
	}
	var set []string
	var table, column string
	_, err = pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		set = append(set, fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%s', '%s'), max(%s)) FROM %s HAVING max(%s) IS NOT NULL`,
			table, column, quoted(column), quoted(table), quoted(column)))
		return nil
	})
	for _, sql := range set {
		if err == nil {
			_, err = s.conn.Exec(ctx, sql)
		}
	}
	return err
}

// Close forgets what was not finished.
func (s *Sink) Close() error { return s.conn.Close(context.Background()) }
