package network

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Limits of the outbox.
const (
	maxHeardAtOnce = 200             // events in one transaction
	lookEvery      = 2 * time.Second // although every write nudges: for what another process wrote
)

// nudging is a store that says when something was written, so that the outbox is looked at without waiting for a clock.
type nudging struct {
	store.Store
	nudge chan<- struct{}
}

// Update runs the transaction, and nudges when it is durable.
func (s nudging) Update(ctx context.Context, do func(store.Tx) error) error {
	err := s.Store.Update(ctx, do)
	if err == nil {
		select {
		case s.nudge <- struct{}{}:
		default:
		}
	}
	return err
}

// dispatch lets events be heard until ctx ends. What was not heard by then is heard at the next start.
func (n *Network) dispatch(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		n.hearAll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-n.nudge:
		case <-look.C:
		}
	}
}

// hearAll goes through the outbox until it is empty, or the store fails.
func (n *Network) hearAll(ctx context.Context) {
	for ctx.Err() == nil {
		heard, err := n.hearSome(ctx)
		if err != nil && ctx.Err() == nil {
			n.parts.Log.Error("outbox: events could not be heard; they are tried again", slog.Any("error", err))
			return
		}
		if heard > 0 {
			n.mail.Nudge()
			n.shops.Nudge()
		}
		if heard < maxHeardAtOnce {
			return
		}
	}
}

// hearSome lets the oldest events be heard, all in one transaction. If one of them stands in the way, each has its own.
func (n *Network) hearSome(ctx context.Context) (heard int, err error) {
	var events []lockhouse.Event
	err = n.store.View(ctx, func(tx store.Tx) (err error) {
		events, err = tx.Unheard(maxHeardAtOnce)
		return err
	})
	if err != nil || len(events) == 0 {
		return 0, err
	}
	if err := n.hearTogether(ctx, events); err == nil {
		return len(events), nil
	}
	for i, e := range events {
		if err := n.hearAlone(ctx, e); err != nil {
			return i, err
		}
	}
	return len(events), nil
}

func (n *Network) hearTogether(ctx context.Context, events []lockhouse.Event) error {
	return n.store.Update(ctx, func(tx store.Tx) error {
		for _, e := range events {
			if err := n.hear(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// hearAlone lets one event be heard. What a listener refuses will be refused again: it is said in the log and counts as
// heard, so that it does not stand in the way of all that follows.
func (n *Network) hearAlone(ctx context.Context, e lockhouse.Event) error {
	err := n.hearTogether(ctx, []lockhouse.Event{e})
	refusal, ok := errors.AsType[*lockhouse.Error](err)
	if err == nil || !ok || refusal.Code == lockhouse.CodeInternal || refusal.Code == lockhouse.CodeUnavailable {
		return err
	}
	n.parts.Log.Error("outbox: an event was refused by who should hear it", slog.Int64("event", e.Seq), slog.String("kind", string(e.Kind)), slog.Any("error", err))
	return n.store.Update(ctx, func(tx store.Tx) error { return tx.MarkHeard(e.Seq) })
}

func (n *Network) hear(tx store.Tx, e lockhouse.Event) error {
	for _, hear := range n.listeners[e.Kind] {
		if err := hear(tx, e); err != nil {
			return err
		}
	}
	return tx.MarkHeard(e.Seq)
}
