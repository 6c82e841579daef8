package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"lockhouse"
	"lockhouse/store/backup"
)

// Source reads everything out of a file, as it was at one moment, while others go on to read and write it. As long as it is
// open the log of what they write is not moved into the file, and grows.
type Source struct {
	conn   *conn
	schema int64
	tables []backup.Table
}

var _ backup.Source = (*Source)(nil)

// OpenSource opens a file that is there. It neither makes nor migrates one.
func OpenSource(ctx context.Context, path string) (*Source, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, lockhouse.Refuse(lockhouse.CodeNotFound, "There is no store at %s.", path).Because(err)
	}
	c, err := open(path, readOnly)
	if err != nil {
		return nil, err
	}
	s := &Source{conn: c}
	c.SetInterrupt(ctx)
	if err := errors.Join(c.run(`BEGIN`), s.look()); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return s, nil
}

// look reads the schema, and with that the snapshot begins.
func (s *Source) look() (err error) {
	t := &tx{conn: s.conn}
	if s.schema, _, err = one(t, (*row).int64, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`); err != nil {
		return fmt.Errorf("read the store's version: %w", err)
	}
	s.tables, err = tablesOf(t)
	return err
}

// parents are the tables that others refer to.
var parents = []string{"sites", "lockers", "deliveries"}

// tablesOf lists the tables with their columns, each after those that it refers to. The number by which this file's readers
// remember what lasts is its own: triggers raise it while another is filled.
func tablesOf(t *tx) ([]backup.Table, error) {
	names, err := all(t, (*row).text, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
		AND name NOT IN ('goose_db_version', 'lasting', '`+movedMark+`') AND substr(name, 1, length(?)) <> ? ORDER BY name`, logPrefix, logPrefix)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(names, func(a, b string) int { return rankOf(a) - rankOf(b) })
	tables := make([]backup.Table, len(names))
	for i, name := range names {
		columns, err := all(t, (*row).text, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, name)
		if err != nil {
			return nil, err
		}
		tables[i] = backup.Table{Name: name, Columns: columns}
	}
	return tables, nil
}

func rankOf(name string) int {
	if i := slices.Index(parents, name); i >= 0 {
		return i
	}
	return len(parents)
}

// Schema gives the version of the file's schema.
func (s *Source) Schema() int64 { return s.schema }

// Tables lists them.
func (s *Source) Tables() []backup.Table { return s.tables }

// Count counts a table's rows.
func (s *Source) Count(ctx context.Context, table string) (int64, error) {
	return countOf(ctx, s.conn, table)
}

func countOf(ctx context.Context, c *conn, table string) (int64, error) {
	defer c.SetInterrupt(c.SetInterrupt(ctx))
	n, _, err := one(&tx{conn: c}, (*row).int64, `SELECT count(*) FROM `+quoted(table))
	return n, err
}

// Rows reads a table in the order in which it lies.
func (s *Source) Rows(ctx context.Context, t backup.Table, each func([]any) error) error {
	defer s.conn.SetInterrupt(s.conn.SetInterrupt(ctx))
	stmt, _, err := s.conn.Prepare(`SELECT ` + list(t.Columns) + ` FROM ` + quoted(t.Name))
	if err != nil {
		return err
	}
	defer stmt.Close()
	for stmt.Step() {
		values := make([]any, len(t.Columns))
		for i := range values {
			values[i] = valueOf(stmt, i)
		}
		if err := each(values); err != nil {
			return err
		}
	}
	return stmt.Err()
}

func valueOf(s *sqlite3.Stmt, col int) any {
	switch s.ColumnType(col) {
	case sqlite3.INTEGER:
		return s.ColumnInt64(col)
	case sqlite3.FLOAT:
		return s.ColumnFloat(col)
	case sqlite3.TEXT:
		return s.ColumnText(col)
	case sqlite3.BLOB:
		if b := s.ColumnBlob(col, nil); b != nil {
			return b
		}
		return []byte{}
	}
	return nil
}

// Close ends the snapshot.
func (s *Source) Close() error { return s.conn.Close() }

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func list(columns []string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quoted(c)
	}
	return strings.Join(names, ", ")
}
