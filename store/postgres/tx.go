package postgres

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"lockhouse"
	"lockhouse/store"
)

// tx is one transaction on a connection. What it writes waits in it: it travels with the commit, or earlier with a question
// whose answer may depend on it. So a write's refusal may come only at the end; then the whole transaction fails with it.
type tx struct {
	line   line
	writes bool
	begun  bool        // BEGIN was sent
	waits  []statement // writes that were not sent yet
	seen   seen        // rows that are locked, as they will be
	missed []statement // questions of an Update for one row that was not there
	over   bool
	broken error // the first error of the connection or the database; nothing works after it
}

var _ store.Tx = (*tx)(nil)

var (
	errOver = errors.New("postgres: the transaction is over")
	errView = errors.New("postgres: a view can't write")
)

// ask sends questions, all in one trip, behind the writes that their answers may depend on.
func (t *tx) ask(questions ...statement) error {
	switch {
	case t.over:
		return errOver
	case t.broken != nil:
		return t.broken
	}
	var list []statement
	if !t.begun {
		list = append(list, t.begin())
	}
	depends := func(w statement) bool {
		return slices.ContainsFunc(questions, func(q statement) bool { return touches(q.sql, w.sql) })
	}
	if slices.ContainsFunc(t.waits, depends) {
		list = append(list, t.waits...)
		t.waits = nil
	}
	t.send(append(list, questions...))
	return t.broken
}

func (t *tx) begin() statement {
	t.begun = true
	if t.writes {
		return statement{sql: beginUpdate}
	}
	return statement{sql: beginView}
}

// send sends statements and keeps the first error: PostgreSQL does nothing more in this transaction.
func (t *tx) send(list []statement) *broken {
	b := t.line.send(list)
	if b != nil {
		t.broken = b.cause
		if fails := list[b.at].fails; fails != nil {
			t.broken = fails(b.cause)
		}
	}
	return b
}

// later puts a write into the line of those that wait.
func (t *tx) later(s statement) error {
	switch {
	case t.over:
		return errOver
	case t.broken != nil:
		return t.broken
	case !t.writes:
		return errView
	}
	t.waits = append(t.waits, s)
	return nil
}

// commit sends what waits, and the commit behind it. PostgreSQL passes over the commit when one of them fails.
func (t *tx) commit() error {
	if !t.begun && len(t.waits) == 0 {
		return nil
	}
	var list []statement
	if !t.begun {
		list = append(list, t.begin())
	}
	list = append(append(list, t.waits...), statement{sql: `COMMIT`})
	b := t.send(list)
	if b == nil {
		return nil
	}
	t.rollback()
	if t.writes && !b.before(len(list)-1) {
		return unknown(b.cause)
	}
	return t.meaning()
}

// rollback ends a transaction without its writes. A connection on which even that fails is closed, and its end is one too.
func (t *tx) rollback() {
	if t.begun && !t.line.pg.IsClosed() {
		_ = t.line.send([]statement{{sql: `ROLLBACK`}}) // the pool looks whether it worked
	}
}

// meaning says what the first error means for the caller.
func (t *tx) meaning() error {
	if _, refused := errors.AsType[*lockhouse.Error](t.broken); refused {
		return t.broken
	}
	if isPassing(t.broken) {
		return &trouble{again: true, told: busy(t.broken)}
	}
	if isLost(t.broken) {
		return &trouble{again: true, told: unreachable(t.broken)}
	}
	return fmt.Errorf("postgres: %w", plain(t.broken))
}

// one reads a single row; found is false when there was none.
func one[T any](t *tx, read func(*row) T, sql string, args ...any) (v T, found bool, err error) {
	err = t.ask(statement{sql: sql, args: args, read: func(r *row) { v, found = read(r), true }})
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
	err = t.ask(statement{sql: sql, args: args, read: func(r *row) { list = append(list, read(r)) }})
	return list, err
}

// sole asks for a single row, which an Update may change, and locks it there; what else is to be asked travels with it. That
// there is none can't be locked: it is remembered, and looked at again before anybody is refused something for it.
func (t *tx) sole(s statement, read func(*row), beside ...statement) (found bool, err error) {
	look := s
	look.sql += t.locked()
	look.read = func(r *row) { read(r); found = true }
	err = t.ask(append([]statement{look}, beside...)...)
	if err == nil && !found && t.writes {
		t.missed = append(t.missed, s)
	}
	return found, err
}

// write runs a statement that may change something or not.
func (t *tx) write(sql string, args ...any) error { return t.later(statement{sql: sql, args: args}) }

// change runs a statement that must change something, and refuses with a sentence when it did not. The refusal has to stop
// the commit that travels behind it, so it is an error of PostgreSQL's: a division by the number of rows, which is none.
func (t *tx) change(none, sql string, args ...any) error {
	return t.later(statement{
		sql: `WITH changed AS (` + sql + ` RETURNING 1) SELECT 1 / count(*) FROM changed`, args: args,
		fails: func(err error) error {
			if hasCode(err, divisionByZero) {
				return lockhouse.Refuse(lockhouse.CodeNotFound, "%s", none)
			}
			return err
		},
	})
}

// insert runs an INSERT, and refuses with a sentence what is there already.
func (t *tx) insert(there, sql string, args ...any) error {
	return t.later(statement{sql: sql, args: args, fails: func(err error) error {
		if hasCode(err, uniqueViolation) {
			return lockhouse.Refuse(lockhouse.CodeConflict, "%s", there).Because(plain(err))
		}
		return err
	}})
}

// fresh runs an INSERT of what was looked for and not found. If it is there now, another was faster.
func (t *tx) fresh(sql string, args ...any) error {
	return t.later(statement{sql: sql, args: args, fails: func(err error) error {
		if hasCode(err, uniqueViolation) {
			return errors.Join(errOvertaken, plain(err))
		}
		return err
	}})
}

// locked is put behind a SELECT of rows that an Update may change: nobody else changes them until it ends.
func (t *tx) locked() string {
	if t.writes {
		return ` FOR NO KEY UPDATE`
	}
	return ``
}

// lockedUnlessTaken is put behind a SELECT of what there is to do: what another transaction has is being done.
func (t *tx) lockedUnlessTaken() string {
	if t.writes {
		return ` FOR NO KEY UPDATE SKIP LOCKED`
	}
	return ``
}

// overtaken ends this run of the function; the next sees what the other transaction made.
func (t *tx) overtaken() error {
	t.broken = errOvertaken
	return t.broken
}

// touches tells whether a question's answer may depend on a write: whether a table of the one stands in the other.
func touches(question, write string) bool {
	tables := tablesOf(write)
	return slices.ContainsFunc(tablesOf(question), func(t string) bool { return slices.Contains(tables, t) })
}

// tables remembers the tables of each statement's text, of which there are as many as the code has.
var tables sync.Map

var table = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+([a-z_]+)`)

func tablesOf(sql string) []string {
	if known, ok := tables.Load(sql); ok {
		return known.([]string)
	}
	var names []string
	for _, found := range table.FindAllStringSubmatch(sql, -1) {
		names = append(names, found[1])
	}
	tables.Store(sql, names)
	return names
}
