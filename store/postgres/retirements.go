package postgres

import "lockhouse"

func (t *tx) Retirement(locker lockhouse.LockerID) (lockhouse.Retirement, error) {
	read := func(r *row) lockhouse.Retirement {
		return lockhouse.Retirement{AskedAt: r.time(), DoneAt: r.time(), Stolen: r.yes()}
	}
	is, found, err := oneKept(t, `retirement`+string(locker), read, `SELECT retire_asked_at, retire_done_at, stolen FROM lockers WHERE id = $1`, locker)
	return is, orNone(found, noLocker, err)
}

func (t *tx) SetRetirement(locker lockhouse.LockerID, r lockhouse.Retirement) error {
	return t.change(noLocker, `UPDATE lockers SET retire_asked_at = $1, retire_done_at = $2, stolen = $3 WHERE id = $4`, r.AskedAt, r.DoneAt, r.Stolen, locker)
}

func (t *tx) Retiring(limit int) ([]lockhouse.LockerID, error) {
	read := func(r *row) lockhouse.LockerID { return lockhouse.LockerID(r.text()) }
	return all(t, read, `SELECT id FROM lockers WHERE retire_asked_at > 0 AND retire_done_at = 0 ORDER BY id LIMIT $1`, limit)
}
