package fleet

import (
	"context"

	"lockhouse"
	"lockhouse/store"
)

// Elsewhere gives those of a locker's doubts whose parcels are known not to lie there: they lie in another compartment, or have
// come to an end with somebody. Of a parcel that is lost, or still on its way, nobody knows that.
func (d *Desk) Elsewhere(ctx context.Context, locker lockhouse.LockerID, doubts []lockhouse.Doubt) (elsewhere []lockhouse.Doubt, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		elsewhere = nil
		for _, doubt := range doubts {
			p, err := tx.ParcelByRef(doubt.Ref)
			if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
				continue // another network's, or none that this one remembers
			}
			if err != nil {
				return err
			}
			if liesElsewhere(p, locker, doubt) {
				elsewhere = append(elsewhere, doubt)
			}
		}
		return nil
	})
	return elsewhere, err
}

func liesElsewhere(p lockhouse.Parcel, locker lockhouse.LockerID, doubt lockhouse.Doubt) bool {
	switch p.State {
	case lockhouse.ParcelCollected, lockhouse.ParcelReturned:
		return true
	}
	return p.Inside() && (p.Locker != locker || p.Compartment != doubt.Compartment || p.Generation != doubt.Generation)
}
