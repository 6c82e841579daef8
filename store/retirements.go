package store

import "lockhouse"

// Retirements keeps how far lockers' ends have come.
type Retirements interface {
	// Retirement gives it; zero of a locker at work. In an Update it stays as it is until that ends.
	Retirement(locker lockhouse.LockerID) (lockhouse.Retirement, error)
	SetRetirement(locker lockhouse.LockerID, r lockhouse.Retirement) error
	// Retiring gives lockers that are still to be told, by id.
	Retiring(limit int) ([]lockhouse.LockerID, error)
}
