package shop

import (
	"context"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// tried is what came of a try and is yet to be written down.
type tried struct {
	delivery string
	attempts lockhouse.Attempts
	try      lockhouse.Try
	asked    bool // the shop, and not given up unasked
}

// batch is what is told a shop between two transactions.
type batch struct {
	sender *Sender
	hook   lockhouse.Webhook
	began  time.Time

	mu     sync.Mutex
	tried  []tried
	failed bool
}

// deliver tries messages until one fails, writing down can't wait any longer, or ctx ends. There is always a first, and it
// goes alone: it shows that the shop is there. None is broken off.
func (s *Sender) deliver(ctx context.Context, hook lockhouse.Webhook, due []lockhouse.Delivery) (all []tried, failed bool) {
	b := &batch{sender: s, hook: hook, began: s.now()}
	if b.tell(ctx, due[0]); !b.over(ctx) {
		b.tellAll(ctx, byParcel(due[1:]))
	}
	return b.tried, b.failed
}

// byParcel gives messages in as many runs as there are parcels, each in the order that it had. What is about no parcel is a
// run too.
func byParcel(due []lockhouse.Delivery) (runs [][]lockhouse.Delivery) {
	place := make(map[lockhouse.ParcelID]int, len(due))
	for _, d := range due {
		at, known := place[d.Parcel]
		if !known {
			at, place[d.Parcel] = len(runs), len(runs)
			runs = append(runs, nil)
		}
		runs[at] = append(runs[at], d)
	}
	return runs
}

// tellAll tells run after run, several of them at the same time.
func (b *batch) tellAll(ctx context.Context, runs [][]lockhouse.Delivery) {
	waiting := make(chan []lockhouse.Delivery, len(runs))
	for _, run := range runs {
		waiting <- run
	}
	close(waiting)
	var working sync.WaitGroup
	for range min(maxAtShop, len(runs)) {
		working.Go(func() {
			for run := range waiting {
				for _, d := range run {
					if b.over(ctx) {
						return
					}
					b.tell(ctx, d)
				}
			}
		})
	}
	working.Wait()
}

// over tells whether no other message is to be tried.
func (b *batch) over(ctx context.Context) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed || ctx.Err() != nil || b.sender.now().Sub(b.began) > maxUnwrittenTime
}

// tell tries one message once, and keeps what came of it.
func (b *batch) tell(ctx context.Context, d lockhouse.Delivery) {
	t := b.sender.deliverOne(context.WithoutCancel(ctx), b.hook, d)
	b.sender.tell(d, t)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tried = append(b.tried, t)
	b.failed = b.failed || t.asked && t.attempts.DoneAt.IsZero()
}

// deliverOne tries once. A shop that took its webhook away is told nothing any more, and nobody what is too old.
func (s *Sender) deliverOne(ctx context.Context, hook lockhouse.Webhook, d lockhouse.Delivery) tried {
	now := s.now()
	switch {
	case hook.URL == "":
		return givenUp(d, now, "the shop has no webhook any more")
	case now.Sub(d.At) > MaxAge:
		return givenUp(d, now, "too old: the shop could not be told for days")
	}
	t := s.try(ctx, hook, d)
	d.Count++
	return tried{d.ID, s.outcome(d.Attempts, t), t, true}
}

func givenUp(d lockhouse.Delivery, now time.Time, why string) tried {
	return tried{d.ID, lockhouse.Attempts{Count: len(Waits) + 1, LastError: why}, lockhouse.Try{At: now, Error: why}, false}
}

// tell tells whoever watches.
func (s *Sender) tell(d lockhouse.Delivery, t tried) {
	if s.told != nil {
		s.told(Tried{d.Kind, d.Parcel, t.try.At, s.now(), !t.attempts.DoneAt.IsZero(), !t.attempts.NextAt.IsZero()})
	}
}

// write writes down what came of some tries.
func write(tx store.Tx, all []tried) error {
	for _, t := range all {
		if err := tx.UpdateDelivery(t.delivery, t.attempts, t.try); err != nil {
			return err
		}
	}
	return nil
}
