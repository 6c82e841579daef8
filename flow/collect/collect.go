// Package collect hears a locker say that a recipient took a parcel, and gives the room back: from that day on another
// parcel may have it. Only the receipt does this, signed by the locker after the door was open and shut again; neither a
// grant nor an opened door is a collected parcel.
package collect

import (
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/store"
)

// Desk is where the lockers' news of a collection arrives. Its field is set once.
type Desk struct {
	Now func() time.Time
}

// Collected hears that the recipient's door was opened and shut again.
func (d *Desk) Collected(tx store.Tx, r lockhouse.Receipt) error {
	p, err := tx.ParcelByRef(r.Ref)
	if err != nil {
		return err
	}
	at := r.Moment(d.Now())
	if p, err = collected(p, r, at); err != nil {
		return err
	}
	if err := capacity.FreeParcel(tx, p, at); err != nil {
		return err
	}
	if err := tx.UpdateParcel(p); err != nil {
		return err
	}
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventParcelCollected, At: at, Shop: p.Shop, Parcel: p.ID, Site: p.Site,
		Locker: r.Locker, Compartment: r.Compartment})
}
