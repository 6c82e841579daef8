package sqlite

import (
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

const (
	noEnrolment      = "This code is not known. Ask the network's operator for another."
	enrolmentColumns = `id, public, challenge, site, name, expires_at, used_at, locker`
)

func readEnrolment(r *row) (e store.Enrolment) {
	r.copyTo(e.ID[:])
	e.Public, e.Challenge, e.Site, e.Name = r.blob(), r.blob(), lockhouse.SiteID(r.text()), r.text()
	e.ExpiresAt, e.UsedAt, e.Locker = r.time(), r.time(), lockhouse.LockerID(r.text())
	return e
}

func (t *tx) InsertEnrolment(e store.Enrolment) error {
	return t.insert("This code exists already.", `INSERT INTO enrolments (`+enrolmentColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, e.ID[:], e.Public, e.Challenge, e.Site, e.Name, e.ExpiresAt, e.UsedAt, e.Locker)
}

func (t *tx) Enrolment(id credential.EnrolID) (store.Enrolment, error) {
	return must(t, noEnrolment, readEnrolment, `SELECT `+enrolmentColumns+` FROM enrolments WHERE id = ?`, id[:])
}

func (t *tx) UseEnrolment(id credential.EnrolID, locker lockhouse.LockerID, at time.Time) error {
	return t.change(noEnrolment, `UPDATE enrolments SET used_at = ?, locker = ? WHERE id = ?`, at, locker, id[:])
}

func (t *tx) DeleteEnrolments(before time.Time, limit int) (int, error) {
	return t.deleted(`DELETE FROM enrolments WHERE id IN (SELECT id FROM enrolments WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`, before, limit)
}

func (t *tx) EnrolmentsAt(site lockhouse.SiteID, limit int) ([]store.Enrolment, error) {
	return all(t, readEnrolment, `SELECT `+enrolmentColumns+` FROM enrolments WHERE site = ? ORDER BY expires_at DESC, id DESC LIMIT ?`, site, limit)
}

func (t *tx) DeleteEnrolment(id credential.EnrolID) error {
	_, err := t.deleted(`DELETE FROM enrolments WHERE id = ?`, id[:])
	return err
}
