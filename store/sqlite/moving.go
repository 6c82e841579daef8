package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/internal/solo"
	"lockhouse/store/backup"
)

// Moving is a file whose content goes to another store while networks go on to use it. Triggers write down which rows were
// changed since it began; whoever copies the file then copies those again, until there is nothing left to copy.
//
// In the end one transaction makes the file refuse every write, also by binaries that know nothing of a move: what is still
// open answers that the store was moved.
type Moving struct {
	conn   *conn
	tables []backup.Table
	keys   map[string][]string // the columns of each table's primary key
	alone  func() error        // lets another move begin
}

// The tables of a move: a log for each table, and the mark of a file that was moved. Beside the file lies one that is empty,
// and locked while a move is under way.
const (
	logPrefix    = "moving_"
	movedMark    = "moved"
	movingSuffix = ".moving"
)

// changesAtOnce is how many changed rows of one table are copied at once.
const changesAtOnce = 500

// OpenMoving opens a file of this binary's schema. One that was moved already is a conflict, and so is one that is being
// moved: of two moves, one would take what was written down for the other.
func OpenMoving(ctx context.Context, path string) (*Moving, error) {
	if err := fit(ctx, path); err != nil {
		return nil, err
	}
	_, alone, err := solo.Claim(path + movingSuffix)
	if err != nil {
		return nil, lockhouse.Refuse(lockhouse.CodeConflict, "Another move of this store is under way. (This can be told on Linux alone; elsewhere a store is not moved.)").Because(err)
	}
	c, err := open(path, readWrite)
	if err != nil {
		return nil, errors.Join(err, alone())
	}
	m := &Moving{conn: c, keys: map[string][]string{}, alone: alone}
	if err := errors.Join(notMoved(c), m.look()); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// look reads which tables there are, and their keys.
func (m *Moving) look() (err error) {
	t := &tx{conn: m.conn}
	if m.tables, err = tablesOf(t); err != nil {
		return err
	}
	for _, table := range m.tables {
		m.keys[table.Name], err = all(t, (*row).text, `SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`, table.Name)
		if err != nil || len(m.keys[table.Name]) == 0 {
			return fmt.Errorf("the key of %s: %w", table.Name, err)
		}
	}
	return nil
}

// Tables lists what goes.
func (m *Moving) Tables() []backup.Table { return m.tables }

// Key gives the columns of a table's primary key.
func (m *Moving) Key(table string) []string { return m.keys[table] }

// Begin lets changes be written down from now on. What an earlier move that was broken off has left is forgotten.
func (m *Moving) Begin() error {
	return m.within(func() error {
		if err := m.forget(); err != nil {
			return err
		}
		for _, t := range m.tables {
			if err := m.conn.Exec(m.logged(t.Name)); err != nil {
				return fmt.Errorf("watching %s: %w", t.Name, err)
			}
		}
		return nil
	})
}

// logged is the SQL by which changes of a table are written down, each by the key of its row.
func (m *Moving) logged(table string) string {
	log, key := quoted(logPrefix+table), m.keys[table]
	of := func(which string) string {
		values := make([]string, len(key))
		for i, k := range key {
			values[i] = which + "." + quoted(k)
		}
		return `INSERT INTO ` + log + ` (` + list(key) + `) VALUES (` + strings.Join(values, ", ") + `);`
	}
	var sql strings.Builder
	fmt.Fprintf(&sql, `CREATE TABLE %s (moving_n INTEGER PRIMARY KEY AUTOINCREMENT, %s);`, log, list(key))
	for event, records := range map[string]string{"INSERT": of("NEW"), "UPDATE": of("OLD") + of("NEW"), "DELETE": of("OLD")} {
		fmt.Fprintf(&sql, `CREATE TRIGGER %s AFTER %s ON %s BEGIN %s END;`, quoted(logPrefix+table+"_"+strings.ToLower(event)), event, quoted(table), records)
	}
	return sql.String()
}

// forget takes away what a move keeps.
func (m *Moving) forget() error {
	t := &tx{conn: m.conn}
	for _, kind := range []string{"trigger", "table"} {
		names, err := all(t, (*row).text, `SELECT name FROM sqlite_schema WHERE type = ? AND substr(name, 1, length(?)) = ?`, kind, logPrefix, logPrefix)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := m.conn.Exec(`DROP ` + kind + ` ` + quoted(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Abandon lets the file be as if no move had begun.
func (m *Moving) Abandon() error { return m.within(m.forget) }

// abandonKilled does so where a move has left its logs and lives no more: else every change would be written down twice, for
// nobody and for ever. One that is under way is left alone.
func abandonKilled(c *conn, path string) error {
	_, left, err := one(&tx{conn: c}, (*row).text, `SELECT name FROM sqlite_schema WHERE substr(name, 1, length(?)) = ? LIMIT 1`, logPrefix, logPrefix)
	if err != nil || !left {
		return err
	}
	_, alone, err := solo.Claim(path + movingSuffix)
	if errors.Is(err, solo.ErrTaken) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join((&Moving{conn: c}).Abandon(), alone())
}

// Changes are rows of one table that were changed.
type Changes struct {
	Table backup.Table
	Rows  [][]any // as they are now
	Gone  [][]any // the keys of those that are not there any more
}

// CatchUp copies some rows that were changed since they were copied last. It tells how many changes those were, and whether
// there were more at that moment. Others write meanwhile; what they change is written down anew. What copy could not do is
// tried again the next time.
func (m *Moving) CatchUp(ctx context.Context, copy func([]Changes) error) (done int, more bool, err error) {
	defer m.conn.SetInterrupt(m.conn.SetInterrupt(ctx))
	b, err := m.snapshot()
	if err != nil || b.changes == 0 {
		return 0, false, err
	}
	if err := copy(b.all); err != nil {
		return 0, false, err
	}
	return b.changes, b.more, m.within(func() error { return m.pass(b) })
}

// batch is some changes, and what marks them as copied.
type batch struct {
	all     []Changes
	changes int
	more    bool // of some table there are more
	passed  []string
}

// snapshot reads the next changes as they are at one moment.
func (m *Moving) snapshot() (b batch, err error) {
	if err := m.conn.run(`BEGIN`); err != nil {
		return b, err
	}
	b, err = m.next()
	return b, errors.Join(err, m.conn.run(`ROLLBACK`))
}

func (m *Moving) next() (b batch, err error) {
	for _, t := range m.tables {
		c, through, n, err := m.changes(t)
		if err != nil {
			return b, err
		}
		if n == 0 {
			continue
		}
		b.all, b.changes, b.more = append(b.all, c), b.changes+n, b.more || n == changesAtOnce
		b.passed = append(b.passed, fmt.Sprintf(`DELETE FROM %s WHERE moving_n <= %d`, quoted(logPrefix+t.Name), through))
	}
	return b, nil
}

func (m *Moving) pass(b batch) error {
	for _, sql := range b.passed {
		if err := m.conn.Exec(sql); err != nil {
			return err
		}
	}
	return nil
}

func (m *Moving) changes(table backup.Table) (c Changes, through int64, n int, err error) {
	t, key, log := &tx{conn: m.conn}, m.keys[table.Name], quoted(logPrefix+table.Name)
	c.Table = table
	n, _, err = one(t, (*row).int, `SELECT count(*) FROM (SELECT 1 FROM `+log+` LIMIT ?)`, changesAtOnce)
	if err != nil || n == 0 {
		return c, 0, n, err
	}
	through, _, err = one(t, (*row).int64, `SELECT max(moving_n) FROM (SELECT moving_n FROM `+log+` ORDER BY moving_n LIMIT ?)`, changesAtOnce)
	if err != nil {
		return c, 0, n, err
	}
	keys, err := all(t, values(len(key)), `SELECT DISTINCT `+list(key)+` FROM `+log+` WHERE moving_n <= ?`, through)
	if err != nil {
		return c, 0, n, err
	}
	is := make([]string, len(key))
	for i, k := range key {
		is[i] = quoted(k) + ` IS ?`
	}
	for _, k := range keys {
		now, there, err := one(t, values(len(table.Columns)), `SELECT `+list(table.Columns)+` FROM `+quoted(table.Name)+` WHERE `+strings.Join(is, ` AND `), k...)
		if err != nil {
			return c, 0, n, err
		}
		if there {
			c.Rows = append(c.Rows, now)
		} else {
			c.Gone = append(c.Gone, k)
		}
	}
	return c, through, n, nil
}

// values reads so many columns as they are.
func values(n int) func(*row) []any {
	return func(r *row) []any {
		read := make([]any, n)
		for i := range read {
			read[i] = valueOf(r.stmt, i)
		}
		return read
	}
}

// Switch ends the move. Nobody writes from here on: what is left is copied, last looks at both, and then the file refuses
// every write for good. If anything fails, it is as it was, and the move goes on.
func (m *Moving) Switch(ctx context.Context, to string, now time.Time, copy func([]Changes) error, last func(backup.Source) error) error {
	return m.within(func() error {
		defer m.conn.SetInterrupt(m.conn.SetInterrupt(ctx))
		if err := m.rest(copy); err != nil {
			return err
		}
		if err := last(&Source{conn: m.conn, tables: m.tables}); err != nil {
			return err
		}
		if err := m.forget(); err != nil {
			return err
		}
		return m.refuse(to, now)
	})
}

// rest copies all that is left.
func (m *Moving) rest(copy func([]Changes) error) error {
	for {
		b, err := m.next()
		if err != nil || b.changes == 0 {
			return err
		}
		if err := errors.Join(copy(b.all), m.pass(b)); err != nil {
			return err
		}
	}
}

// refuse makes the mark, and triggers that stop every write to every table.
func (m *Moving) refuse(to string, now time.Time) error {
	if err := m.conn.Exec(`CREATE TABLE ` + movedMark + ` (at INTEGER NOT NULL, destination TEXT NOT NULL)`); err != nil {
		return err
	}
	if err := m.conn.run(`INSERT INTO `+movedMark+` VALUES (?, ?)`, now, to); err != nil {
		return err
	}
	for _, t := range append(slices.Clone(m.tables), backup.Table{Name: movedMark}) {
		for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
			err := m.conn.Exec(fmt.Sprintf(`CREATE TRIGGER %s BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'this store was moved'); END`,
				quoted(movedMark+"_"+t.Name+"_"+strings.ToLower(event)), event, quoted(t.Name)))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// within runs a step in a transaction that nobody writes beside.
func (m *Moving) within(step func() error) error {
	if err := m.conn.run(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	if err := step(); err != nil {
		m.conn.SetInterrupt(context.Background())
		return errors.Join(err, m.conn.run(`ROLLBACK`))
	}
	return m.conn.run(`COMMIT`)
}

// Close leaves the file as it is.
func (m *Moving) Close() error { return errors.Join(m.conn.Close(), m.alone()) }

// mark is what stands in a file that was moved.
type mark struct {
	at time.Time
	to string
}

func markOf(c *conn) (is mark, moved bool, err error) {
	t := &tx{conn: c}
	if _, moved, err = one(t, (*row).text, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ?`, movedMark); err != nil || !moved {
		return is, false, err
	}
	return one(t, func(r *row) mark { return mark{r.time(), r.text()} }, `SELECT at, destination FROM `+movedMark)
}

// MovedTo tells where a file's content was moved; "" for one that is in use, or not there.
func MovedTo(path string) (to string, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	c, err := open(path, readOnly)
	if err != nil {
		return "", err
	}
	is, _, err := markOf(c)
	return is.to, errors.Join(err, c.Close())
}

// notMoved refuses a file whose content is elsewhere.
func notMoved(c *conn) error {
	is, moved, err := markOf(c)
	if err != nil || !moved {
		return err
	}
	return lockhouse.Refuse(lockhouse.CodeConflict, "This store was moved to %s at %s, and is not what the network has any more. Set [store] to that database, and start again.",
		is.to, is.at.Format(time.RFC3339))
}

// elsewhere is what whoever still writes to a file that was moved is told.
func elsewhere(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network is moving to another store; nothing was done. Try again in a minute.").Because(cause)
}
