// Package dropoff is the courier's part: which sites to drive to, what to put into which locker and what to take out of
// it again, and what the locker's receipts then say came of it.
//
// The courier's list names parcels by the reference that the locker knows, with the rank they need. Which compartment
// becomes a parcel's is the locker's choice, made at its door; the network learns it from the receipt.
package dropoff

import (
	"context"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/store"
)

// Desk is where couriers ask, and where the lockers' news of a drop-off arrives. Its fields are set once.
type Desk struct {
	Store store.Store
	Sizes lockhouse.Sizes
	Now   func() time.Time
}

// Stop is one site at which a courier has something to do.
type Stop struct {
	Site    lockhouse.Site
	Lockers []lockhouse.Locker
	Deliver []lockhouse.Parcel // to put in
	TakeOut []lockhouse.Parcel // to take back
}

// Stops lists the sites at which there is something to do, by their ids.
func (d *Desk) Stops(ctx context.Context) (stops []Stop, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		sites, err := tx.SitesWith(slices.Concat(carried, announced, wantedBack)...)
		if err != nil {
			return err
		}
		for _, id := range sites {
			s, err := stopAt(tx, id)
			if err != nil {
				return err
			}
			if len(s.Deliver)+len(s.TakeOut) > 0 {
				stops = append(stops, s)
			}
		}
		return nil
	})
	return stops, err
}

func stopAt(tx store.Tx, id lockhouse.SiteID) (s Stop, err error) {
	if s.Site, err = tx.Site(id); err != nil {
		return s, err
	}
	if s.Lockers, err = tx.LockersAt(id); err != nil {
		return s, err
	}
	if s.Deliver, err = toDeliver(tx, id); err != nil {
		return s, err
	}
	s.TakeOut, err = toTakeOut(tx, s.Lockers...)
	return s, err
}

// toDeliver gives what is to be put in at a site: what a carrier has, and then what was only announced. Nobody but a
// courier says of a parcel that a carrier has it, so no shop's announcements can crowd it off a sheet.
func toDeliver(tx store.Tx, site lockhouse.SiteID) (all []lockhouse.Parcel, err error) {
	for _, states := range [][]lockhouse.ParcelState{carried, announced} {
		parcels, err := tx.ParcelsAt(site, states...)
		if err != nil {
			return nil, err
		}
		all = append(all, parcels...)
	}
	return all, nil
}

// toTakeOut gives what is to come out of lockers again. They are asked, and not the site: a parcel that was recalled
// before it was dropped off stays recalled, and there is no end to those.
func toTakeOut(tx store.Tx, lockers ...lockhouse.Locker) (all []lockhouse.Parcel, err error) {
	for _, l := range lockers {
		parcels, err := tx.ParcelsIn(l.ID, wantedBack...)
		if err != nil {
			return nil, err
		}
		all = append(all, parcels...)
	}
	return all, nil
}

// Sheet is what a courier may do at one locker, with all that a page needs to draw it.
type Sheet struct {
	Site         lockhouse.Site
	Locker       lockhouse.Locker
	Compartments []lockhouse.Compartment
	Items        []Item // at most lockhouse.MaxTargets: what comes out, what a carrier has, what was announced
	More         int    // how many items did not fit: the next sheet has them
}

// Item is one parcel on a sheet.
type Item struct {
	Target lockhouse.Target
	Parcel lockhouse.Parcel
}

// Targets gives what a grant for the sheet allows, in the items' order.
func (s Sheet) Targets() []lockhouse.Target {
	targets := make([]lockhouse.Target, len(s.Items))
	for i, item := range s.Items {
		targets[i] = item.Target
	}
	return targets
}

// Manifest gives the courier's sheet for one locker.
func (d *Desk) Manifest(ctx context.Context, locker lockhouse.LockerID) (s Sheet, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		if s.Locker, err = tx.Locker(locker); err != nil {
			return err
		}
		if s.Site, err = tx.Site(s.Locker.Site); err != nil {
			return err
		}
		if s.Compartments, err = tx.Compartments(locker); err != nil {
			return err
		}
		deliver, err := toDeliver(tx, s.Site.ID)
		if err != nil {
			return err
		}
		takeOut, err := toTakeOut(tx, s.Locker)
		if err != nil {
			return err
		}
		r, err := tx.Retirement(locker)
		if err != nil {
			return err
		}
		if !r.AskedAt.IsZero() {
			deliver = nil
		}
		if !r.Believed() {
			takeOut = nil
		}
		s.Items, s.More = items(deliver, takeOut)
		return nil
	})
	return s, err
}

// Stored hears a locker say that a courier's door was shut on a parcel.
func (d *Desk) Stored(tx store.Tx, r lockhouse.Receipt) error {
	p, err := tx.ParcelByRef(r.Ref)
	if err != nil {
		return err
	}
	locker, err := tx.Locker(r.Locker)
	if err != nil {
		return err
	}
	site, err := tx.Site(p.Site)
	if err != nil {
		return err
	}
	at := droppedOffAt(p, r, d.Now())
	p, err = stored(p, r, locker, site, at)
	if err != nil {
		return err
	}
	if err := occupy(tx, p, site, at); err != nil {
		return err
	}
	if err := tx.UpdateParcel(p); err != nil {
		return err
	}
	return say(tx, lockhouse.EventParcelDroppedOff, p, r, at, "")
}

// occupy lets the count of kept room follow where the parcel lies, and until when it may.
func occupy(tx store.Tx, p lockhouse.Parcel, site lockhouse.Site, at time.Time) error {
	h, err := tx.HoldByID(p.Hold)
	if err != nil {
		return err
	}
	boxes, err := tx.Compartments(p.Locker)
	if err != nil {
		return err
	}
	size, err := sizeOf(boxes, p.Compartment)
	if err != nil {
		return err
	}
	from, until, err := stay(p, site, at)
	if err != nil {
		return err
	}
	_, err = capacity.Occupy(tx, h, from, until, size)
	return err
}

// Misfit hears a locker say that the courier took a parcel out again because it did not fit. The parcel needs a bigger
// compartment from then on, whatever its shop had measured.
func (d *Desk) Misfit(tx store.Tx, r lockhouse.Receipt) error {
	p, err := tx.ParcelByRef(r.Ref)
	if err != nil {
		return err
	}
	locker, err := tx.Locker(r.Locker)
	if err != nil {
		return err
	}
	boxes, err := tx.Compartments(r.Locker)
	if err != nil {
		return err
	}
	tried, err := sizeOf(boxes, r.Compartment)
	if err != nil {
		return err
	}
	if p, err = misfit(p, r, locker, tried, d.Sizes); err != nil {
		return err
	}
	at := r.Moment(d.Now())
	if p.State == lockhouse.ParcelRecalled { // meanwhile: it does not come again
		if err := capacity.FreeParcel(tx, p, at); err != nil {
			return err
		}
	}
	if err := tx.UpdateParcel(p); err != nil {
		return err
	}
	return say(tx, lockhouse.EventParcelMisfit, p, r, at, tried.Name)
}

func say(tx store.Tx, kind lockhouse.EventKind, p lockhouse.Parcel, r lockhouse.Receipt, at time.Time, note string) error {
	return tx.Say(lockhouse.Event{Kind: kind, At: at, Shop: p.Shop, Parcel: p.ID, Site: p.Site, Locker: r.Locker,
		Compartment: r.Compartment, Note: note})
}
