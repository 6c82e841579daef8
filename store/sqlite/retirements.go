package sqlite

import "lockhouse"

func (t *tx) Retirement(locker lockhouse.LockerID) (lockhouse.Retirement, error) {
	read := func(r *row) lockhouse.Retirement {
		return lockhouse.Retirement{AskedAt: r.time(), DoneAt: r.time(), Stolen: r.yes()}
	}
	return must(t, noLocker, read, `SELECT retire_asked_at, retire_done_at, stolen FROM lockers WHERE id = ?`, locker)
}

func (t *tx) SetRetirement(locker lockhouse.LockerID, r lockhouse.Retirement) error {
	return t.change(noLocker, `UPDATE lockers SET retire_asked_at = ?, retire_done_at = ?, stolen = ? WHERE id = ?`, r.AskedAt, r.DoneAt, r.Stolen, locker)
}

func (t *tx) Retiring(limit int) ([]lockhouse.LockerID, error) {
	read := func(r *row) lockhouse.LockerID { return lockhouse.LockerID(r.text()) }
	return all(t, read, `SELECT id FROM lockers WHERE retire_asked_at > 0 AND retire_done_at = 0 ORDER BY id LIMIT ?`, limit)
}
