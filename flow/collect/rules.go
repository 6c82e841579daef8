package collect

import (
	"time"

	"lockhouse"
)

// collected is the parcel after its recipient took it. The receipt must speak of the very drop-off that the network
// knows: the same locker, compartment and generation.
func collected(p lockhouse.Parcel, r lockhouse.Receipt, at time.Time) (lockhouse.Parcel, error) {
	next, err := p.State.Next(lockhouse.HappensCollected)
	if err != nil {
		return p, err
	}
	if p.Locker != r.Locker || p.Compartment != r.Compartment || p.Generation != r.Generation {
		return p, lockhouse.Refuse(lockhouse.CodeConflict, "The receipt speaks of another drop-off than the parcel's.")
	}
	p.State, p.EndedAt = next, at
	return p, nil
}
