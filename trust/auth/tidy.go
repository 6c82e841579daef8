package auth

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// keepOver is how long a link or session that is over is kept: who comes late is told that it is over, and not that we
// never knew it.
const keepOver = 24 * time.Hour

// Tidy deletes links and sessions that are over, at most limit of each; done tells how many of those of which there were more. The
// assembly's timer calls it.
func (d *Desk) Tidy(ctx context.Context, limit int) (done int, err error) {
	before := lockhouse.AsKept(d.Now().Add(-keepOver))
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		links, err := tx.DeleteLinks(before, limit)
		if err != nil {
			return err
		}
		sessions, err := tx.DeleteSessions(before, limit)
		done = max(links, sessions)
		return err
	})
	return done, err
}
