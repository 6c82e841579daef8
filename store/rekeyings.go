package store

import (
	"time"

	"lockhouse"
)

// Rekeyings keeps where lockers stand with their keysets.
type Rekeyings interface {
	// Rekeying gives it, with the present keyset. In an Update it stays as it is until that ends.
	Rekeying(locker lockhouse.LockerID) (lockhouse.Rekeying, error)
	// SetRekeying keeps all of it; its present keyset is what Locker gives from then on.
	SetRekeying(locker lockhouse.LockerID, r lockhouse.Rekeying) error
	// AskAllToRekey asks every locker for a next keyset that is not retired, nor asked, nor has a former one.
	AskAllToRekey(at time.Time) error
	// LockersAskedToRekey counts those that are asked and have not changed yet.
	LockersAskedToRekey() (int, error)
}
