package shop

import (
	"context"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Run tells shops what is due until ctx ends, and then waits for the tries under way: at most tryTimeout.
func (s *Sender) Run(ctx context.Context) {
	defer s.lines.Wait()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("webhooks: reading the queue failed", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-s.nudge:
		case <-poll.C:
		}
	}
}

// sweep starts a line for each shop that has something due, no line already and no rest to take, as far as maxShops
// allows.
func (s *Sender) sweep(ctx context.Context) error {
	now := s.now()
	var shops []lockhouse.ShopID
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		shops, err = tx.ShopsDue(now, maxShopsDue)
		return err
	})
	if err != nil {
		return err
	}
	for _, shop := range shops {
		if s.take(shop, now) {
			s.lines.Go(func() { s.free(shop, s.walk(ctx, shop)) })
		}
	}
	return nil
}

// walk sends one shop's messages, the longest due first, until one fails, there is none, its time is over or ctx ends.
// Whatever it is in the midst of it finishes and writes down. It tells whether the shop failed.
func (s *Sender) walk(ctx context.Context, shop lockhouse.ShopID) (failed bool) {
	began := s.now()
	for ctx.Err() == nil && s.now().Sub(began) <= maxLineTime {
		var due []lockhouse.Delivery
		err := s.store.View(ctx, func(tx store.Tx) (err error) {
			due, err = tx.DueDeliveries(shop, s.now(), 1)
			return err
		})
		if err != nil || len(due) == 0 {
			return false // the sweep meets the same error, and says so
		}
		next, err := s.deliver(context.WithoutCancel(ctx), due[0])
		if err != nil {
			s.log.Error("webhooks: a delivery could not be written down", slog.String("delivery", due[0].ID), slog.Any("error", err))
		}
		if err != nil || !next {
			return true
		}
	}
	return false
}

// deliver tries once, writes the outcome down, and says whether the line may go on to the next. A shop that took its
// webhook away is told nothing any more.
func (s *Sender) deliver(ctx context.Context, d lockhouse.Delivery) (next bool, err error) {
	var hook lockhouse.Webhook
	err = s.store.View(ctx, func(tx store.Tx) (err error) {
		hook, err = tx.Webhook(d.Shop)
		return err
	})
	var t lockhouse.Try
	switch {
	case lockhouse.CodeOf(err) == lockhouse.CodeNotFound:
		t = lockhouse.Try{At: s.now(), Error: "the shop has no webhook any more"}
		d.Count, next = len(Waits)+1, true
	case err != nil:
		return false, err
	default:
		t = s.try(ctx, hook, d)
		d.Count++
	}
	outcome := s.outcome(d.Attempts, t)
	err = s.store.Update(ctx, func(tx store.Tx) error { return tx.UpdateDelivery(d.ID, outcome, t) })
	return next || !outcome.DoneAt.IsZero(), err
}

// outcome says what follows from a try: done, again later, or no more.
func (s *Sender) outcome(a lockhouse.Attempts, t lockhouse.Try) lockhouse.Attempts {
	now := s.now()
	a.NextAt, a.LastError = time.Time{}, t.Error
	if taken(t.Status) {
		a.DoneAt = now
		return a
	}
	if wait, again := Waits.After(a.Count, s.random); again {
		a.NextAt = now.Add(wait)
	}
	return a
}

func (s *Sender) take(shop lockhouse.ShopID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[shop] || len(s.busy) >= maxShops || now.Before(s.rests[shop].until) {
		return false
	}
	s.busy[shop] = true
	return true
}

// free gives a shop's line back. One that failed rests, longer each time, so that a server in trouble is asked once in a
// while and not once for each message that waits for it.
func (s *Sender) free(shop lockhouse.ShopID, failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, shop)
	if !failed {
		delete(s.rests, shop)
		return
	}
	r := s.rests[shop]
	r.until = s.now().Add(Waits[min(r.failures, longestRest)])
	r.failures++
	s.rests[shop] = r
}

// rest is how long a shop that failed is left alone.
type rest struct {
	failures int // in a row
	until    time.Time
}
