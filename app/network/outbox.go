package network

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/app/lease"
	"lockhouse/store"
)

// Limits of the outbox.
const (
	maxHeardAtOnce = 1_000                 // events in one transaction: some ten milliseconds, in which others wait
	gatherFor      = 25 * time.Millisecond // after a nudge: what happens meanwhile is heard in the same transaction
	lookEvery      = 2 * time.Second       // although every write nudges: for what another process wrote
	lastHearingS   = 10                    // at the end: for what the last requests and lockers brought
)

// nudging is a store that says when something was written, so that the outbox is looked at without waiting for a clock.
type nudging struct {
	store.Store
	nudge func()
}

// Update runs the transaction, and nudges when it is durable.
func (s nudging) Update(ctx context.Context, do func(store.Tx) error) error {
	err := s.Store.Update(ctx, do)
	if err == nil {
		s.nudge()
	}
	return err
}

// dispatch lets events be heard until ctx ends.
func (c *chores) dispatch(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		c.hearAll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-c.nudge:
			c.gather(ctx)
		case <-look.C:
		}
	}
}

// hearLast lets be heard what the last requests, lockers and senders brought, unless it is another node's to hear by now.
// What comes later is heard by another node, or at the next start.
func (c *chores) hearLast(ctx context.Context) {
	if errors.Is(context.Cause(ctx), lease.ErrLost) {
		return
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastHearingS*time.Second)
	defer cancel()
	c.hearAll(last)
}

// gather waits a moment for more to happen. A busy network has its events heard forty times a second, and not after each
// write: what hearing costs is nearly the same for one event and for twenty.
func (c *chores) gather(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(gatherFor):
	}
	select {
	case <-c.nudge: // whatever nudged is there to be heard now
	default:
	}
}

// hearAll goes through the outbox until it is empty, or the store fails.
func (c *chores) hearAll(ctx context.Context) {
	for more := true; more && ctx.Err() == nil; {
		heard, rest, err := c.hearSome(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.Error("outbox: events could not be heard; they are tried again", slog.Any("error", err))
			return
		}
		if heard > 0 {
			c.mail.Nudge()
			c.shops.Nudge()
		}
		more = rest
	}
}

// hearSome lets the oldest events be heard, all in one transaction with the mark that they were, and tells whether there
// may be more. If one of them stands in the way, the first has a transaction of its own. A transaction that finds nothing
// writes nothing, and nothing is synced.
func (c *chores) hearSome(ctx context.Context) (heard int, more bool, err error) {
	if heard, err = c.hearUpTo(ctx, maxHeardAtOnce); err == nil {
		return heard, heard == maxHeardAtOnce, nil
	}
	heard, err = c.hearFirst(ctx)
	return heard, heard > 0, err
}

func (c *chores) hearUpTo(ctx context.Context, limit int) (heard int, err error) {
	var events []lockhouse.Event
	err = c.store.Update(ctx, func(tx store.Tx) (err error) {
		events, err = tx.Unheard(limit)
		heard = len(events)
		if err != nil || heard == 0 {
			return err
		}
		for _, e := range events {
			for _, hear := range c.listeners[e.Kind] {
				if err := hear(tx, e); err != nil {
					return err
				}
			}
		}
		return tx.MarkHeard(events[heard-1].Seq)
	})
	if err == nil {
		c.heard(events)
	}
	return heard, err
}

// hearFirst lets the oldest event be heard alone. What a listener refuses will be refused again: it is said in the log
// and counts as heard, so that it does not stand in the way of all that follows.
func (c *chores) hearFirst(ctx context.Context) (heard int, err error) {
	heard, err = c.hearUpTo(ctx, 1)
	refusal, ok := errors.AsType[*lockhouse.Error](err)
	if err == nil || !ok || refusal.Code == lockhouse.CodeInternal || refusal.Code == lockhouse.CodeUnavailable {
		return heard, err
	}
	var e lockhouse.Event
	err = c.store.Update(ctx, func(tx store.Tx) error {
		events, err := tx.Unheard(1)
		if err != nil || len(events) == 0 {
			return err
		}
		e = events[0]
		return tx.MarkHeard(e.Seq)
	})
	c.log.Error("outbox: an event was refused by who should hear it",
		slog.Int64("event", e.Seq), slog.String("kind", string(e.Kind)), slog.String("trace_id", lockhouse.TraceOf(e.Parcel).String()), slog.Any("error", refusal))
	return 1, err
}
