package sqlite

import (
	"time"

	"lockhouse"
	"lockhouse/store/past"
)

func (t *tx) Tidy(before time.Time, limit int) (done int, err error) {
	for _, step := range []func(time.Time, int) (int, error){t.tidyHolds, t.tidyEvents, t.tidyNotices, t.tidyDeliveries} {
		n, err := step(before, limit)
		if err != nil {
			return 0, err
		}
		done = max(done, n)
	}
	return done, nil
}

func (t *tx) tidyHolds(before time.Time, limit int) (int, error) {
	return t.deleted(`DELETE FROM holds WHERE n IN (SELECT n FROM holds WHERE state IN ('released', 'lapsed') AND parcel = '' AND lapses_at < ?
		ORDER BY lapses_at LIMIT ?)`, before, limit)
}

// tidyEvents passes each heard event once. Those of a parcel that is not in the past wait for it; the newest stays, so that
// its number is not given again.
func (t *tx) tidyEvents(before time.Time, limit int) (int, error) {
	from, to, passed, err := t.walk(`SELECT events_through FROM walks`, `SELECT seq, at FROM events WHERE seq > ?
		AND seq <= (SELECT heard_through FROM outbox) AND seq < (SELECT max(seq) FROM events) ORDER BY seq LIMIT ?`, before, limit)
	if err != nil || passed == 0 {
		return 0, err
	}
	late, err := all(t, readEvent, `SELECT `+eventColumns+` FROM events WHERE seq > ? AND seq <= ? AND parcel <> ''
		AND NOT EXISTS (SELECT 1 FROM parcels WHERE id = events.parcel)`, from, to)
	if err != nil {
		return 0, err
	}
	for _, e := range late {
		if err := t.joinPast(e); err != nil {
			return 0, err
		}
	}
	if err := t.conn.run(`DELETE FROM events WHERE seq > ? AND seq <= ? AND parcel = ''`, from, to); err != nil {
		return 0, err
	}
	return passed, t.conn.run(`UPDATE walks SET events_through = ?`, to)
}

// joinPast adds an event to its parcel in the past; if that is not even there, to nothing.
func (t *tx) joinPast(late lockhouse.Event) error {
	e, found, err := t.pastOf(late.Parcel)
	if err != nil {
		return err
	}
	if found {
		e.Events = append(e.Events, late)
		body, err := past.Encode(e.Ended)
		if err != nil {
			return err
		}
		if err := t.conn.run(`UPDATE past SET body = ? WHERE n = ?`, body, e.n); err != nil {
			return err
		}
	}
	return t.conn.run(`DELETE FROM events WHERE seq = ?`, late.Seq)
}

// tidyNotices passes each notice once: those of parcels that are not in the past go with them.
func (t *tx) tidyNotices(before time.Time, limit int) (int, error) {
	from, to, passed, err := t.walk(`SELECT notices_through FROM walks`,
		`SELECT id, at FROM notices WHERE id > ? AND id < (SELECT max(id) FROM notices) ORDER BY id LIMIT ?`, before, limit)
	if err != nil || passed == 0 {
		return 0, err
	}
	if err := t.conn.run(`DELETE FROM notices WHERE id > ? AND id <= ? AND NOT EXISTS (SELECT 1 FROM parcels WHERE id = notices.parcel)`, from, to); err != nil {
		return 0, err
	}
	return passed, t.conn.run(`UPDATE walks SET notices_through = ?`, to)
}

// tidyDeliveries looks at the oldest alone: what a shop does not take is given up after some days, and goes then.
func (t *tx) tidyDeliveries(before time.Time, limit int) (int, error) {
	over, err := all(t, (*row).text, `SELECT id FROM (SELECT id, at, next_at FROM deliveries ORDER BY n LIMIT ?) WHERE next_at = 0 AND at < ?`, limit, before)
	if err != nil {
		return 0, err
	}
	for _, id := range over {
		if err := t.conn.run(`DELETE FROM tries WHERE delivery = ?`, id); err != nil {
			return 0, err
		}
		if err := t.conn.run(`DELETE FROM deliveries WHERE id = ?`, id); err != nil {
			return 0, err
		}
	}
	return len(over), nil
}

// walk says which rows come next on a walk through a table: numbers above from, to the last that is older than a
// moment, at most limit of them.
func (t *tx) walk(mark, rows string, before time.Time, limit int) (from, to int64, passed int, err error) {
	type step struct {
		n  int64
		at time.Time
	}
	if from, _, err = one(t, (*row).int64, mark); err != nil {
		return 0, 0, 0, err
	}
	next, err := all(t, func(r *row) step { return step{r.int64(), r.time()} }, rows, from, limit)
	to = from
	for _, s := range next {
		if !s.at.Before(before) {
			break
		}
		to, passed = s.n, passed+1
	}
	return from, to, passed, err
}
