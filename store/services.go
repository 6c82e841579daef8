package store

import (
	"time"

	"lockhouse"
)

// Services keeps openings for service.
type Services interface {
	InsertService(lockhouse.Service) error
	// Service gives one. In an Update it stays as it is until that ends.
	Service(ref lockhouse.ParcelRef) (lockhouse.Service, error)
	UpdateService(lockhouse.Service) error
	// ServicesSince gives those that were asked for after a moment, newest first, at most limit.
	ServicesSince(after time.Time, limit int) ([]lockhouse.Service, error)
}

// Register keeps the register. Entries are only ever added.
type Register interface {
	// Enter adds an entry behind the last, and gives it its number and the hash of the one before. Two Updates that enter
	// something do it one after the other.
	Enter(lockhouse.Entry) error
	Entries(after int64, limit int) ([]lockhouse.Entry, error) // oldest first
}
