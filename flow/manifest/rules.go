package manifest

import (
	"io"
	"time"

	"lockhouse"
)

func check(o Order) error {
	if err := lockhouse.CheckReference(o.Reference); err != nil {
		return err
	}
	return lockhouse.CheckTracking(o.Tracking)
}

// drawn is the parcel before it has a place: its names are drawn outside the transaction, which may run twice.
func drawn(o Order, now time.Time, random io.Reader) lockhouse.Parcel {
	return lockhouse.Parcel{
		ID:     lockhouse.ParcelID(lockhouse.NewID("par", now, random)),
		Ref:    lockhouse.NewParcelRef(random),
		Person: lockhouse.PersonID(lockhouse.NewID("per", now, random)),
		Shop:   o.Shop, Reference: o.Reference, Tracking: o.Tracking,
		State: lockhouse.ParcelAnnounced, AnnouncedAt: now,
	}
}

// of gives the parcel the place that its hold kept.
func of(p lockhouse.Parcel, h lockhouse.Hold) lockhouse.Parcel {
	p.Site, p.Hold, p.Dimensions, p.Size, p.Rank = h.Site, h.ID, h.Dimensions, h.Size, h.Rank
	return p
}

func mayAnnounce(h lockhouse.Hold, site lockhouse.Site) error {
	if h.State == lockhouse.HoldReleased {
		return lockhouse.Refuse(lockhouse.CodeConflict, "The hold was released. Place it again before announcing the parcel.")
	}
	if site.Closed {
		return lockhouse.Refuse(lockhouse.CodeClosed, "The site takes no more parcels since. Place the hold at another one.").With("site_id", site.ID)
	}
	return nil
}

func sameOrder(p lockhouse.Parcel, o Order) error {
	if p.Tracking != o.Tracking {
		return lockhouse.Refuse(lockhouse.CodeConflict, "This order's parcel was announced with another tracking number. Recall it, or give that number.").
			With("tracking_number", p.Tracking)
	}
	if r := o.Room; r != nil && (p.Site != r.Site || p.Dimensions != r.Dimensions) {
		return lockhouse.Refuse(lockhouse.CodeConflict, "This order's parcel was announced for another site or with other dimensions. Recall it, or give those.").
			With("site_id", p.Site)
	}
	return nil
}
