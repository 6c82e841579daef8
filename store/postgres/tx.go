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

// tx is one transaction. What it writes waits in it: it travels with the commit, or earlier with a question whose answer may
// depend on it. So a write's refusal may come only at the end; then the whole transaction fails with it.
type tx struct {
	way    way
	writes bool
	waits  []statement // writes that were not sent yet
	seen   seen        // rows that are locked, as they will be
	missed []statement // questions of an Update for one row that was not there
	memory *memory
	trusts []trust // in what was remembered
	over   bool
	broken error // the first error of the connection or the database; nothing works after it
}

// way is how a transaction's questions reach the database: on a connection of its own (alone.go), or with others (group.go).
type way interface {
	ask(t *tx, questions []statement) error
	shared() bool
}

var _ store.Tx = (*tx)(nil)

var (
	errOver = errors.New("postgres: the transaction is over")
	errView = errors.New("postgres: a view can't write")
)

// ask sends questions, all in one trip, and waits for the answers.
func (t *tx) ask(questions ...statement) error {
	switch {
	case t.over:
		return errOver
	case t.broken != nil:
		return t.broken
	}
	t.broken = t.way.ask(t, questions)
	return t.broken
}

// unsettled tells whether an answer may depend on a write that waits.
func (t *tx) unsettled(questions []statement) bool {
	return slices.ContainsFunc(t.waits, func(w statement) bool {
		return slices.ContainsFunc(questions, func(q statement) bool { return !q.settled && touches(q.sql, w.sql) })
	})
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

// end makes this run of the function vain; there will be another.
func (t *tx) end(why error) error {
	t.broken = why
	return why
}

// meaning says what the first error means for the caller.
func meaning(err error) error {
	if _, refused := errors.AsType[*lockhouse.Error](err); refused {
		return err
	}
	if isPassing(err) {
		return &trouble{again: true, told: busy(err)}
	}
	if isLost(err) {
		return &trouble{again: true, told: unreachable(err)}
	}
	return fmt.Errorf("postgres: %w", plain(err))
}

// one reads a single row; found is false when there was none.
func one[T any](t *tx, read func(*row) T, sql string, args ...any) (v T, found bool, err error) {
	err = t.ask(statement{sql: sql, args: args, read: func(r *row) { v, found = read(r), true }})
	return v, found, err
}

// What is put behind a SELECT of rows that an Update may change: nobody else changes them until it ends. What another
// transaction has is waited for, or passed over.
const (
	kept        = ` FOR NO KEY UPDATE`
	unlessTaken = kept + ` SKIP LOCKED`
)

// oneKept reads a single row and, in an Update, locks it. The key names the row.
func oneKept[T any](t *tx, key string, read func(*row) T, sql string, args ...any) (v T, found bool, err error) {
	s := statement{sql: sql, args: args, read: func(r *row) { v, found = read(r), true }}
	if t.writes {
		s.sql, s.key = sql+kept, key
	}
	err = t.ask(s)
	return v, found, err
}

// mustSettled reads a single row to which the transaction's own writes do not matter, and refuses with a sentence when there is none.
func mustSettled[T any](t *tx, none string, read func(*row) T, sql string, args ...any) (v T, err error) {
	found := false
	err = t.ask(statement{sql: sql, args: args, settled: true, read: func(r *row) { v, found = read(r), true }})
	return v, orNone(found, none, err)
}

// sole is oneKept for rows that come and go; what else is to be asked travels with it. That there is none can't be locked: it
// is remembered, and looked at again before anybody is refused something for it.
func (t *tx) sole(s statement, read func(*row), beside ...statement) (found bool, err error) {
	look := s
	look.read = func(r *row) { read(r); found = true }
	if t.writes {
		look.sql += kept
	} else {
		look.key, look.kind = ``, ``
	}
	err = t.ask(append([]statement{look}, beside...)...)
	if err == nil && !found && t.writes {
		t.missed = append(t.missed, statement{sql: s.sql, args: s.args, alike: s.alike})
	}
	return found, err
}

// allKept reads every row and, in an Update, locks all of them.
func allKept[T any](t *tx, read func(*row) T, sql string, args ...any) ([]T, error) {
	if !t.writes {
		return all(t, read, sql, args...)
	}
	return allAlone(t, read, sql+kept, args...)
}

// allFree is allKept without the rows that another transaction has: what is to be done there is being done.
func allFree[T any](t *tx, read func(*row) T, sql string, args ...any) ([]T, error) {
	if !t.writes {
		return all(t, read, sql, args...)
	}
	return allAlone(t, read, sql+unlessTaken, args...)
}

// allAlone reads what only a transaction on a connection of its own may ask.
func allAlone[T any](t *tx, read func(*row) T, sql string, args ...any) (list []T, err error) {
	err = t.ask(statement{sql: sql, args: args, alone: errLeft, read: func(r *row) { list = append(list, read(r)) }})
	return list, err
}

// must reads a single row, and refuses with a sentence when there is none.
func must[T any](t *tx, none string, read func(*row) T, sql string, args ...any) (T, error) {
	v, found, err := one(t, read, sql, args...)
	return v, orNone(found, none, err)
}

func orNone(found bool, none string, err error) error {
	if err == nil && !found {
		err = lockhouse.Refuse(lockhouse.CodeNotFound, "%s", none)
	}
	return err
}

// all reads every row.
func all[T any](t *tx, read func(*row) T, sql string, args ...any) (list []T, err error) {
	err = t.ask(statement{sql: sql, args: args, read: func(r *row) { list = append(list, read(r)) }})
	return list, err
}

// come tells whether something is there now that the transaction looked for and did not find, and so could not lock; or whether
// a site is not as it was remembered. Who is refused something runs again then: of two equal requests at once, the second
// would otherwise be refused for what the first one got.
func (t *tx) come(ask func(statement) error) (found bool, err error) {
	if found, err := t.betrayed(ask); err != nil || found {
		return found, err
	}
	for _, missed := range t.missed {
		missed.read = func(*row) { found = true }
		if err := ask(missed); err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// write runs a statement that may change something or not.
func (t *tx) write(sql string, args ...any) error { return t.later(statement{sql: sql, args: args}) }

// writeAlike is write for what many do alike: it goes with others in one statement. row names the row that it changes.
func (t *tx) writeAlike(row, sql string, args ...any) error {
	return t.later(statement{sql: sql, args: args, alike: true, row: row})
}

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
	return t.later(statement{sql: sql, args: args, fails: overtaken})
}

// freshAlike is fresh for what many do alike.
func (t *tx) freshAlike(sql string, args ...any) error {
	return t.later(statement{sql: sql, args: args, alike: true, fails: overtaken})
}

func overtaken(err error) error {
	if hasCode(err, uniqueViolation) {
		return errors.Join(errOvertaken, plain(err))
	}
	return err
}

// touches tells whether a question's answer may depend on a write: whether a table of the one stands in the other.
func touches(question, write string) bool {
	tables := tablesOf(write)
	return slices.ContainsFunc(tablesOf(question), func(t string) bool { return slices.Contains(tables, t) })
}

// tables remembers the tables of each statement's text, of which there are as many as the code has.
var tables sync.Map

// table finds a name; a function's has a parenthesis behind it.
var table = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+([a-z_]+)(\(?)`)

func tablesOf(sql string) []string {
	if known, ok := tables.Load(sql); ok {
		return known.([]string)
	}
	var names []string
	for _, found := range table.FindAllStringSubmatch(sql, -1) {
		if found[2] == "" {
			names = append(names, found[1])
		}
	}
	tables.Store(sql, names)
	return names
}
