package network

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"lockhouse/link/notice"
	"lockhouse/link/shop"
	"lockhouse/store"
	"lockhouse/watch"
)

// How often the store's queues are counted. Whoever looks at them sees the last count: to look costs nothing.
const (
	countEvery   = 5 * time.Second
	countTimeout = 5 * time.Second
)

// maxUnheard is how many events may wait to be heard. Beyond it shops are sent away, until some were: what they bring
// makes events, and those of the lockers come first.
const maxUnheard = 100_000

// backlog is what waited in the store when it was counted last.
type backlog struct {
	mu                           sync.Mutex
	unheard, notices, deliveries store.Waits
	faults                       int
}

// run counts until ctx ends.
func (b *backlog) run(ctx context.Context, st store.Store, log *slog.Logger) {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for {
		if err := b.count(ctx, st); err != nil && ctx.Err() == nil {
			log.Warn("queues: they could not be counted", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (b *backlog) count(ctx context.Context, st store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	var unheard, notices, deliveries store.Waits
	var faults int
	err := st.View(ctx, func(tx store.Tx) (err error) {
		if unheard, err = tx.UnheardWaits(); err != nil {
			return err
		}
		if notices, err = tx.NoticesWait(); err != nil {
			return err
		}
		if deliveries, err = tx.DeliveriesWait(); err != nil {
			return err
		}
		faults, err = tx.LockersAtFault()
		return err
	})
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.unheard, b.notices, b.deliveries, b.faults = unheard, notices, deliveries, faults
	}
	return err
}

// behind tells whether too many events wait.
func (b *backlog) behind() bool { return b.of(&b.unheard).Count >= maxUnheard }

func (b *backlog) of(w *store.Waits) store.Waits {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *w
}

func (b *backlog) atFault() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return float64(b.faults)
}

// queues shows them.
func (b *backlog) queues() []watch.Queue {
	of := func(name string, w *store.Waits, bound int, maxAge time.Duration, beyond string) watch.Queue {
		return watch.Queue{Name: name, Bound: bound, MaxAge: maxAge, Beyond: beyond,
			Length: func() int { return b.of(w).Count }, Oldest: func() time.Time { return b.of(w).Since }}
	}
	return []watch.Queue{
		of("events to be heard", &b.unheard, maxUnheard, 0, "Shops are answered 503 until some were heard."),
		of("mails", &b.notices, 0, notice.MaxAge, "A mail older than that is given up; counted up to 10,000."),
		of("webhook messages", &b.deliveries, 0, shop.MaxAge, "A message older than that is given up; counted up to 10,000."),
	}
}
