package postgres

import (
	"time"

	"lockhouse"
)

const noticeColumns = `id, event, kind, person, parcel, at, attempts, next_at, done_at, last_error`

func readNotice(r *row) lockhouse.Notice {
	return lockhouse.Notice{ID: r.int64(), Event: r.int64(), Kind: lockhouse.NoticeKind(r.text()),
		Person: lockhouse.PersonID(r.text()), Parcel: lockhouse.ParcelID(r.text()), At: r.time(), Attempts: r.attempts()}
}

// attempts reads four columns.
func (r *row) attempts() lockhouse.Attempts {
	return lockhouse.Attempts{Count: r.int(), NextAt: r.time(), DoneAt: r.time(), LastError: r.text()}
}

func (t *tx) InsertNotice(n lockhouse.Notice) error {
	return t.writeAlike("", insertNotices, n.Event, n.Kind, n.Person, n.Parcel, n.At, n.Count, n.NextAt, n.DoneAt, n.LastError)
}

var insertNotices = `INSERT INTO notices (event, kind, person, parcel, at, attempts, next_at, done_at, last_error) SELECT * FROM ` +
	given(`event bigint`, `kind text`, `person text`, `parcel text`, `at bigint`, `attempts bigint`, `next_at bigint`, `done_at bigint`, `last_error text`) +
	` ON CONFLICT (event, kind) DO NOTHING`

func (t *tx) DueNotices(now time.Time, limit int) ([]lockhouse.Notice, error) {
	return all(t, readNotice, `SELECT `+noticeColumns+` FROM notices WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at LIMIT $2`, now, limit)
}

func (t *tx) UpdateNotice(id int64, a lockhouse.Attempts) error {
	return t.change("There is no such notice.", `UPDATE notices SET attempts = $1, next_at = $2, done_at = $3, last_error = $4 WHERE id = $5`,
		a.Count, a.NextAt, a.DoneAt, a.LastError, id)
}

func (t *tx) HastenNotices(after time.Time, by time.Duration) error {
	return t.write(`UPDATE notices SET next_at = next_at - $1 WHERE next_at > 0 AND next_at > $2`, by.Microseconds(), after)
}

func (t *tx) NoticesOf(parcel lockhouse.ParcelID) ([]lockhouse.Notice, error) {
	e, err := t.behind(parcel)
	if err != nil {
		return nil, err
	}
	list, err := all(t, readNotice, `SELECT `+noticeColumns+` FROM notices WHERE parcel = $1 ORDER BY id`, parcel)
	return append(e.Notices, list...), err
}
