package postgres

import (
	"time"

	"lockhouse"
	"lockhouse/store/past"
)

// walks is how far the walks have come.
type walks struct {
	events, notices int64
	locker          string
}

// walks gives them and takes them until the transaction ends: one moves at a time.
func (t *tx) walks() (walks, error) {
	read := func(r *row) walks { return walks{r.int64(), r.int64(), r.text()} }
	w, err := allKept(t, read, `SELECT events_through, notices_through, locker FROM walks`)
	if err != nil {
		return walks{}, err
	}
	return w[0], nil
}

func (t *tx) Tidy(before time.Time, limit int) (done int, err error) {
	w, err := t.walks()
	if err != nil {
		return 0, err
	}
	for _, step := range []func(walks, time.Time, int) (int, error){t.tidyHolds, t.tidyEvents, t.tidyNotices, t.tidyDeliveries} {
		n, err := step(w, before, limit)
		if err != nil {
			return 0, err
		}
		done = max(done, n)
	}
	return done, nil
}

func (t *tx) tidyHolds(_ walks, before time.Time, limit int) (int, error) {
	return t.deleted(`DELETE FROM holds WHERE n IN (SELECT n FROM holds WHERE state IN ('released', 'lapsed') AND parcel = '' AND lapses_at < $1
		ORDER BY lapses_at LIMIT $2`+unlessTaken+`)`, before, limit)
}

// tidyEvents passes each heard event once. Those of a parcel that is not in the past wait for it.
func (t *tx) tidyEvents(w walks, before time.Time, limit int) (int, error) {
	to, passed, err := t.walk(`SELECT seq, at FROM events WHERE seq > $1
		AND seq <= (SELECT heard_through FROM outbox) AND seq < (SELECT max(seq) FROM events) ORDER BY seq LIMIT $2`, w.events, before, limit)
	if err != nil || passed == 0 {
		return 0, err
	}
	late, err := all(t, readEvent, `SELECT `+eventColumns+` FROM events WHERE seq > $1 AND seq <= $2 AND parcel <> ''
		AND NOT EXISTS (SELECT 1 FROM parcels WHERE id = events.parcel)`, w.events, to)
	if err != nil {
		return 0, err
	}
	for _, e := range late {
		if err := t.joinPast(e); err != nil {
			return 0, err
		}
	}
	if err := t.write(`DELETE FROM events WHERE seq > $1 AND seq <= $2 AND parcel = ''`, w.events, to); err != nil {
		return 0, err
	}
	return passed, t.write(`UPDATE walks SET events_through = $1`, to)
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
		if err := t.write(`UPDATE past SET body = $1 WHERE n = $2`, body, e.n); err != nil {
			return err
		}
	}
	return t.write(`DELETE FROM events WHERE seq = $1`, late.Seq)
}

// tidyNotices passes each notice once: those of parcels that are not in the past go with them.
func (t *tx) tidyNotices(w walks, before time.Time, limit int) (int, error) {
	to, passed, err := t.walk(`SELECT id, at FROM notices WHERE id > $1 ORDER BY id LIMIT $2`, w.notices, before, limit)
	if err != nil || passed == 0 {
		return 0, err
	}
	if err := t.write(`DELETE FROM notices WHERE id > $1 AND id <= $2 AND NOT EXISTS (SELECT 1 FROM parcels WHERE id = notices.parcel)`, w.notices, to); err != nil {
		return 0, err
	}
	return passed, t.write(`UPDATE walks SET notices_through = $1`, to)
}

// tidyDeliveries looks at the oldest alone: what a shop does not take is given up after some days, and goes then.
func (t *tx) tidyDeliveries(_ walks, before time.Time, limit int) (int, error) {
	over, err := all(t, (*row).text, `SELECT id FROM (SELECT id, at, next_at FROM deliveries ORDER BY n LIMIT $1) AS oldest WHERE next_at = 0 AND at < $2`, limit, before)
	if err != nil || len(over) == 0 {
		return 0, err
	}
	if err := t.write(`DELETE FROM tries WHERE delivery = ANY ($1)`, over); err != nil {
		return 0, err
	}
	return len(over), t.write(`DELETE FROM deliveries WHERE id = ANY ($1)`, over)
}

// walk says which rows come next on a walk through a table: numbers above from, to the last that is older than a moment,
// at most limit of them.
func (t *tx) walk(rows string, from int64, before time.Time, limit int) (to int64, passed int, err error) {
	type step struct {
		n  int64
		at time.Time
	}
	next, err := all(t, func(r *row) step { return step{r.int64(), r.time()} }, rows, from, limit)
	to = from
	for _, s := range next {
		if !s.at.Before(before) {
			break
		}
		to, passed = s.n, passed+1
	}
	return to, passed, err
}
