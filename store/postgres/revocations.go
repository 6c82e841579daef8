package postgres

import "lockhouse"

func (t *tx) Revoke(locker lockhouse.LockerID, r lockhouse.Revocation) error {
	if err := t.write(`DELETE FROM revocations WHERE locker = $1 AND until_at <= $2`, locker, r.At); err != nil {
		return err
	}
	return t.write(`INSERT INTO revocations (locker, name, at, until_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (locker, name) DO UPDATE SET at = excluded.at, until_at = excluded.until_at`, locker, r.Name[:], r.At, r.Until)
}

func (t *tx) Revocations(locker lockhouse.LockerID) ([]lockhouse.Revocation, error) {
	return all(t, readRevocation, `SELECT name, at, until_at FROM revocations WHERE locker = $1 ORDER BY name`, locker)
}

func readRevocation(r *row) (v lockhouse.Revocation) {
	r.copyTo(v.Name[:])
	v.At, v.Until = r.time(), r.time()
	return v
}
