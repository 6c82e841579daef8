package sqlite

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
	return t.insert("This opening exists already.", `INSERT INTO services (`+serviceColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		s.Ref[:], s.Locker, s.Compartment, s.Reason, s.PhoneKey, s.AskedBy, s.AskedAt, s.ApprovedBy, s.ApprovedAt, s.OpenedAt, s.DeclinedBy, s.DeclinedAt)
}

func (t *tx) Service(ref lockhouse.ParcelRef) (lockhouse.Service, error) {
	return must(t, noService, readService, `SELECT `+serviceColumns+` FROM services WHERE ref = ?`, ref[:])
}

func (t *tx) UpdateService(s lockhouse.Service) error {
	return t.change(noService, `UPDATE services SET approved_by = ?, approved_at = ?, opened_at = ?, declined_by = ?, declined_at = ? WHERE ref = ?`,
		s.ApprovedBy, s.ApprovedAt, s.OpenedAt, s.DeclinedBy, s.DeclinedAt, s.Ref[:])
}

func (t *tx) ServicesSince(after time.Time, limit int) ([]lockhouse.Service, error) {
	return all(t, readService, `SELECT `+serviceColumns+` FROM services WHERE asked_at > ? ORDER BY asked_at DESC, ref DESC LIMIT ?`, after, limit)
}
