package shop

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/internal/bell"
	"lockhouse/store"
)

// Run tells shops what is due until ctx ends, and then waits for the tries under way: at most tryTimeout.
func (s *Sender) Run(ctx context.Context) {
	defer s.lines.Wait()
	s.nudge.Answer(ctx, bell.Pace{Every: pollEvery, Rest: gatherFor}, s.sweep, func(err error) {
		s.log.Error("webhooks: reading the queue failed", slog.Any("error", err))
	})
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
	for _, shop := range s.inTurn(shops) {
		if s.take(shop, now) {
			s.lines.Go(func() { s.free(shop, s.walk(ctx, shop)) })
		}
	}
	return nil
}

// inTurn begins behind the shop that was given a line last: however many there are that always have something due, each
// has its turn.
func (s *Sender) inTurn(shops []lockhouse.ShopID) []lockhouse.ShopID {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := slices.IndexFunc(shops, func(shop lockhouse.ShopID) bool { return shop > s.last })
	if next < 0 {
		return shops
	}
	return slices.Concat(shops[next:], shops[:next])
}

// walk sends one shop's messages (deliver.go), the longest due first, until one fails, there is none, its time is over or ctx
// ends. Whatever it is in the midst of it finishes and writes down. It tells whether the shop failed.
func (s *Sender) walk(ctx context.Context, shop lockhouse.ShopID) (failed bool) {
	began := s.now()
	hook, due, err := s.due(ctx, shop)
	for err == nil && len(due) > 0 {
		var was []tried
		was, failed = s.deliver(ctx, hook, due)
		limit := maxUnwritten
		if failed || ctx.Err() != nil || s.now().Sub(began) > maxLineTime {
			limit = 0
		}
		if hook, due, err = s.turn(ctx, shop, was, limit); err != nil {
			s.log.Error("webhooks: deliveries could not be written down", slog.String("first", was[0].delivery), slog.Any("error", err))
			return true
		}
	}
	return failed // where the first could not be read, the sweep meets the same error and says so
}

// due reads the shop's next messages, and where it wants them.
func (s *Sender) due(ctx context.Context, shop lockhouse.ShopID) (hook lockhouse.Webhook, due []lockhouse.Delivery, err error) {
	err = s.store.View(ctx, func(tx store.Tx) (err error) {
		hook, due, err = next(tx, shop, s.now(), maxUnwritten)
		return err
	})
	return hook, due, err
}

// turn writes down what came of tries, and reads the next messages in the same transaction, at most limit.
func (s *Sender) turn(ctx context.Context, shop lockhouse.ShopID, was []tried, limit int) (hook lockhouse.Webhook, due []lockhouse.Delivery, err error) {
	err = s.store.Update(context.WithoutCancel(ctx), func(tx store.Tx) (err error) {
		due = nil
		if err := write(tx, was); err != nil || limit == 0 {
			return err
		}
		hook, due, err = next(tx, shop, s.now(), limit)
		return err
	})
	return hook, due, err
}

// next gives messages that are due, and the shop's webhook: the zero one where it has none any more.
func next(tx store.Tx, shop lockhouse.ShopID, now time.Time, limit int) (hook lockhouse.Webhook, due []lockhouse.Delivery, err error) {
	if due, err = tx.DueDeliveries(shop, now, limit); err != nil || len(due) == 0 {
		return hook, nil, err
	}
	if hook, err = tx.Webhook(shop); lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return hook, due, nil
	}
	return hook, due, err
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
	s.busy[shop], s.last = true, shop
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
