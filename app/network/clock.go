package network

import (
	"context"
	"log/slog"
	"time"

	"lockhouse/store"
)

// What counts as a clock that was set back, and how often it is looked for. Less is corrected by a second's wait.
const (
	clockEvery   = time.Second
	clockSetBack = 3 * time.Second
)

// watchClock sees when the machine's clock is set back, by one that only goes on, until ctx ends. What is to be sent again
// waits for a time of day; it would wait for as long as the clock was set back.
func (c *chores) watchClock(ctx context.Context) {
	began, was := time.Now(), c.now().Round(0) // without the monotonic reading
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		passed := time.Since(began)
		is := c.now().Round(0)
		if back := passed - is.Sub(was); back >= clockSetBack {
			if err := c.setBack(ctx, is, back); err != nil {
				c.log.Error("clock: it was set back, and what waits could not be brought forward; it is tried again", slog.Any("error", err))
				continue // with what was seen before
			}
		}
		began, was = began.Add(passed), is
	}
}

// setBack brings forward what waits.
func (c *chores) setBack(ctx context.Context, now time.Time, by time.Duration) error {
	c.log.Warn("clock: it was set back; what is to be sent again waits no longer for it", slog.Duration("by", by))
	err := c.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.HastenNotices(now, by); err != nil {
			return err
		}
		return tx.HastenDeliveries(now, by)
	})
	if err == nil {
		c.mail.Nudge()
		c.shops.Nudge()
	}
	return err
}
