// Package manifest is where a shop says that a parcel really comes: who it is for, under which number the carrier has it.
// The hold becomes the parcel's, in the same transaction in which the parcel is written down and its recipient is kept.
//
// Some shops cannot refuse an order after payment, however late they announce it: a hold that has lapsed takes room
// again if there is any. The same announcement again gives the same parcel; a corrected recipient is kept.
package manifest

import (
	"context"
	"io"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/store"
)

// Desk is where parcels are announced and handed over. Its fields are set once, by the assembly.
type Desk struct {
	Store  store.Store
	Now    func() time.Time
	Random io.Reader // safe for use by several goroutines
}

// Order is what a shop announces. Its hold has the same reference.
type Order struct {
	Shop      lockhouse.ShopID
	Reference string // see lockhouse.CheckReference
	Tracking  string // see lockhouse.CheckTracking
	Room      *Room  // where the shop did not ask for room before; nil: the reference has a hold
}

// Room is room that is kept within the announcement.
type Room struct {
	Site       lockhouse.SiteID
	Dimensions lockhouse.Dimensions
	Keep       func(tx store.Tx, parcel lockhouse.ParcelID, now time.Time) (lockhouse.Hold, error) // gives it to the parcel
}

// Announce turns the order's hold into a parcel, or gives the parcel that it became before; created is false then. Both
// times with runs in the same transaction, unless the parcel has ended: it keeps the person whom parcel.Person names.
// Refusals: malformed, not_found (no hold), closed (the site, since), full (lapsed, and no room any more), conflict
// (released, or another tracking number, site or dimensions than before, or a number that another parcel on its way has),
// and those of keeping room where that is done here.
func (d *Desk) Announce(ctx context.Context, o Order, with func(store.Tx, lockhouse.Parcel) error) (p lockhouse.Parcel, created bool, err error) {
	if err := check(o); err != nil {
		return p, false, err
	}
	now := lockhouse.AsKept(d.Now())
	fresh := drawn(o, now, d.Random)
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if p, err = tx.ParcelOfShop(o.Shop, o.Reference); err == nil {
			created = false
			return again(tx, p, o, with)
		}
		if lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
			return err
		}
		created = true
		if p, err = announce(tx, fresh, o.Room, now); err != nil {
			return err
		}
		return with(tx, p)
	})
	if err != nil {
		return lockhouse.Parcel{}, false, err
	}
	return p, created, nil
}

func announce(tx store.Tx, p lockhouse.Parcel, room *Room, now time.Time) (lockhouse.Parcel, error) {
	h, err := holdFor(tx, p, room, now)
	if err != nil {
		return p, err
	}
	p = of(p, h)
	if err := tx.InsertParcel(p); err != nil {
		return p, err
	}
	return p, tx.Say(lockhouse.Event{Kind: lockhouse.EventParcelAnnounced, At: now, Shop: p.Shop, Hold: p.Hold, Parcel: p.ID, Site: p.Site})
}

// holdFor gives the parcel its reference's hold, or one that is kept now.
func holdFor(tx store.Tx, p lockhouse.Parcel, room *Room, now time.Time) (lockhouse.Hold, error) {
	if room != nil {
		return room.Keep(tx, p.ID, now)
	}
	h, err := tx.Hold(p.Shop, p.Reference)
	if err != nil {
		return h, err
	}
	site, err := tx.Site(h.Site)
	if err != nil {
		return h, err
	}
	if err := mayAnnounce(h, site); err != nil {
		return h, err
	}
	return h, convert(tx, h, p.ID, site, now)
}

// convert gives a hold to its parcel, taking room again if it has lapsed.
func convert(tx store.Tx, h lockhouse.Hold, parcel lockhouse.ParcelID, site lockhouse.Site, now time.Time) error {
	keeps := h.Keeps(now)
	if !keeps {
		if _, err := capacity.Free(tx, h, h.From, lockhouse.HoldLapsed); err != nil {
			return err
		}
	}
	h.State, h.Parcel = lockhouse.HoldConverted, parcel
	if keeps {
		return tx.PutHold(h)
	}
	_, err := capacity.Again(tx, h, site, now)
	return err
}

func again(tx store.Tx, p lockhouse.Parcel, o Order, with func(store.Tx, lockhouse.Parcel) error) error {
	if err := sameOrder(p, o); err != nil {
		return err
	}
	if !p.EndedAt.IsZero() {
		return nil
	}
	return with(tx, p)
}

// Get gives the shop's parcel and its timeline, oldest first.
func (d *Desk) Get(ctx context.Context, shop lockhouse.ShopID, reference string) (p lockhouse.Parcel, line []lockhouse.Event, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		if p, err = tx.ParcelOfShop(shop, reference); err != nil {
			return err
		}
		line, err = tx.Timeline(p.ID)
		return err
	})
	return p, line, err
}

// HandedOver says that the carrier has the parcel with this number. Saying it twice is as good as once.
func (d *Desk) HandedOver(ctx context.Context, tracking string) (p lockhouse.Parcel, err error) {
	if err := lockhouse.CheckTracking(tracking); err != nil {
		return p, err
	}
	now := lockhouse.AsKept(d.Now())
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if p, err = tx.ParcelByTracking(tracking); err != nil || p.State == lockhouse.ParcelInTransit {
			return err
		}
		if p.State, err = p.State.Next(lockhouse.HappensHandedOver); err != nil {
			return err
		}
		if err := tx.UpdateParcel(p); err != nil {
			return err
		}
		return tx.Say(lockhouse.Event{Kind: lockhouse.EventParcelInTransit, At: now, Shop: p.Shop, Parcel: p.ID, Site: p.Site})
	})
	return p, err
}
