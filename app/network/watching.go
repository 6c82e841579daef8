package network

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/api"
	"lockhouse/bus"
	"lockhouse/bus/line"
	"lockhouse/estate/fleet"
	"lockhouse/link/notice"
	"lockhouse/link/shop"
	"lockhouse/store"
	"lockhouse/watch"
	"lockhouse/watch/meters"
	"lockhouse/watch/traces"
)

// watching is what an operator sees this network by. Rooms know nothing of it: it stands at the edges, where requests are
// answered, transactions end, events are heard and messages leave.
type watching struct {
	meters *meters.Meters
	tracer *traces.Tracer // nil: off
	ready  *watch.Readiness
	queues []watch.Queue
	writes *writes
	guests atomic.Pointer[crowd] // nil before it serves
	backlog
}

func newWatching(ctx context.Context, c Config, p Parts) (*watching, error) {
	tracer, err := traces.New(ctx, traces.Options{URL: c.Watch.OTLPURL, Share: c.Watch.TraceShare, Version: p.Version, Random: p.Random, Log: p.Log})
	if err != nil {
		return nil, err
	}
	return &watching{meters: meters.New(p.Version), tracer: tracer, ready: &watch.Readiness{Now: p.Now}, writes: &writes{}}, nil
}

// watch shows what there is to see, once the network is assembled.
func (n *Network) watch() {
	w := n.watching
	w.ready.Checks = n.checks()
	w.meters.Requests.Declare(n.api.Routes(), n.api.Codes())
	w.queues = append(n.api.OwnQueues(), w.backlog.queues()...)
	w.queues = append(w.queues, line.Queues(n.desk)...)
	if engine, ok := n.engine.(interface{ Queues() []watch.Queue }); ok {
		w.queues = append(w.queues, engine.Queues()...)
	}
	if engine, ok := n.engine.(interface{ Watch(func(store.Group)) }); ok {
		engine.Watch(func(g store.Group) { w.meters.Store.Committed(g.Transactions, g.Waited, g.Took) })
	}
	w.queues = append(w.queues, w.tracer.Queue(), w.connections(n.config.Limits.MaxConnections), watch.Queue{
		Name: "lockers' lines here", Bound: bus.MaxConnections, Beyond: "NATS lets no more in; the locker calls again.", Length: func() int { return n.BusStatus().Clients },
	})
	w.meters.Queues(w.queues, n.parts.Now)
	n.gauges()
}

// connections shows the open connections.
func (w *watching) connections(most int) watch.Queue {
	return watch.Queue{Name: "connections", Bound: most, Beyond: "The next is answered 503 and closed.", Length: func() int {
		if guests := w.guests.Load(); guests != nil {
			return int(guests.open.Load())
		}
		return 0
	}}
}

// stand says how the queues stand, for the console.
func (n *Network) stand() []watch.Queued { return watch.Look(n.watching.queues, n.parts.Now()) }

// served hears of each request that was answered.
func (w *watching) served(s *api.Served) {
	w.meters.Requests.Answered(s.Route, s.Status, s.Code, s.Ended.Sub(s.Began))
	if w.tracer == nil || probes(s.Route) {
		return
	}
	span := traces.Span{Name: s.Route, Began: s.Began, Ended: s.Ended, Caller: s.Caller, Failed: string(s.Code), Outside: true}
	for _, step := range s.Steps {
		span.Within = append(span.Within, traces.Step(step))
	}
	if len(s.Topics) == 0 {
		w.tracer.Tell(span)
	}
	for _, topic := range s.Topics {
		span.Trace = topic
		w.tracer.Tell(span)
	}
}

// probes tells whether a route is asked by machines that only want to know whether we are there.
func probes(route string) bool { return strings.HasSuffix(route, "z") }

// heard hears of events, when all who listen have heard them.
func (w *watching) heard(events []lockhouse.Event, now time.Time) {
	for _, e := range events {
		w.meters.Journey.Heard(e.Kind)
		if w.tracer != nil {
			w.tellOf(e, now)
		}
	}
}

// tellOf tells an event as a span: from when it happened, where that was, until everybody who listens had heard it.
func (w *watching) tellOf(e lockhouse.Event, now time.Time) {
	s := traces.Span{Name: string(e.Kind), Began: e.At, Ended: later(e.At, now)}
	switch {
	case e.Kind == lockhouse.EventParcelAnnounced:
		s.Trace, s.First, s.Links = lockhouse.TraceOf(e.Parcel), true, []lockhouse.TraceID{lockhouse.TraceOf(e.Hold)}
	case e.Parcel != "":
		s.Trace = lockhouse.TraceOf(e.Parcel)
	case e.Hold != "":
		s.Trace, s.First = lockhouse.TraceOf(e.Hold), e.Kind == lockhouse.EventHoldPlaced
	default:
		return // nobody's journey
	}
	w.tracer.Tell(s)
}

// later guards against a clock that ran ahead of ours.
func later(at, now time.Time) time.Time {
	if now.Before(at) {
		return at
	}
	return now
}

// mailed hears of each mail that was tried, and told of each webhook.
func (w *watching) mailed(t notice.Tried) {
	w.meters.Journey.Notice(outcome(t.Done, t.Again))
	w.tellTry("mail "+string(t.Kind), t.Parcel, t.Began, t.Ended, t.Done)
}

func (w *watching) told(t shop.Tried) {
	w.meters.Journey.Delivery(outcome(t.Done, t.Again))
	w.tellTry("webhook "+string(t.Kind), t.Parcel, t.Began, t.Ended, t.Done)
}

func (w *watching) tellTry(name string, parcel lockhouse.ParcelID, began, ended time.Time, done bool) {
	if w.tracer == nil || parcel == "" {
		return
	}
	s := traces.Span{Trace: lockhouse.TraceOf(parcel), Name: name, Began: began, Ended: ended}
	if !done {
		s.Failed = "not taken"
	}
	w.tracer.Tell(s)
}

func outcome(done, again bool) meters.Outcome {
	switch {
	case done:
		return meters.Told
	case again:
		return meters.Later
	}
	return meters.Never
}

// received hears what came of a locker's delivery of receipts.
func (w *watching) received(t fleet.Tally) {
	w.meters.Journey.Receipts(t.Fresh, t.Duplicate, t.Conflicted, t.Waiting)
}
