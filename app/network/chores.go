package network

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/app/lease"
	"lockhouse/estate/fleet"
	"lockhouse/flow/hold"
	"lockhouse/flow/overdue"
	"lockhouse/flow/past"
	"lockhouse/internal/bell"
	"lockhouse/internal/solo"
	"lockhouse/link/notice"
	"lockhouse/link/shop"
	"lockhouse/store"
	"lockhouse/trust/auth"
	"lockhouse/trust/person"
)

// choresLease is the lease of the node that does what happens by itself.
const choresLease = "chores"

// chores are what happens by itself: events are heard, mails and webhooks leave, holds lapse, parcels fall due, people are
// forgotten. One node at a time does them, for as long as it has the lease; all that they write goes through its fence.
type chores struct {
	store     store.Store // without nudging: what hearing writes is there to be heard in the same round
	listeners map[lockhouse.EventKind][]hear
	nudge     bell.Bell
	mail      *notice.Sender
	shops     *shop.Sender
	holds     *hold.Desk
	overdue   *overdue.Desk
	people    *person.Desk
	past      *past.Desk
	auth      *auth.Desk
	fleet     *fleet.Desk
	now       func() time.Time
	log       *slog.Logger
	forget    func(context.Context, int) (int, error) // tells retired lockers
	heard     func([]lockhouse.Event)                 // told of what was heard
}

// chores furnishes them on a store.
func (n *Network) chores(st store.Store) *chores {
	c, p := n.config, n.parts
	told := nudging{Store: st, nudge: n.wrote}
	r := furnish(told, n.sizes, n.keys.agrees, p)
	return &chores{
		store: st, listeners: n.hears(), nudge: n.nudge, now: p.Now, log: p.Log,
		heard: func(events []lockhouse.Event) { n.watching.heard(events, p.Now()) },
		holds: r.hold, overdue: r.overdue, auth: r.auth, fleet: r.fleet, forget: n.forget,
		people: &person.Desk{Store: st, Book: n.keys.book, Now: p.Now, KeepFor: c.forgetAfter()},
		past:   &past.Desk{Store: st, Now: p.Now, HotFor: c.Retention.hotFor(), Months: c.Retention.PastMonths},
		shops:  shop.New(st, shop.Options{AllowPrivate: c.AllowPrivateWebhooks, Agent: "lockhouse/" + p.Version, Tried: n.watching.told}, p.Now, p.Random, p.Log),
		mail: notice.New(told, n.keys.book, r.auth, notice.Options{
			Host: c.Mail.Host, Port: c.Mail.Port, TLS: c.Mail.TLS, Username: c.Mail.Username, Password: n.keys.mailPassword,
			From: c.Mail.From, Network: c.Name, BaseURL: c.BaseURL, Tried: n.watching.mailed, PINs: r.unlock,
		}, p.Now, p.Random, p.Log),
	}
}

// Run does the chores whenever it is this node's turn, until ctx ends. It returns when all of that has stopped, and another
// node may go on at once.
func (n *Network) Run(ctx context.Context) {
	holder, release := n.holder()
	defer release()
	began := time.Now()
	keeper := lease.Keeper{
		Store: n.store, Name: choresLease, Holder: holder, Log: n.parts.Log,
		Elapsed: func() time.Duration { return time.Since(began) },
	}
	keeper.Run(ctx, func(ctx context.Context, fenced store.Store) { n.chores(fenced).run(ctx) })
}

// holder is this node's name in a lease: after a crash the same again, so that it goes on at once. Where that can't be had,
// because another process runs in the same directory, it is one that nobody ever had.
func (n *Network) holder() (name string, release func() error) {
	name, release, err := solo.Claim(filepath.Join(n.config.DataDir, nodeFile))
	if err != nil {
		n.parts.Log.Info("chores: after a crash this node will wait until its lease is over", slog.Any("because", err))
		return lockhouse.NewID("node", n.parts.Now(), n.parts.Random), func() error { return nil }
	}
	return "node_" + name, release
}

// What the clock brings about. Lapsed holds keep no room even before the timer finds them; it only tidies up and tells.
const (
	lapseEvery  = time.Second
	lapseLimit  = 500 // holds in one transaction
	sweepEvery  = time.Minute
	sweepLimit  = 200 // parcels in one transaction
	forgetEvery = 10 * time.Minute
	forgetLimit = 200 // persons, links or sessions in one transaction
	pastEvery   = 10 * time.Second
	pastLimit   = 50 // parcels in one transaction: others wait for it some milliseconds
	chainEvery  = 10 * time.Minute
	chainLimit  = 20 // lockers in one transaction, 2,000 at each tick: a hundred thousand in nine hours
	dropEvery   = time.Hour
	dropFigures = 500 // days of lockers in one transaction
	retireEvery = time.Minute
	maxTimerRun = 100 // transactions in a row before others get a turn
)

// run does all of it until ctx ends, and returns when it has stopped.
func (c *chores) run(ctx context.Context) {
	var work sync.WaitGroup
	work.Go(func() { c.dispatch(ctx) })
	work.Go(func() { c.mail.Run(ctx) })
	work.Go(func() { c.shops.Run(ctx) })
	work.Go(func() { c.watchClock(ctx) })
	work.Go(func() { c.every(ctx, lapseEvery, "lapsing holds", lapseLimit, c.holds.Lapse) })
	work.Go(func() { c.every(ctx, sweepEvery, "the sweep for overdue parcels", sweepLimit, c.overdue.Sweep) })
	work.Go(func() { c.every(ctx, forgetEvery, "forgetting people", forgetLimit, c.people.Forget) })
	work.Go(func() {
		c.every(ctx, forgetEvery, "deleting links and sessions that are over", forgetLimit, c.auth.Tidy)
	})
	work.Go(func() { c.every(ctx, pastEvery, "moving parcels into the past", pastLimit, c.past.Move) })
	work.Go(func() { c.every(ctx, pastEvery, "deleting what came to nothing", pastLimit, c.past.Tidy) })
	work.Go(func() { c.every(ctx, chainEvery, "moving receipts into the past", chainLimit, c.past.MoveReceipts) })
	work.Go(func() { c.every(ctx, dropEvery, "dropping the past", pastLimit, c.past.Drop) })
	work.Go(func() { c.every(ctx, dropEvery, "dropping lockers' old figures", dropFigures, c.fleet.DropFigures) })
	work.Go(func() { c.every(ctx, retireEvery, "telling retired lockers", 1, c.forget) })
	work.Wait()
	c.hearLast(ctx)
}

// every does a bounded piece of work at each tick, again at once while there was a full piece to do, until ctx ends.
func (c *chores) every(ctx context.Context, interval time.Duration, what string, limit int, do func(context.Context, int) (int, error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		for range maxTimerRun {
			done, err := do(ctx, limit)
			if err != nil && ctx.Err() == nil {
				c.log.Error("timer: "+what+" failed; it is tried again", slog.Any("error", err))
			}
			if err != nil || done < limit {
				break
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
