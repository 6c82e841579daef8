package postgres

import (
	"fmt"
	"time"

	"lockhouse/store/past"
)

// The tables that are cut by month.
const (
	pastTable     = "past"
	receiptsTable = "past_receipts"
)

// month is a stretch of a table: rows moved in one month.
type month struct {
	table string
	start time.Time // the first of the month, UTC
}

func monthOf(table string, at time.Time) month {
	at = at.UTC()
	return month{table, time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)}
}

func (m month) next() month  { return month{m.table, m.start.AddDate(0, 1, 0)} }
func (m month) name() string { return m.table + m.start.Format("_2006_01") }

// values says in SQL which rows are its own.
func (m month) values() string {
	return fmt.Sprintf(`FROM (%d) TO (%d)`, m.start.UnixMicro(), m.next().start.UnixMicro())
}

// nextPast gives a number for what is moved now, and sees to it that this month and the next are there for it.
func (t *tx) nextPast(table string, now time.Time) (int64, error) {
	m := monthOf(table, now)
	for _, m := range []month{m, m.next()} {
		if err := t.makeMonth(m); err != nil {
			return 0, err
		}
	}
	n, _, err := one(t, (*row).int64, `SELECT coalesce(max(n), 0) FROM `+table)
	return max(n+1, now.UnixMicro()), err
}

// makeMonth makes a month unless it is there. It is made by itself and then attached, which stops nobody who reads or
// writes the others.
func (t *tx) makeMonth(m month) error {
	_, there, err := one(t, (*row).int64, `SELECT 1::bigint FROM pg_class WHERE oid = to_regclass($1)`, m.name())
	if err != nil || there {
		return err
	}
	rows, _, err := one(t, (*row).int64, fmt.Sprintf(`SELECT count(*) FROM %s_rest WHERE n >= %d AND n < %d`, m.table, m.start.UnixMicro(), m.next().start.UnixMicro()))
	if err != nil || rows > 0 { // the rest has rows of this month already: then it has all of them
		return err
	}
	if err := t.write(`CREATE TABLE ` + m.name() + ` (LIKE ` + m.table + ` INCLUDING ALL)`); err != nil {
		return err
	}
	return t.write(`ALTER TABLE ` + m.table + ` ATTACH PARTITION ` + m.name() + ` FOR VALUES ` + m.values())
}

func (t *tx) DropPast(before time.Time, limit int) (dropped int, err error) {
	if _, err := t.walks(); err != nil {
		return 0, err
	}
	old, err := t.pastRows(`n < $1 ORDER BY n LIMIT $2`, before, limit)
	if err != nil {
		return 0, err
	}
	for _, e := range old {
		for _, name := range past.Names(e.Parcel) {
			if err := t.write(`DELETE FROM past_names WHERE name = $1 AND past = $2`, name, e.n); err != nil {
				return 0, err
			}
		}
		if err := t.write(`DELETE FROM past WHERE n = $1`, e.n); err != nil {
			return 0, err
		}
	}
	strands, err := t.deleted(`DELETE FROM past_receipts WHERE n IN (SELECT n FROM past_receipts WHERE n < $1 ORDER BY n LIMIT $2)`, before, limit)
	if err != nil {
		return 0, err
	}
	if dropped = max(len(old), strands); dropped == 0 {
		err = t.dropMonths(before)
	}
	return dropped, err
}

// dropMonths drops months that are over as a whole. They are empty by then: nothing is left for a vacuum.
func (t *tx) dropMonths(before time.Time) error {
	for _, table := range []string{pastTable, receiptsTable} {
		names, err := all(t, (*row).text, `SELECT relname::text FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
			WHERE inhparent = to_regclass($1) AND relname::text COLLATE "C" < $2 AND relname <> $3`, table, monthOf(table, before).name(), table+"_rest")
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := t.write(`DROP TABLE ` + name); err != nil {
				return err
			}
		}
	}
	return nil
}
