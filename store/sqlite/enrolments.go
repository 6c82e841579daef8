package sqlite

import (
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

const noEnrolment = "This code is not known. Ask the network's operator for another."

func (t *tx) InsertEnrolment(e store.Enrolment) error {
	return t.insert("This code exists already.", `INSERT INTO enrolments (id, public, challenge, site, name, expires_at, used_at, locker)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, e.ID[:], e.Public, e.Challenge, e.Site, e.Name, e.ExpiresAt, e.UsedAt, e.Locker)
}

func (t *tx) Enrolment(id credential.EnrolID) (store.Enrolment, error) {
	read := func(r *row) store.Enrolment {
		return store.Enrolment{ID: id, Public: r.blob(), Challenge: r.blob(), Site: lockhouse.SiteID(r.text()), Name: r.text(),
			ExpiresAt: r.time(), UsedAt: r.time(), Locker: lockhouse.LockerID(r.text())}
	}
	return must(t, noEnrolment, read, `SELECT public, challenge, site, name, expires_at, used_at, locker FROM enrolments WHERE id = ?`, id[:])
}

func (t *tx) UseEnrolment(id credential.EnrolID, locker lockhouse.LockerID, at time.Time) error {
	return t.change(noEnrolment, `UPDATE enrolments SET used_at = ?, locker = ? WHERE id = ?`, at, locker, id[:])
}

func (t *tx) DeleteEnrolments(before time.Time, limit int) (int, error) {
	return t.deleted(`DELETE FROM enrolments WHERE id IN (SELECT id FROM enrolments WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`, before, limit)
}
