package hold

import (
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
)

// Times of a hold that is not confirmed yet: what a checkout gets at once, and how much it can get by extending.
const (
	PlacedFor = 15 * time.Minute
	MaxPlaced = 2 * time.Hour
)

// wanted is the hold that a request asks for. Its last day is the site's to say: inherit sets it.
func wanted(r Request, id lockhouse.HoldID, size lockhouse.Size, now time.Time) lockhouse.Hold {
	return lockhouse.Hold{
		ID: id, Shop: r.Shop, Reference: r.Reference, Site: r.Site, Dimensions: r.Dimensions,
		Size: size.Name, Rank: size.Rank, From: r.Arrives,
		State: lockhouse.HoldPlaced, PlacedAt: now, LapsesAt: now.Add(PlacedFor),
	}
}

// inherit gives a new hold its days, and what the old one had paid for: a confirmed order that moves to another site is
// still a confirmed order.
func inherit(h, old lockhouse.Hold, site lockhouse.Site) (lockhouse.Hold, error) {
	h.From, h.Until = capacity.Window(site, h.From)
	if old.State == lockhouse.HoldConfirmed {
		return confirmed(h, site)
	}
	return h, nil
}

// theirs is a hold that belongs to a parcel.
func theirs(h lockhouse.Hold, parcel lockhouse.ParcelID) lockhouse.Hold {
	h.State, h.Parcel = lockhouse.HoldConverted, parcel
	return h
}

// same tells whether a request asks for what the hold is already, and the hold still keeps it.
func same(h lockhouse.Hold, r Request, now time.Time) bool {
	return h.Keeps(now) && h.Site == r.Site && h.Dimensions == r.Dimensions && h.From == r.Arrives
}

// seen gives a hold as it is at a moment: one whose time is over has lapsed, whether or not anybody wrote it down.
func seen(h lockhouse.Hold, now time.Time) lockhouse.Hold {
	if capacity.Counted(h) && !h.Keeps(now) {
		h.State = lockhouse.HoldLapsed
	}
	return h
}

func extended(h lockhouse.Hold, now time.Time) (lockhouse.Hold, error) {
	switch {
	case h.State == lockhouse.HoldReleased:
		return h, released()
	case !h.Keeps(now):
		return h, lockhouse.Refuse(lockhouse.CodeLapsed, "The hold has lapsed. Place or confirm it again: that takes room if there is any.")
	case h.State == lockhouse.HoldConfirmed:
		return h, nil
	}
	most := h.PlacedAt.Add(MaxPlaced)
	if !h.LapsesAt.Before(most) {
		return h, lockhouse.Refuse(lockhouse.CodeConflict, "A hold can wait for %d minutes in all, and this one has them. Confirm it, or place it again when it has lapsed.",
			int(MaxPlaced.Minutes())).With("lapses_at", h.LapsesAt)
	}
	if longer := now.Add(PlacedFor); longer.After(h.LapsesAt) { // a clock that was set back takes nothing away
		h.LapsesAt = longer
	}
	if h.LapsesAt.After(most) {
		h.LapsesAt = most
	}
	return h, nil
}

func mayConfirm(h lockhouse.Hold) error {
	if h.State == lockhouse.HoldReleased {
		return released()
	}
	return nil
}

// confirmed is the hold after payment: it lapses when its last day at the site is over.
func confirmed(h lockhouse.Hold, site lockhouse.Site) (lockhouse.Hold, error) {
	zone, err := site.Location()
	if err != nil {
		return h, err
	}
	h.State, h.LapsesAt = lockhouse.HoldConfirmed, lockhouse.AsKept((h.Until + 1).Start(zone))
	return h, nil
}

func released() error {
	return lockhouse.Refuse(lockhouse.CodeConflict, "The hold was released. Place it again: that takes room if there is any.")
}

func announced(h lockhouse.Hold) error {
	return lockhouse.Refuse(lockhouse.CodeUsed, "This reference's parcel was announced already; its hold can't be changed any more.").
		With("reference", h.Reference)
}
