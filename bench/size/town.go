package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"lockhouse"
	"lockhouse/bench/cpu"
	"lockhouse/estate/fleet"
	"lockhouse/flow/collect"
	"lockhouse/flow/dropoff"
	"lockhouse/flow/hold"
	"lockhouse/flow/manifest"
	"lockhouse/flow/notify"
	"lockhouse/flow/past"
	"lockhouse/flow/unlock"
	"lockhouse/store"
	"lockhouse/trust/credential"
	"lockhouse/trust/person"
)

// town is every room that a parcel goes through, on one store.
type town struct {
	store store.Store
	book  person.Book
	pid   int
	now   time.Time
	n     int // of the next parcel

	hold     hold.Desk
	manifest manifest.Desk
	fleet    fleet.Desk
	past     past.Desk
	chains   map[lockhouse.LockerID]*chain
}

func newTown(s store.Store, e engine) (*town, error) {
	seal, err := person.NewSeal(bytes.Repeat([]byte{7}, person.MasterKeyBytes), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &town{store: s, book: e.book(seal), pid: e.pid, now: time.Now().UTC().Truncate(time.Second), n: int(time.Now().Unix()) * 100, chains: map[lockhouse.LockerID]*chain{}}
	now := func() time.Time { return t.now }
	sizes := lockhouse.DefaultSizes()
	t.hold = hold.Desk{Store: s, Sizes: sizes, Now: now, Random: rand.Reader}
	t.manifest = manifest.Desk{Store: s, Now: now, Random: rand.Reader}
	dropOff, door := dropoff.Desk{Store: s, Sizes: sizes, Now: now}, unlock.Desk{Store: s, Now: now}
	taken := collect.Desk{Now: now}
	t.fleet = fleet.Desk{Store: s, Now: now, Hears: map[lockhouse.ReceiptKind]fleet.Hear{
		lockhouse.ReceiptAuthorised: door.Remember, lockhouse.ReceiptOpened: door.Remember,
		lockhouse.ReceiptStored: dropOff.Stored, lockhouse.ReceiptCollected: taken.Collected,
	}}
	later := func() time.Time { return t.now.Add(time.Hour) }
	t.past = past.Desk{Store: s, Now: later, HotFor: time.Minute, Months: 240}
	return t, nil
}

// The parts of a parcel's life, in their order.
var parts = []string{"hold", "announce", "drop off", "collect", "hear", "move"}

// cost is what something took: by the clock, and of processors.
type cost struct{ wall, cpu time.Duration }

// result is what came of a round.
type result struct {
	parcels []lockhouse.Parcel
	costs   map[string]cost
}

// round lets three parcels live at each locker.
func (t *town) round(ctx context.Context, lockers []lockhouse.LockerID, each, clients int) (r result, err error) {
	r.parcels, r.costs = make([]lockhouse.Parcel, len(lockers)*each), map[string]cost{}
	first := t.n
	t.n += len(r.parcels)
	visit := func(verb func(locker lockhouse.LockerID, p *lockhouse.Parcel, n int) error) func() error {
		return func() error {
			return parallel(len(lockers), clients, func(i int) error {
				for k := range each {
					if err := verb(lockers[i], &r.parcels[i*each+k], first+i*each+k); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
	if err := t.learn(ctx, lockers); err != nil {
		return r, err
	}
	for _, part := range []struct {
		name string
		do   func() error
	}{
		{"hold", visit(func(l lockhouse.LockerID, _ *lockhouse.Parcel, n int) error { return t.place(ctx, l, n) })},
		{"announce", visit(func(_ lockhouse.LockerID, p *lockhouse.Parcel, n int) error { return t.announce(ctx, p, n) })},
		{"", visit(func(l lockhouse.LockerID, p *lockhouse.Parcel, n int) error {
			t.chains[l].sign(*p, lockhouse.ReceiptStored, t.now)
			return nil
		})},
		{"drop off", visit(func(l lockhouse.LockerID, _ *lockhouse.Parcel, _ int) error { return t.accept(ctx, l) })},
		{"", visit(func(l lockhouse.LockerID, p *lockhouse.Parcel, n int) error {
			t.chains[l].sign(*p, lockhouse.ReceiptCollected, t.now)
			return nil
		})},
		{"collect", visit(func(l lockhouse.LockerID, _ *lockhouse.Parcel, _ int) error { return t.accept(ctx, l) })},
		{"hear", func() error { return t.hear(ctx) }},
		{"move", func() error { return t.move(ctx, len(lockers)) }},
	} {
		c, err := t.timed(part.do)
		if err != nil {
			return r, fmt.Errorf("%s: %w", part.name, err)
		}
		if part.name != "" {
			r.costs[part.name] = c
		}
	}
	return r, nil
}

// parallel does n things, some at a time, and gives the first error.
func parallel(n, clients int, do func(i int) error) error {
	next, failed := make(chan int), make(chan error, clients)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					failed <- err
					break
				}
			}
			for range next { // somebody failed: the rest is passed over
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	close(failed)
	return <-failed
}

func (t *town) timed(do func() error) (c cost, err error) {
	used, err := t.used()
	if err != nil {
		return c, err
	}
	began := time.Now()
	if err := do(); err != nil {
		return c, err
	}
	c.wall = time.Since(began)
	after, err := t.used()
	c.cpu = after - used
	return c, err
}

// used is the processor time of this process, and of the server if there is one.
func (t *town) used() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	own := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	if t.pid == 0 {
		return own, nil
	}
	server, err := cpu.OfTree(t.pid)
	return own + server, err
}

// learn asks where each locker's chain ends.
func (t *town) learn(ctx context.Context, lockers []lockhouse.LockerID) error {
	for _, id := range lockers {
		if t.chains[id] != nil {
			continue
		}
		c := newChain(id)
		err := t.store.View(ctx, func(tx store.Tx) (err error) {
			if c.seq, err = tx.AppliedThrough(id); err != nil || c.seq == 0 {
				return err
			}
			last, err := tx.ReceiptAt(id, c.seq)
			c.head = credential.Link(last.Raw)
			return err
		})
		if err != nil {
			return err
		}
		t.chains[id] = c
	}
	return nil
}

func orderOf(n int) (reference, tracking string) {
	return fmt.Sprintf("alive-%012d", n), fmt.Sprintf("2Z%016d", n)
}

func (t *town) place(ctx context.Context, locker lockhouse.LockerID, n int) error {
	reference, _ := orderOf(n)
	id := lockhouse.SiteID("")
	err := t.store.View(ctx, func(tx store.Tx) error {
		l, err := tx.Locker(locker)
		id = l.Site
		return err
	})
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		return err
	}
	_, _, err = t.hold.Place(ctx, hold.Request{Shop: shopID, Reference: reference, Site: id, Dimensions: small, Arrives: lockhouse.DayOf(t.now.In(zone))})
	return err
}

var small = lockhouse.Dimensions{LengthMM: 210, WidthMM: 150, HeightMM: 30, Grams: 400}

func (t *town) announce(ctx context.Context, p *lockhouse.Parcel, n int) (err error) {
	reference, tracking := orderOf(n)
	c := person.Contact{Name: "Ada Lovelace", Email: fmt.Sprintf("ada%d@example.org", n), Language: "en"}
	*p, _, err = t.manifest.Announce(ctx, manifest.Order{Shop: shopID, Reference: reference, Tracking: tracking}, func(tx store.Tx, p lockhouse.Parcel) error {
		_, err := t.book.Keep(tx, p.Person, c, t.now)
		return err
	})
	return err
}

// accept hands in what a locker has signed for one parcel.
func (t *town) accept(ctx context.Context, locker lockhouse.LockerID) error {
	some := t.chains[locker].take()
	tally, err := t.fleet.Accept(ctx, locker, some)
	if err == nil && (tally.Fresh != len(some) || tally.Waiting != 0 || tally.Conflicted != 0) {
		err = fmt.Errorf("locker %s: %+v", locker, tally)
	}
	return err
}

// hear lets everything be heard, and what recipients are to be told be told.
func (t *town) hear(ctx context.Context) error {
	for more := true; more; {
		err := t.store.Update(ctx, func(tx store.Tx) error {
			events, err := tx.Unheard(200)
			more = len(events) > 0
			if err != nil || !more {
				return err
			}
			for _, e := range events {
				if err := notify.Hear(tx, e); err != nil {
					return err
				}
			}
			return tx.MarkHeard(events[len(events)-1].Seq)
		})
		if err != nil {
			return err
		}
	}
	for more := true; more; {
		err := t.store.Update(ctx, func(tx store.Tx) error {
			due, err := tx.DueNotices(t.now, 50)
			more = len(due) > 0
			for _, n := range due {
				err = errors.Join(err, tx.UpdateNotice(n.ID, lockhouse.Attempts{Count: 1, DoneAt: t.now}))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return t.store.Update(ctx, func(tx store.Tx) error { // the newest event of all belongs to no parcel
		if err := tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: t.now}); err != nil {
			return err
		}
		return nil
	})
}

// move moves what has ended, as the chores do.
func (t *town) move(ctx context.Context, lockers int) error {
	until := func(limit int, do func(context.Context, int) (int, error)) error {
		for {
			if done, err := do(ctx, limit); err != nil || done < limit {
				return err
			}
		}
	}
	if err := until(50, t.past.Move); err != nil {
		return err
	}
	for left := lockers; left > 0; left -= 20 {
		if _, err := t.past.MoveReceipts(ctx, min(left, 20)); err != nil {
			return err
		}
	}
	return until(50, t.past.Tidy)
}

// chain is a locker's receipts.
type chain struct {
	key    *ecdsa.PrivateKey
	locker lockhouse.LockerID
	seq    uint64
	head   [16]byte
	signed [][]store.SignedReceipt // by parcel, not handed in yet
}

// oneKey signs for every locker: nobody verifies here.
var oneKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return key
})

func newChain(locker lockhouse.LockerID) *chain { return &chain{key: oneKey(), locker: locker} }

func (c *chain) one(kind lockhouse.ReceiptKind, ref lockhouse.ParcelRef, at time.Time) store.SignedReceipt {
	c.seq++
	r := lockhouse.Receipt{Locker: c.locker, Boot: 1, Seq: c.seq, Kind: kind, At: at, Quality: lockhouse.TimeGood, Grant: lockhouse.GrantID{1},
		Ref: ref, Compartment: 1, Generation: 7, Phone: [8]byte{3}, Prev: c.head}
	raw, err := credential.SignReceipt(c.key, r)
	if err != nil {
		panic(err) // all its fields are ours
	}
	c.head = credential.Link(raw)
	return store.SignedReceipt{Receipt: r, Raw: raw}
}

// next signs n receipts of no particular parcel.
func (c *chain) next(n int) (list []store.SignedReceipt) {
	for range n {
		list = append(list, c.one(lockhouse.ReceiptOpened, lockhouse.ParcelRef{1}, time.Now().Truncate(time.Second)))
	}
	return list
}

// sign signs what a visit for one parcel leaves.
func (c *chain) sign(p lockhouse.Parcel, last lockhouse.ReceiptKind, at time.Time) {
	var list []store.SignedReceipt
	for _, kind := range []lockhouse.ReceiptKind{lockhouse.ReceiptAuthorised, lockhouse.ReceiptOpened, last} {
		list = append(list, c.one(kind, p.Ref, at))
	}
	c.signed = append(c.signed, list)
}

func (c *chain) take() []store.SignedReceipt {
	some := c.signed[0]
	c.signed = c.signed[1:]
	return some
}
