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

// sweep starts a line for each shop that has something due and no line already, as far as maxShops allows.
func (s *Sender) sweep(ctx context.Context) error {
	var due []lockhouse.Delivery
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		due, err = tx.DueDeliveries(s.now(), maxDue)
		return err
	})
	if err != nil {
		return err
	}
	byShop := map[lockhouse.ShopID][]lockhouse.Delivery{}
	for _, d := range due {
		byShop[d.Shop] = append(byShop[d.Shop], d)
	}
	for shop, line := range byShop {
		if s.take(shop) {
			s.lines.Go(func() {
				s.walk(ctx, line)
				s.free(shop)
			})
		}
	}
	return nil
}

// walk sends one shop's messages, oldest first, until one fails, the line's time is over or ctx ends. Whatever it is in
// the midst of it finishes and writes down.
func (s *Sender) walk(ctx context.Context, line []lockhouse.Delivery) {
	began := s.now()
	for _, d := range line {
		if ctx.Err() != nil || s.now().Sub(began) > maxLineTime {
			return
		}
		next, err := s.deliver(context.WithoutCancel(ctx), d)
		if err != nil {
			s.log.Error("webhooks: a delivery could not be written down", slog.String("delivery", d.ID), slog.Any("error", err))
		}
		if err != nil || !next {
			return
		}
	}
	s.Nudge() // there may be more of them
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

func (s *Sender) take(shop lockhouse.ShopID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[shop] || len(s.busy) >= maxShops {
		return false
	}
	s.busy[shop] = true
	return true
}

func (s *Sender) free(shop lockhouse.ShopID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, shop)
}
