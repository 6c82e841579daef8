package lease

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// tenure is one node's time with the lease, from taking it to giving it back or losing it.
type tenure struct {
	keeper *Keeper
	lease  store.Lease
	until  atomic.Int64 // by the keeper's clock: when it is over, unless it is renewed before
	lose   context.CancelFunc
	valid  context.Context // ends when the lease is lost
}

func newTenure(k *Keeper, l store.Lease, began time.Duration) *tenure {
	t := &tenure{keeper: k, lease: l}
	t.valid, t.lose = context.WithCancel(context.Background())
	t.until.Store(int64(began + StopAfter))
	return t
}

// left is how long the holder may go on without a renewal; not above 0 when the lease is lost.
func (t *tenure) left() time.Duration {
	if t.valid.Err() != nil {
		return 0
	}
	return time.Duration(t.until.Load()) - t.keeper.Elapsed()
}

// work lets the work be done until ctx ends or the lease is lost, renewing it meanwhile and until the work has stopped. It
// tells whether the lease was lost.
func (t *tenure) work(ctx context.Context, work Work) (lost bool) {
	defer t.lose()
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(t.valid, func() { stop(ErrLost) })()
	done := make(chan struct{})
	go func() { // ended by working; waited for here
		defer close(done)
		work(working, fenced{Store: t.keeper.Store, tenure: t})
	}()
	t.renew(done)
	<-done
	if lost = t.valid.Err() != nil; !lost {
		t.giveBack()
	}
	return lost
}

// renew beats until the work is done or the lease is lost: taken by another, or not renewed in time.
func (t *tenure) renew(done <-chan struct{}) {
	over := time.AfterFunc(t.left(), t.lose)
	defer over.Stop()
	beat := time.NewTicker(RenewEvery)
	defer beat.Stop()
	for {
		select {
		case <-done:
			return
		case <-t.valid.Done():
			return
		case <-beat.C:
		}
		if t.beat() {
			over.Reset(t.left())
		}
	}
}

// beat renews the lease once. That a renewal failed is no loss yet: there is time for another.
func (t *tenure) beat() bool {
	k := t.keeper
	began := k.Elapsed()
	ctx, cancel := context.WithTimeout(t.valid, t.left())
	defer cancel()
	err := k.Store.Update(ctx, func(tx store.Tx) error {
		if t.left() <= 0 { // it was paused on the way here: a beat now would have others wait for who has stopped
			return notHeld()
		}
		is, err := tx.Lease(k.Name)
		if err != nil {
			return err
		}
		next := store.Lease{Holder: k.Holder, Term: t.lease.Term, Beat: is.Beat + 1}
		return tx.SwapLease(k.Name, store.Lease{Holder: k.Holder, Term: t.lease.Term, Beat: is.Beat}, next)
	})
	switch {
	case err == nil && t.left() > 0:
		t.until.Store(int64(began + StopAfter))
		return true
	case lockhouse.CodeOf(err) == lockhouse.CodeConflict:
		t.lose()
	case err != nil && t.left() > 0:
		k.Log.Warn("lease: it could not be renewed; it is tried again", slog.String("lease", k.Name), slog.Any("error", err))
	}
	return false
}

// giveBack lets another node have the lease at once.
func (t *tenure) giveBack() {
	k := t.keeper
	ctx, cancel := context.WithTimeout(context.Background(), giveBackS*time.Second)
	defer cancel()
	err := k.Store.Update(ctx, func(tx store.Tx) error {
		is, err := tx.Lease(k.Name)
		if err != nil {
			return err
		}
		return tx.SwapLease(k.Name, store.Lease{Holder: k.Holder, Term: t.lease.Term, Beat: is.Beat}, store.Lease{Term: is.Term, Beat: is.Beat + 1})
	})
	if err != nil {
		k.Log.Warn("lease: it could not be given back; another node waits until it is over", slog.String("lease", k.Name), slog.Any("error", err))
	}
}

// fenced is the store as the holder of a lease may use it.
type fenced struct {
	store.Store
	tenure *tenure
}

// Update runs the transaction if the lease is held until it ends.
func (f fenced) Update(ctx context.Context, do func(store.Tx) error) error {
	t := f.tenure
	if t.left() <= 0 {
		return notHeld()
	}
	refused := false
	err := f.Store.Update(ctx, func(tx store.Tx) error {
		err := tx.FenceLease(t.keeper.Name, t.lease.Term)
		if refused = lockhouse.CodeOf(err) == lockhouse.CodeConflict; refused {
			return notHeld().Because(err)
		}
		if err != nil {
			return err
		}
		return do(tx)
	})
	if refused {
		t.lose()
	}
	return err
}

// View reads if the lease is held: what one reads who no longer holds it, another may be at work on.
func (f fenced) View(ctx context.Context, do func(store.Tx) error) error {
	if f.tenure.left() <= 0 {
		return notHeld()
	}
	return f.Store.View(ctx, do)
}

func notHeld() *lockhouse.Error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "Another node does this now; nothing was done here.")
}
