package fleet

import (
	"context"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// How a locker's end is entered in the register, and said in its event.
const (
	retiredEmpty  = "empty"
	retiredForced = "forced" // with parcels inside, which still come out
	RetiredStolen = "stolen" // and is not believed any more
)

// Retire ends a locker. From now on nothing is promised in it and nothing put in; what lies inside can still be collected,
// and when it is empty it is told to forget its keys. One with parcels inside is refused unless forced. One that was stolen,
// or whose computer was, is not believed from this moment on: no grant is made for it, and its line and receipts are refused.
// Twice is as good as once; stolen comes after anything.
func (d *Desk) Retire(ctx context.Context, locker lockhouse.LockerID, forced, stolen bool) (r lockhouse.Retirement, err error) {
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		l, err := tx.Locker(locker)
		if err != nil {
			return err
		}
		if r, err = tx.Retirement(locker); err != nil || !r.AskedAt.IsZero() && r.Stolen == (r.Stolen || stolen) {
			return err
		}
		parcels, err := tx.ParcelsIn(locker)
		if err != nil {
			return err
		}
		how := retiredEmpty
		switch {
		case stolen:
			how = RetiredStolen
		case len(parcels) > 0 && !forced:
			return lockhouse.Refuse(lockhouse.CodeConflict, "%d parcels lie in this locker. Let them be collected or take them out first; or force it, and they still come out.", len(parcels)).With("parcels", len(parcels))
		case len(parcels) > 0:
			how = retiredForced
		}
		r, err = d.retire(tx, l, r, how)
		return err
	})
	return r, err
}

func (d *Desk) retire(tx store.Tx, l lockhouse.Locker, r lockhouse.Retirement, how string) (lockhouse.Retirement, error) {
	now := lockhouse.AsKept(d.Now())
	boxes, err := tx.Compartments(l.ID)
	if err != nil {
		return r, err
	}
	for _, c := range boxes {
		if err := d.setOutOfService(tx, l, c.Number, true); err != nil {
			return r, err
		}
	}
	if r.AskedAt.IsZero() {
		r.AskedAt = now
	}
	if how == RetiredStolen {
		r.Stolen, r.DoneAt = true, now
	}
	if err := tx.SetRetirement(l.ID, r); err != nil {
		return r, err
	}
	if err := atSite(tx, l.Site); err != nil {
		return r, err
	}
	if err := tx.Enter(lockhouse.Entry{At: now, Kind: lockhouse.EntryLockerRetired, Site: l.Site, Locker: l.ID, Reason: how}); err != nil {
		return r, err
	}
	return r, tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerRetired, At: now, Site: l.Site, Locker: l.ID, Note: how})
}

// MaxRetiring bounds how many lockers are told at a time, of the maxRetiringSeen that are looked at.
const (
	MaxRetiring     = 20
	maxRetiringSeen = 1_000
)

// ToForget gives lockers that are to forget their keys and have nothing inside any more, as far as the network knows: those first
// that were heard last, so that some that never answer again stand in nobody's way.
func (d *Desk) ToForget(ctx context.Context) (empty []lockhouse.LockerID, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		empty = nil
		all, err := tx.Retiring(maxRetiringSeen)
		if err != nil {
			return err
		}
		heard := map[lockhouse.LockerID]time.Time{}
		for _, id := range all {
			if heard[id], err = tx.Heard(id); err != nil {
				return err
			}
		}
		slices.SortStableFunc(all, func(a, b lockhouse.LockerID) int { return heard[b].Compare(heard[a]) })
		for _, id := range all {
			parcels, err := tx.ParcelsIn(id)
			if err != nil {
				return err
			}
			if len(parcels) == 0 && len(empty) < MaxRetiring {
				empty = append(empty, id)
			}
		}
		return nil
	})
	return empty, err
}
