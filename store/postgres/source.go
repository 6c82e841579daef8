package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"lockhouse"
	"lockhouse/store/backup"
)

// Source reads everything out of a database, as it was at one moment, while others go on to read and write it.
type Source struct {
	conn   *pgx.Conn
	schema int64
	tables []backup.Table
}

var _ backup.Source = (*Source)(nil)

// OpenSource connects and begins a snapshot. It does not migrate.
func OpenSource(ctx context.Context, o Options) (*Source, error) {
	conn, err := patient(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &Source{conn: conn}
	if _, err := conn.Exec(ctx, beginView); err != nil {
		return nil, errors.Join(unreachable(err), s.Close())
	}
	err = conn.QueryRow(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&s.schema)
	if hasCode(err, undefinedTable) {
		err = lockhouse.Refuse(lockhouse.CodeNotFound, "There is no store in %s.", o.Describe())
	}
	if err == nil {
		s.tables, err = tableList(ctx, conn)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// patient connects without the limits that a transaction of daily use has.
func patient(ctx context.Context, o Options) (*pgx.Conn, error) {
	config, err := o.pool()
	if err != nil {
		return nil, err
	}
	for name := range settings {
		if strings.HasSuffix(name, "_timeout") {
			delete(config.ConnConfig.RuntimeParams, name)
		}
	}
	delete(config.ConnConfig.RuntimeParams, "enable_seqscan")
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, unreachable(err)
	}
	return conn, nil
}

// parents are the tables that others refer to.
var parents = []string{"sites", "lockers"}

// tableList lists the tables with their columns, each after those that it refers to. Parts of tables, and the number of the
// transaction that said an event, are this database's own affair.
func tableList(ctx context.Context, conn *pgx.Conn) (tables []backup.Table, err error) {
	rows, err := conn.Query(ctx, `SELECT relname::text, array_agg(attname::text ORDER BY attnum) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
		WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT IN ('goose_db_version', '`+movingMark+`')
		AND attnum > 0 AND NOT attisdropped AND atttypid <> 'xid8'::regtype GROUP BY relname ORDER BY relname`)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", plain(err))
	}
	var t backup.Table
	_, err = pgx.ForEachRow(rows, []any{&t.Name, &t.Columns}, func() error {
		tables = append(tables, backup.Table{Name: t.Name, Columns: slices.Clone(t.Columns)})
		return nil
	})
	slices.SortStableFunc(tables, func(a, b backup.Table) int { return rankOf(a.Name) - rankOf(b.Name) })
	return tables, err
}

func rankOf(name string) int {
	if i := slices.Index(parents, name); i >= 0 {
		return i
	}
	return len(parents)
}

// Schema gives the version of the database's schema.
func (s *Source) Schema() int64 { return s.schema }

// Tables lists them.
func (s *Source) Tables() []backup.Table { return s.tables }

// Count counts a table's rows.
func (s *Source) Count(ctx context.Context, table string) (int64, error) {
	return countOf(ctx, s.conn, table)
}

func countOf(ctx context.Context, conn *pgx.Conn, table string) (n int64, err error) {
	err = conn.QueryRow(ctx, `SELECT count(*) FROM `+quoted(table)).Scan(&n)
	return n, err
}

// Rows reads a table, whole numbers of any width as int64.
func (s *Source) Rows(ctx context.Context, t backup.Table, each func([]any) error) error {
	rows, err := s.conn.Query(ctx, `SELECT `+list(t.Columns)+` FROM `+quoted(t.Name))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		for i, v := range values {
			switch n := v.(type) {
			case int16:
				values[i] = int64(n)
			case int32:
				values[i] = int64(n)
			}
		}
		if err := each(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Close ends the snapshot.
func (s *Source) Close() error { return s.conn.Close(context.Background()) }

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

func list(columns []string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quoted(c)
	}
	return strings.Join(names, ", ")
}
