package postgres

import (
	"time"

	"lockhouse"
)

const (
	noService      = "There is no such opening for service."
	serviceColumns = `ref, locker, compartment, reason, phone_key, asked_by, asked_at, approved_by, approved_at, opened_at, declined_by, declined_at`
)

func readService(r *row) (s lockhouse.Service) {
	r.copyTo(s.Ref[:])
	s.Locker, s.Compartment, s.Reason, s.PhoneKey = lockhouse.LockerID(r.text()), r.int(), lockhouse.ServiceReason(r.text()), r.blob()
	s.AskedBy, s.AskedAt = lockhouse.KeyID(r.text()), r.time()
	s.ApprovedBy, s.ApprovedAt, s.OpenedAt = lockhouse.KeyID(r.text()), r.time(), r.time()
	s.DeclinedBy, s.DeclinedAt = lockhouse.KeyID(r.text()), r.time()
	return s
}

func (t *tx) InsertService(s lockhouse.Service) error {
	return t.insert("This opening exists already.", `INSERT INTO services (`+serviceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		s.Ref[:], s.Locker, s.Compartment, s.Reason, s.PhoneKey, s.AskedBy, s.AskedAt, s.ApprovedBy, s.ApprovedAt, s.OpenedAt, s.DeclinedBy, s.DeclinedAt)
}

func (t *tx) Service(ref lockhouse.ParcelRef) (lockhouse.Service, error) {
	s, found, err := oneKept(t, `service`+ref.String(), readService, `SELECT `+serviceColumns+` FROM services WHERE ref = $1`, ref[:])
	return s, orNone(found, noService, err)
}

func (t *tx) UpdateService(s lockhouse.Service) error {
	return t.change(noService, `UPDATE services SET approved_by = $1, approved_at = $2, opened_at = $3, declined_by = $4, declined_at = $5 WHERE ref = $6`,
		s.ApprovedBy, s.ApprovedAt, s.OpenedAt, s.DeclinedBy, s.DeclinedAt, s.Ref[:])
}

func (t *tx) ServicesSince(after time.Time, limit int) ([]lockhouse.Service, error) {
	return all(t, readService, `SELECT `+serviceColumns+` FROM services WHERE asked_at > $1 ORDER BY asked_at DESC, ref DESC LIMIT $2`, after, limit)
}
