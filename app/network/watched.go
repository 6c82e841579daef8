package network

import (
	"context"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/api"
	"lockhouse/store"
	"lockhouse/watch/meters"
)

// watched is a store whose transactions are measured, and noted in the trace of the request that waits for them.
type watched struct {
	store.Store
	meters *meters.Store
	now    func() time.Time
	writes *writes
}

// View runs a transaction that only reads.
func (s watched) View(ctx context.Context, do func(store.Tx) error) error {
	began := s.now()
	err := s.Store.View(ctx, do)
	ended := s.now()
	s.meters.Done(meters.View, ended.Sub(began), err)
	api.NoteStep(ctx, "store.view", began, ended)
	return err
}

// Update runs a transaction that writes.
func (s watched) Update(ctx context.Context, do func(store.Tx) error) error {
	began := s.now()
	err := s.Store.Update(ctx, do)
	ended := s.now()
	s.meters.Done(meters.Update, ended.Sub(began), err)
	s.writes.note(ended, err, ctx)
	api.NoteStep(ctx, "store.update", began, ended)
	return err
}

// writes remembers how the store's last writes went.
type writes struct{ good, bad atomic.Int64 } // Unix time in ns of the last of each

func (w *writes) note(at time.Time, err error, ctx context.Context) {
	switch {
	case err == nil:
		w.good.Store(at.UnixNano())
	case lockhouse.CodeOf(err) == lockhouse.CodeUnavailable && ctx.Err() == nil: // and not that its caller went away
		w.bad.Store(at.UnixNano())
	}
}

// failing tells whether writes fail: one did a short while ago, and none has succeeded since.
func (w *writes) failing(now time.Time) bool {
	bad := w.bad.Load()
	return bad != 0 && bad >= w.good.Load() && now.Sub(time.Unix(0, bad)) < writesFailFor
}

// writesFailFor is how long a failed write counts. After it, the network is ready to be asked again, and learns by it.
const writesFailFor = 10 * time.Second
