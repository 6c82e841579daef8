package network

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/link/notice"
	"lockhouse/link/shop"
	"lockhouse/store"
	"lockhouse/watch"
)

// How often the store's queues are counted. Whoever looks at them sees the last count: to look costs nothing.
const (
	countEvery        = 5 * time.Second
	countLockersEvery = 30 * time.Second
	sumLockersEvery   = 10 * time.Minute // what they measured of themselves yesterday
	countTimeout      = 5 * time.Second
	silentAfter       = 90 * time.Second // a locker without a word for so long is not up; the console says the same
)

// maxUnheard is how many events may wait to be heard. Beyond it shops are sent away, until some were: what they bring
// makes events, and those of the lockers come first.
const maxUnheard = 100_000

// backlog is what waited in the store when it was counted last, and how its lockers were.
type backlog struct {
	mu sync.Mutex
	counted
}

type counted struct {
	unheard, notices, deliveries store.Waits
	lockers                      store.LockersNow
	lockersAt                    time.Time // when they were
	versions                     []store.VersionNow
	yesterday                    store.AbleDay
	summedAt                     time.Time
}

// maxVersions bounds how many versions of the agent are told apart: their names are the lockers' word.
const maxVersions = 8

// run counts until ctx ends.
func (b *backlog) run(ctx context.Context, st store.Store, now func() time.Time, log *slog.Logger) {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for {
		if err := b.count(ctx, st, now()); err != nil && ctx.Err() == nil {
			log.Warn("queues: they could not be counted", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (b *backlog) count(ctx context.Context, st store.Store, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	b.mu.Lock()
	next := b.counted
	b.mu.Unlock()
	err := st.View(ctx, func(tx store.Tx) error { return next.read(tx, now) })
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.counted = next
	}
	return err
}

func (c *counted) read(tx store.Tx, now time.Time) (err error) {
	if c.unheard, err = tx.UnheardWaits(); err != nil {
		return err
	}
	if c.notices, err = tx.NoticesWait(); err != nil {
		return err
	}
	if c.deliveries, err = tx.DeliveriesWait(); err != nil {
		return err
	}
	if now.Sub(c.lockersAt) < countLockersEvery {
		return nil
	}
	c.lockersAt = now
	if c.lockers, err = tx.CountLockers(now.Add(-silentAfter)); err != nil {
		return err
	}
	if c.versions, err = tx.CountVersions(maxVersions); err != nil || now.Sub(c.summedAt) < sumLockersEvery {
		return err
	}
	c.summedAt = now
	c.yesterday, err = tx.AbleOn(lockhouse.DayOf(now.UTC()) - 1)
	return err
}

// behind tells whether too many events wait.
func (b *backlog) behind() bool { return b.of(&b.unheard).Count >= maxUnheard }

func (b *backlog) of(w *store.Waits) store.Waits {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *w
}

// locker gives a number of lockers, for a gauge.
func (b *backlog) locker(of func(store.LockersNow) int) func() float64 {
	return func() float64 {
		b.mu.Lock()
		defer b.mu.Unlock()
		return float64(of(b.lockers))
	}
}

// byVersion gives how many lockers run which version of the agent, those of all others under other.
func (b *backlog) byVersion(other string) map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	counts, rest := map[string]int{}, b.lockers.All
	for _, v := range b.versions {
		counts[v.Version] += v.Lockers
		rest -= v.Lockers
	}
	counts[other] += max(0, rest)
	return counts
}

// uptime is the share of yesterday, by UTC, in which any door of the lockers that said something of it could have been opened; not a number
// where none has.
func (b *backlog) uptime() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return float64(b.yesterday.AbleS) / (float64(b.yesterday.Lockers) * lockhouse.DayS)
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
