// Package hold keeps room at a site for a parcel that is not there yet: from a shop's checkout on, exactly once.
//
// A shop has one hold for each reference (a cart, later an order). Placing is a PUT: the same request again gives the
// same hold; another site, size or day replaces it in one transaction, so that the old room is free the moment the new
// one is kept, and a refusal leaves the old one as it was. A hold that was only placed lapses by itself after minutes; a
// confirmed one, which was paid for, when its last day is over. A lapsed one takes room again if there is any.
//
// How it breaks: the shop gives up waiting, or loses our answer. Then it asks again, with the same words, and gets what
// it has. Nothing but the transaction's own commit makes a hold.
package hold

import (
	"context"
	"io"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/store"
)

// Desk is where shops' holds are placed. Its fields are set once, by the assembly.
type Desk struct {
	Store  store.Store
	Sizes  lockhouse.Sizes
	Now    func() time.Time
	Random io.Reader // safe for use by several goroutines
}

// Request asks for room.
type Request struct {
	Shop       lockhouse.ShopID
	Reference  string // see lockhouse.CheckReference
	Site       lockhouse.SiteID
	Dimensions lockhouse.Dimensions
	Arrives    lockhouse.Day // a date at the site
}

// Place keeps room, or gives the hold that the same request got before; created is false then. It refuses as malformed,
// too_large, not_found (the site), past, closed, full, or used (the reference's parcel was announced already).
func (d *Desk) Place(ctx context.Context, r Request) (h lockhouse.Hold, created bool, err error) {
	if err := lockhouse.CheckReference(r.Reference); err != nil {
		return h, false, err
	}
	size, err := d.Sizes.Fit(r.Dimensions)
	if err != nil {
		return h, false, err
	}
	now := lockhouse.AsKept(d.Now())
	id := lockhouse.HoldID(lockhouse.NewID("hold", now, d.Random))
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		old, err := find(tx, r.Shop, r.Reference)
		if err != nil {
			return err
		}
		if old.Parcel != "" {
			return announced(old)
		}
		if same(old, r, now) {
			h, created = old, false
			return nil
		}
		h = wanted(r, id, size, now)
		created = true
		site, err := tx.Site(h.Site)
		if err != nil {
			return err
		}
		if h, err = inherit(h, old, site); err != nil {
			return err
		}
		if err := place(tx, old, h, site); err != nil {
			return err
		}
		return say(tx, lockhouse.EventHoldPlaced, h, now)
	})
	if err != nil {
		return lockhouse.Hold{}, false, err
	}
	return h, created, nil
}

// PlaceFor keeps room for a parcel that is announced in the same transaction: its shop has no checkout, or none that asks
// first. The hold is the parcel's from the beginning, and is not said by itself. A hold that the reference has already
// becomes the parcel's if it keeps what is asked for, and is replaced otherwise. Refusals are those of Place.
func (d *Desk) PlaceFor(tx store.Tx, parcel lockhouse.ParcelID, r Request, now time.Time) (h lockhouse.Hold, err error) {
	size, err := d.Sizes.Fit(r.Dimensions)
	if err != nil {
		return h, err
	}
	old, err := find(tx, r.Shop, r.Reference)
	if err != nil {
		return h, err
	}
	if old.Parcel != "" {
		return h, announced(old)
	}
	site, err := tx.Site(r.Site)
	if err != nil {
		return h, err
	}
	if site.Closed {
		return h, capacity.MayArrive(site, r.Arrives, now)
	}
	if same(old, r, now) {
		h = theirs(old, parcel)
		return h, tx.PutHold(h)
	}
	h = wanted(r, lockhouse.HoldID(lockhouse.NewID("hold", now, d.Random)), size, now)
	h.From, h.Until = capacity.Window(site, h.From)
	h = theirs(h, parcel)
	return h, place(tx, old, h, site)
}

// place puts a hold where the reference had another, or none.
func place(tx store.Tx, old, h lockhouse.Hold, site lockhouse.Site) error {
	if err := capacity.MayArrive(site, h.From, h.PlacedAt); err != nil {
		return err
	}
	if capacity.Counted(old) {
		if err := capacity.Take(tx, old, h); err != nil {
			return err
		}
		if _, err := capacity.Free(tx, old, old.From, lockhouse.HoldReleased); err != nil {
			return err
		}
		if err := say(tx, lockhouse.EventHoldReleased, old, h.PlacedAt); err != nil {
			return err
		}
	}
	return capacity.Keep(tx, h, h.PlacedAt)
}

// Get gives the shop's hold as it is now.
func (d *Desk) Get(ctx context.Context, shop lockhouse.ShopID, reference string) (h lockhouse.Hold, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		h, err = tx.Hold(shop, reference)
		return err
	})
	return seen(h, d.Now()), err
}

// Extend gives a placed hold its time at checkout anew, up to MaxPlaced after it was placed. It refuses as lapsed, or as
// conflict when there is no more to give. A confirmed hold has its time already and stays as it is.
func (d *Desk) Extend(ctx context.Context, shop lockhouse.ShopID, reference string) (lockhouse.Hold, error) {
	return d.change(ctx, shop, reference, func(tx store.Tx, h lockhouse.Hold, now time.Time) (lockhouse.Hold, error) {
		next, err := extended(h, now)
		if err != nil || next.LapsesAt.Equal(h.LapsesAt) {
			return next, err
		}
		if err := tx.PutHold(next); err != nil {
			return h, err
		}
		return next, say(tx, lockhouse.EventHoldExtended, next, now)
	})
}

// Confirm says that the order was paid. A lapsed hold takes room again if there is any, from the site's today at the
// earliest; full says that there is none. A released one is a conflict.
func (d *Desk) Confirm(ctx context.Context, shop lockhouse.ShopID, reference string) (lockhouse.Hold, error) {
	return d.change(ctx, shop, reference, func(tx store.Tx, h lockhouse.Hold, now time.Time) (lockhouse.Hold, error) {
		if h.State == lockhouse.HoldConfirmed && h.Keeps(now) {
			return h, nil
		}
		if err := mayConfirm(h); err != nil {
			return h, err
		}
		site, err := tx.Site(h.Site)
		if err != nil {
			return h, err
		}
		h, err = confirm(tx, h, site, now)
		if err != nil {
			return h, err
		}
		return h, say(tx, lockhouse.EventHoldConfirmed, h, now)
	})
}

func confirm(tx store.Tx, h lockhouse.Hold, site lockhouse.Site, now time.Time) (lockhouse.Hold, error) {
	if h.Keeps(now) {
		h, err := confirmed(h, site)
		if err != nil {
			return h, err
		}
		return h, tx.PutHold(h)
	}
	if _, err := capacity.Free(tx, h, h.From, lockhouse.HoldLapsed); err != nil {
		return h, err
	}
	h.State = lockhouse.HoldConfirmed
	h, err := capacity.Again(tx, h, site, now)
	if err != nil {
		return h, err
	}
	if h, err = confirmed(h, site); err != nil { // its last day may have moved
		return h, err
	}
	return h, tx.PutHold(h)
}

// Release gives the room back: the cart was abandoned, or the order cancelled. Doing it twice is as good as once. A
// hold whose parcel was announced is a conflict: recall the parcel instead.
func (d *Desk) Release(ctx context.Context, shop lockhouse.ShopID, reference string) (lockhouse.Hold, error) {
	return d.change(ctx, shop, reference, func(tx store.Tx, h lockhouse.Hold, now time.Time) (lockhouse.Hold, error) {
		if !capacity.Counted(h) {
			return h, nil
		}
		h, err := capacity.Free(tx, h, h.From, lockhouse.HoldReleased)
		if err != nil {
			return h, err
		}
		return h, say(tx, lockhouse.EventHoldReleased, h, now)
	})
}

// Lapse lets go at most limit holds whose time is over, oldest first. The assembly's timer calls it; Place does not wait
// for it.
func (d *Desk) Lapse(ctx context.Context, limit int) (gone int, err error) {
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		gone, err = capacity.Lapse(tx, "", d.Now(), limit)
		return err
	})
	return gone, err
}

// change runs a verb on the shop's hold, unless a parcel has it already.
func (d *Desk) change(ctx context.Context, shop lockhouse.ShopID, reference string,
	verb func(store.Tx, lockhouse.Hold, time.Time) (lockhouse.Hold, error),
) (h lockhouse.Hold, err error) {
	now := lockhouse.AsKept(d.Now())
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		old, err := tx.Hold(shop, reference)
		if err != nil {
			return err
		}
		if old.Parcel != "" {
			return announced(old)
		}
		h, err = verb(tx, old, now)
		return err
	})
	if err != nil {
		return lockhouse.Hold{}, err
	}
	return seen(h, now), nil
}

// find gives the reference's hold, or an empty one.
func find(tx store.Tx, shop lockhouse.ShopID, reference string) (lockhouse.Hold, error) {
	h, err := tx.Hold(shop, reference)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return lockhouse.Hold{}, nil
	}
	return h, err
}

func say(tx store.Tx, kind lockhouse.EventKind, h lockhouse.Hold, at time.Time) error {
	return tx.Say(lockhouse.Event{Kind: kind, At: at, Shop: h.Shop, Hold: h.ID, Site: h.Site})
}
