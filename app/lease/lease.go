// Package lease lets one node at a time do what every node could: it takes a lease in the store, does the work while it
// keeps it, and gives it back at the end.
//
// No wall clock is asked. A holder's beat rises in the store at least every RenewEvery; whoever wants the lease watches
// the beat and takes over when it has not risen for TakeAfter, by the watcher's own monotonic clock. The holder counts from
// before its last beat was written, by its own, and stops after StopAfter: earlier than anybody takes over. So clocks that
// differ or jump change nothing, and a node that is killed is replaced within Within.
//
// A node that was only paused wakes up and believes that it still holds the lease. What it writes goes through a fence: each
// of the work's transactions first asks whether the term is still the present one, and is refused when it is not. What
// leaves the house otherwise, a mail or a webhook, can in this one case go out twice, with the same id.
package lease

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// The lengths of a lease. Between StopAfter and TakeAfter lies the time in which nobody works: for clocks that run at
// different speeds, and for a holder to notice.
const (
	RenewEvery = 2 * time.Second
	StopAfter  = 6 * time.Second // without a renewal the holder stops
	TakeAfter  = 8 * time.Second // without a beat another takes over
	LookEvery  = time.Second     // how often those who wait look
	Within     = TakeAfter + 2*LookEvery

	giveBackS = 2 // how long the end of a node waits for the store to take the lease back
)

// Keeper wants a lease. Its fields are set once, by the assembly.
type Keeper struct {
	Store   store.Store
	Name    string
	Holder  string               // unlike any other process's, and not empty
	Elapsed func() time.Duration // monotonic: since a moment of this process's own
	Log     *slog.Logger
}

// Work is what one node does at a time. Its ctx ends with the lease or the node; it returns when it has stopped. It writes
// by the store that it is given, whose transactions fail once the lease is lost.
type Work func(ctx context.Context, fenced store.Store)

// Run does the work whenever this node has the lease, until ctx ends; then it gives the lease back.
func (k *Keeper) Run(ctx context.Context, work Work) {
	for {
		t, ok := k.contend(ctx)
		if !ok {
			return
		}
		k.Log.Info("lease: this node has it now", slog.String("lease", k.Name), slog.Int64("term", t.lease.Term))
		if lost := t.work(ctx, work); lost {
			k.Log.Warn("lease: it was lost; another node goes on", slog.String("lease", k.Name), slog.Int64("term", t.lease.Term))
		}
	}
}

// contend waits until the lease is to be had and takes it. It is not ok when ctx ends first.
func (k *Keeper) contend(ctx context.Context) (t *tenure, ok bool) {
	look := time.NewTicker(LookEvery)
	defer look.Stop()
	watch := watch{keeper: k}
	for ctx.Err() == nil {
		t, err := watch.look(ctx)
		if t != nil {
			return t, true
		}
		if err != nil && ctx.Err() == nil {
			k.Log.Warn("lease: the store does not say who has it", slog.String("lease", k.Name), slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
		case <-look.C:
		}
	}
	return nil, false
}

// watch is what one who waits has seen, and since when.
type watch struct {
	keeper *Keeper
	seen   store.Lease
	since  time.Duration
}

// look takes the lease if it is free, was this very process's, or has not changed for TakeAfter. Otherwise it gives nil.
func (w *watch) look(ctx context.Context) (*tenure, error) {
	k := w.keeper
	var is store.Lease
	err := k.Store.View(ctx, func(tx store.Tx) (err error) {
		is, err = tx.Lease(k.Name)
		return err
	})
	if err != nil {
		return nil, err
	}
	if is != w.seen { // seen after it was read, so that nobody's beat counts from before it was there
		w.seen, w.since = is, k.Elapsed()
	}
	if is.Holder != "" && is.Holder != k.Holder && k.Elapsed()-w.since < TakeAfter {
		return nil, nil
	}
	return k.take(ctx, is)
}

// take takes a lease that was seen; nil when somebody was faster.
func (k *Keeper) take(ctx context.Context, seen store.Lease) (*tenure, error) {
	mine := store.Lease{Holder: k.Holder, Term: seen.Term + 1, Beat: seen.Beat + 1}
	began := k.Elapsed()
	err := k.Store.Update(ctx, func(tx store.Tx) error { return tx.SwapLease(k.Name, seen, mine) })
	if lockhouse.CodeOf(err) == lockhouse.CodeConflict {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return newTenure(k, mine, began), nil
}

// ErrLost is the cause with which the work's ctx ends when the lease is lost.
var ErrLost = errors.New("the lease was lost")
