package person

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Desk is where people are forgotten in time. Its fields are set once, by the assembly.
type Desk struct {
	Store   store.Store
	Book    Book
	Now     func() time.Time
	KeepFor time.Duration // how long a person is remembered after their last parcel ended
}

// Forget forgets those whose parcels have all ended longer ago than KeepFor, at most limit of them; done tells how many
// that were. The assembly's timer calls it. Their parcels stay, with a PersonID that leads nowhere.
func (d *Desk) Forget(ctx context.Context, limit int) (done int, err error) {
	before := lockhouse.AsKept(d.Now().Add(-d.KeepFor))
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		over, err := d.Book.Over(tx, before, limit)
		if err != nil {
			return err
		}
		for _, id := range over {
			if err := d.Book.Forget(tx, id); err != nil {
				return err
			}
		}
		done = len(over)
		return nil
	})
	return done, err
}
