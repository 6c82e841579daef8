package fleet

import (
	"context"

	"lockhouse"
	"lockhouse/store"
)

// Why an operator says in a locker's place that it is done.
const (
	ConcludedDestroyed = "destroyed" // its computer, and with it its keys
	ConcludedSilent    = "silent"    // it is empty, and nobody hears of it any more
)

// Forgotten notes that a locker takes nothing more: nobody is it any more. Twice is as good as once.
func (d *Desk) Forgotten(ctx context.Context, locker lockhouse.LockerID) error {
	now := lockhouse.AsKept(d.Now())
	return d.Store.Update(ctx, func(tx store.Tx) error {
		r, err := tx.Retirement(locker)
		if err != nil || !r.Retiring() {
			return err
		}
		r.DoneAt = now
		return tx.SetRetirement(locker, r)
	})
}

// Conclude says in the place of a retired locker that it is done: its word was lost, or it can't give it any more. It stands in the register,
// with the reason. Should the locker call after all, it is told to forget its keys. One that is silent is not while parcels are said to lie inside.
func (d *Desk) Conclude(ctx context.Context, locker lockhouse.LockerID, reason string) (r lockhouse.Retirement, err error) {
	if reason != ConcludedDestroyed && reason != ConcludedSilent {
		return r, lockhouse.Refuse(lockhouse.CodeMalformed, "A retirement is concluded because the locker is %s or %s.", ConcludedDestroyed, ConcludedSilent).With("field", "reason")
	}
	now := lockhouse.AsKept(d.Now())
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		l, err := tx.Locker(locker)
		if err != nil {
			return err
		}
		if r, err = tx.Retirement(locker); err != nil || !r.DoneAt.IsZero() {
			return err
		}
		if r.AskedAt.IsZero() {
			return lockhouse.Refuse(lockhouse.CodeConflict, "This locker is at work. Retire it first.")
		}
		parcels, err := tx.ParcelsIn(locker)
		if err == nil && len(parcels) > 0 && reason != ConcludedDestroyed {
			err = lockhouse.Refuse(lockhouse.CodeConflict, "%d parcels are said to lie in this locker. Have them taken out first.", len(parcels)).With("parcels", len(parcels))
		}
		if err != nil {
			return err
		}
		r.DoneAt = now
		if err := tx.SetRetirement(locker, r); err != nil {
			return err
		}
		return tx.Enter(lockhouse.Entry{At: now, Kind: lockhouse.EntryLockerRetired, Site: l.Site, Locker: locker, Reason: reason})
	})
	return r, err
}

// Leaving tells whether a locker may only call to hear that its end is noted. One in others' hands is refused.
func (d *Desk) Leaving(ctx context.Context, locker lockhouse.LockerID) (leaving bool, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		r, err := tx.Retirement(locker)
		if err == nil && r.Stolen {
			err = lockhouse.Refuse(lockhouse.CodeForbidden, "This locker was retired as stolen.")
		}
		leaving = r.Leaving()
		return err
	})
	return leaving, err
}

// Believed refuses a locker of which nothing is believed any more.
func (d *Desk) Believed(ctx context.Context, locker lockhouse.LockerID) error {
	return d.Store.View(ctx, func(tx store.Tx) error {
		r, err := tx.Retirement(locker)
		if err == nil && !r.Believed() {
			err = lockhouse.Refuse(lockhouse.CodeForbidden, "This locker was retired; nothing that it says counts any more.")
		}
		return err
	})
}
