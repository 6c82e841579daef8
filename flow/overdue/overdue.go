// Package overdue is the short other road: a parcel that nobody collects in its time is overdue, is recalled some days
// later, and is taken out by the courier. The recipient may extend the time if there is room; the shop or the operator
// may recall a parcel at any moment before it is collected.
//
// A parcel that stays longer than it was promised room takes it all the same. The count follows, on further days and
// without asking, so that nobody else is promised what is not there.
package overdue

import (
	"context"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/store"
)

// Desk is where a parcel's time is watched and changed. Its fields are set once.
type Desk struct {
	Store store.Store
	Now   func() time.Time
}

// Sweep does what the clock asks for: marks parcels overdue, recalls those that are for long, and keeps room for those
// that stay beyond their days; at most limit of each. The assembly's timer calls it; done tells how many it changed.
func (d *Desk) Sweep(ctx context.Context, limit int) (done int, err error) {
	now := lockhouse.AsKept(d.Now())
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		done = 0
		for _, step := range []func(store.Tx, time.Time, int) (int, error){markOverdue, recallLate, stretch} {
			n, err := step(tx, now, limit)
			if err != nil {
				return err
			}
			done += n
		}
		return nil
	})
	return done, err
}

func markOverdue(tx store.Tx, now time.Time, limit int) (int, error) {
	due, err := tx.ParcelsDue(lockhouse.ParcelDroppedOff, now, limit)
	if err != nil {
		return 0, err
	}
	for _, p := range due {
		if err := happen(tx, p, lockhouse.HappensOverdue, lockhouse.EventParcelOverdue, now); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

func recallLate(tx store.Tx, now time.Time, limit int) (int, error) {
	late, err := tx.ParcelsDue(lockhouse.ParcelOverdue, now.AddDate(0, 0, -RecallAfterDays), limit)
	if err != nil {
		return 0, err
	}
	for _, p := range late {
		if err := happen(tx, p, lockhouse.HappensRecalled, lockhouse.EventParcelRecalled, now); err != nil {
			return 0, err
		}
	}
	return len(late), nil
}

// stretch keeps room for parcels whose last day has come, and gives up room for those that never came. Days are of UTC,
// coarse on purpose: everywhere on earth that is before the site's own day is over.
func stretch(tx store.Tx, now time.Time, limit int) (int, error) {
	today := lockhouse.DayOf(now.UTC())
	ending, err := tx.HoldsEnding(today, limit)
	if err != nil {
		return 0, err
	}
	if err := capacity.Take(tx, ending...); err != nil {
		return 0, err
	}
	for _, h := range ending {
		p, err := tx.Parcel(h.Parcel)
		if err != nil {
			return 0, err
		}
		if givenUp(p, h, today) {
			_, err = capacity.Free(tx, h, today, lockhouse.HoldReleased)
		} else {
			_, err = capacity.Occupy(tx, h, h.From, today+StretchDays, lockhouse.Size{Name: h.Size, Rank: h.Rank})
		}
		if err != nil {
			return 0, err
		}
		if err := tx.Say(lockhouse.Event{Kind: lockhouse.EventRoomChanged, At: now, Hold: h.ID, Site: h.Site}); err != nil {
			return 0, err
		}
	}
	return len(ending), nil
}

// Extend gives a recipient more time, up to MaxExtendedDays beyond the site's holding time, if there is room. The parcel
// must be one of the persons': otherwise it is not_found.
func (d *Desk) Extend(ctx context.Context, id lockhouse.ParcelID, persons ...lockhouse.PersonID) (p lockhouse.Parcel, err error) {
	now := lockhouse.AsKept(d.Now())
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if p, err = tx.Parcel(id); err != nil {
			return err
		}
		if !slices.Contains(persons, p.Person) {
			return unknown()
		}
		p, err = extend(tx, p, now)
		return err
	})
	return p, err
}

func extend(tx store.Tx, p lockhouse.Parcel, now time.Time) (lockhouse.Parcel, error) {
	site, err := tx.Site(p.Site)
	if err != nil {
		return p, err
	}
	p, last, err := extended(p, site, now)
	if err != nil {
		return p, err
	}
	h, err := tx.HoldByID(p.Hold)
	if err != nil {
		return p, err
	}
	if _, err := capacity.Longer(tx, h, last); err != nil {
		return p, err
	}
	if err := tx.UpdateParcel(p); err != nil {
		return p, err
	}
	return p, say(tx, lockhouse.EventParcelExtended, p, now)
}

// Recall asks for a parcel back, in an operator's name. One that was not dropped off gives its room back at once. Doing
// it twice is as good as once; a parcel that has ended is a conflict.
func (d *Desk) Recall(ctx context.Context, id lockhouse.ParcelID) (lockhouse.Parcel, error) {
	return d.recall(ctx, func(tx store.Tx) (lockhouse.Parcel, error) { return tx.Parcel(id) })
}

// RecallOfShop asks for a parcel back, in the name of the shop that announced it.
func (d *Desk) RecallOfShop(ctx context.Context, shop lockhouse.ShopID, reference string) (lockhouse.Parcel, error) {
	return d.recall(ctx, func(tx store.Tx) (lockhouse.Parcel, error) { return tx.ParcelOfShop(shop, reference) })
}

func (d *Desk) recall(ctx context.Context, which func(store.Tx) (lockhouse.Parcel, error)) (p lockhouse.Parcel, err error) {
	now := lockhouse.AsKept(d.Now())
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if p, err = which(tx); err != nil || p.State == lockhouse.ParcelRecalled {
			return err
		}
		if p.State, err = p.State.Next(lockhouse.HappensRecalled); err != nil {
			return err
		}
		if !p.Inside() {
			if err := capacity.FreeParcel(tx, p, now); err != nil {
				return err
			}
		}
		if err := tx.UpdateParcel(p); err != nil {
			return err
		}
		return say(tx, lockhouse.EventParcelRecalled, p, now)
	})
	return p, err
}

// TakenOut hears a locker say that the courier took a parcel back.
func (d *Desk) TakenOut(tx store.Tx, r lockhouse.Receipt) error {
	p, err := tx.ParcelByRef(r.Ref)
	if err != nil {
		return err
	}
	at := r.Moment(d.Now())
	if p, err = takenOut(p, r, at); err != nil {
		return err
	}
	if err := capacity.FreeParcel(tx, p, at); err != nil {
		return err
	}
	if err := tx.UpdateParcel(p); err != nil {
		return err
	}
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventParcelReturned, At: at, Shop: p.Shop, Parcel: p.ID, Site: p.Site,
		Locker: r.Locker, Compartment: r.Compartment})
}

func happen(tx store.Tx, p lockhouse.Parcel, what lockhouse.Happening, kind lockhouse.EventKind, at time.Time) (err error) {
	if p.State, err = p.State.Next(what); err != nil {
		return err
	}
	if err := tx.UpdateParcel(p); err != nil {
		return err
	}
	return say(tx, kind, p, at)
}

func say(tx store.Tx, kind lockhouse.EventKind, p lockhouse.Parcel, at time.Time) error {
	return tx.Say(lockhouse.Event{Kind: kind, At: at, Shop: p.Shop, Parcel: p.ID, Site: p.Site, Locker: p.Locker, Compartment: p.Compartment})
}
