package store

import (
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
)

// Enrolments keeps the codes by which new lockers may come, by what says nothing of them.
type Enrolments interface {
	InsertEnrolment(Enrolment) error
	// Enrolment gives one. In an Update it stays as it is until that ends: of two lockers with one code, one comes.
	Enrolment(id credential.EnrolID) (Enrolment, error)
	// EnrolmentsAt gives a site's, those that end last first, at most limit.
	EnrolmentsAt(site lockhouse.SiteID, limit int) ([]Enrolment, error)
	UseEnrolment(id credential.EnrolID, locker lockhouse.LockerID, at time.Time) error
	DeleteEnrolment(id credential.EnrolID) error // nothing happens when there is none
	// DeleteEnrolments deletes those that were over before a moment, at most limit.
	DeleteEnrolments(before time.Time, limit int) (deleted int, err error)
}

// Enrolment is a code that an operator made for a locker that is to come.
type Enrolment struct {
	ID        credential.EnrolID
	Public    []byte // of the key that follows from the code, 65 bytes
	Challenge []byte
	Site      lockhouse.SiteID
	Name      string // that the locker will have
	ExpiresAt time.Time
	UsedAt    time.Time          // zero while nobody came
	Locker    lockhouse.LockerID // who came
}
