// Package past is the end of the walk: a parcel that has ended some days ago, and all that belonged to it, leaves the
// tables in daily use, so that what a network costs does not grow with what it has carried. Who asks for it by name still
// finds it, until the past itself is over.
//
// Lockers' chains of receipts go there too, a strand at a time and without a gap: what was signed can be shown for as
// long as the past is kept. What belongs to no parcel (a hold that came to nothing, a message that a shop has taken) is
// deleted after the same days.
package past

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// NeverCameDays is for how many days after its announcement a recalled parcel may still come. It has no end of its own.
const NeverCameDays = 90

// Desk moves things into the past and out of it. Its fields are set once, by the assembly.
type Desk struct {
	Store  store.Store
	Now    func() time.Time
	HotFor time.Duration // how long what has ended stays in the tables in daily use
	Months int           // for which the past is kept from then on
}

// Move moves parcels that ended longer ago than HotFor, at most limit of them; done tells how many that were.
func (d *Desk) Move(ctx context.Context, limit int) (done int, err error) {
	now := lockhouse.AsKept(d.Now())
	return d.update(ctx, func(tx store.Tx) (int, error) {
		before := now.Add(-d.HotFor)
		return tx.MoveParcels(before, before.AddDate(0, 0, -NeverCameDays), now, limit)
	})
}

// MoveReceipts looks at the next lockers, and moves a strand of each one's receipts that is older than HotFor; done
// tells at how many lockers it looked.
func (d *Desk) MoveReceipts(ctx context.Context, lockers int) (done int, err error) {
	now := lockhouse.AsKept(d.Now())
	return d.update(ctx, func(tx store.Tx) (int, error) { return tx.MoveReceipts(now.Add(-d.HotFor), now, lockers) })
}

// Tidy deletes what ended longer ago than HotFor and belongs to no parcel, at most limit of each kind.
func (d *Desk) Tidy(ctx context.Context, limit int) (done int, err error) {
	before := lockhouse.AsKept(d.Now().Add(-d.HotFor))
	return d.update(ctx, func(tx store.Tx) (int, error) { return tx.Tidy(before, limit) })
}

// Drop deletes what has been in the past for more than so many Months, at most limit parcels and strands.
func (d *Desk) Drop(ctx context.Context, limit int) (done int, err error) {
	before := lockhouse.AsKept(d.Now().AddDate(0, -d.Months, 0))
	return d.update(ctx, func(tx store.Tx) (int, error) { return tx.DropPast(before, limit) })
}

func (d *Desk) update(ctx context.Context, step func(store.Tx) (int, error)) (done int, err error) {
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		done, err = step(tx)
		return err
	})
	return done, err
}
