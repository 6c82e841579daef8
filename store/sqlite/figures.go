package sqlite

import (
	"encoding/json"
	"fmt"

	"lockhouse"
	"lockhouse/store"
)

// figuresRow is a day and whether what the locker said of it could be read.
type figuresRow struct {
	store.LockerDay
	err error
}

func readFigures(r *row) (f figuresRow) {
	f.Day = lockhouse.Day(r.int())
	f.Told = r.time()
	f.LineDownS = r.int()
	if said := r.raw(); len(said) > 0 {
		f.err = json.Unmarshal(said, &f.Figures)
	}
	f.Figures.Day = f.Day
	return f
}

func (t *tx) FiguresOf(locker lockhouse.LockerID, from lockhouse.Day) ([]store.LockerDay, error) {
	rows, err := all(t, readFigures, `SELECT day, told_at, line_down_s, said FROM figures WHERE locker = ? AND day >= ? ORDER BY day`, locker, int(from))
	days := make([]store.LockerDay, len(rows))
	for i, f := range rows {
		if f.err != nil {
			return nil, fmt.Errorf("figures of locker %s of %s: %w", locker, f.Day, f.err)
		}
		days[i] = f.LockerDay
	}
	return days, err
}

func (t *tx) PutFigures(locker lockhouse.LockerID, d store.LockerDay) error {
	said, err := json.Marshal(d.Figures)
	if err != nil {
		return fmt.Errorf("figures of locker %s: %w", locker, err)
	}
	return t.conn.run(`INSERT INTO figures (locker, day, through_s, told_at, line_down_s, said) VALUES (?, ?, ?, ?, 0, ?)
		ON CONFLICT (locker, day) DO UPDATE SET through_s = excluded.through_s, told_at = excluded.told_at, said = excluded.said
		WHERE excluded.through_s >= figures.through_s`, locker, int(d.Day), d.ThroughS, d.Told, said)
}

func (t *tx) AddLineDown(locker lockhouse.LockerID, day lockhouse.Day, s int) error {
	return t.conn.run(`INSERT INTO figures (locker, day, through_s, told_at, line_down_s, said) VALUES (?, ?, 0, 0, ?, x'')
		ON CONFLICT (locker, day) DO UPDATE SET line_down_s = min(86400, figures.line_down_s + excluded.line_down_s)`, locker, int(day), s)
}

func (t *tx) DropFigures(before lockhouse.Day, limit int) (dropped int, err error) {
	return t.deleted(`DELETE FROM figures WHERE (locker, day) IN (SELECT locker, day FROM figures WHERE day < ? ORDER BY day LIMIT ?)`, int(before), limit)
}
