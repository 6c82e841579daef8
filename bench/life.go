package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"lockhouse/bench/cpu"
	"lockhouse/bench/load"
)

// Bounds of the lives that are lived at once.
const (
	lifeSites    = 400 // each with one locker
	lifeCallers  = 192 // connections of shops, couriers and recipients
	lifeLimitS   = 120 // a parcel that takes longer has failed
	maxUnderWayS = 25  // more parcels under way than so many seconds bring: it can't keep up, and the next ones are not begun
	lifeNotes    = 8   // words on how it goes
	lifeQuietS   = 3
)

// lives is what came of parcels that were begun at a steady rate, whether or not those before were done.
type lives struct {
	Rate      float64       `json:"rate_per_s"` // as asked for
	For       time.Duration `json:"for_ns"`
	Begun     int           `json:"begun"`     // all of which ended, or the run failed
	HeldBack  int           `json:"held_back"` // not begun, since too many were under way
	PerS      float64       `json:"ended_per_s"`
	Steps     []load.Took   `json:"steps"`
	ServerCPU time.Duration `json:"server_cpu_ns"` // for each parcel
	ClientCPU time.Duration `json:"client_cpu_ns"` // for each parcel: shops, couriers, phones, lockers, and the servers that are told
	Others    float64       `json:"others"`
	Drained   time.Duration `json:"drained_ns"` // from the last beginning until everything was done and told
	Queues    []queueTrend  `json:"queues"`
	Told      told          `json:"told"` // for each parcel
	MemoryMB  float64       `json:"server_memory_mb"`
}

// life drives one `lockhouse serve` with whole lives of parcels.
type life struct {
	house *house
	pool  chan *caller
	stops []*stop
	mails *mailbox
	took  *stepTimes
}

// liveLives begins so many parcels a second for a while, waits for all of them, and says how it went.
func liveLives(ctx context.Context, w *workshop, o options) (r lives, err error) {
	program, err := w.build(ctx, "lockhouse/cmd/lockhouse")
	if err != nil {
		return r, err
	}
	p := population{Sites: lifeSites, Each: map[string]int{"S": 24, "M": 24, "L": 12}}
	h, err := startHouse(ctx, w, program, "whole lives", true, p, lifeCallers)
	if err != nil {
		return r, err
	}
	defer h.close()
	l := &life{house: h, pool: make(chan *caller, lifeCallers), mails: newMailbox(), took: newStepTimes()}
	for _, c := range h.callers {
		l.pool <- c
	}
	h.heard.read.Store(&l.mails.take)
	ctx, end := context.WithCancelCause(ctx)
	var stops sync.WaitGroup
	defer stops.Wait()
	defer end(nil)
	w.say(fmt.Sprintf("connecting %d lockers", lifeSites))
	if err := l.openStops(ctx, end, &stops); err != nil {
		return r, err
	}
	return l.measure(ctx, end, w, o)
}

// measure lives the lives and looks at the machine before and after.
func (l *life) measure(ctx context.Context, end context.CancelCauseFunc, w *workshop, o options) (r lives, err error) {
	before, err := load.Used(l.house)
	if err != nil {
		return r, err
	}
	toldBefore, queues, began, during := l.house.told(), watchQueues(ctx, l.house.watch, o.lifeFor), time.Now(), o.lifeFor
	err = profiled(ctx, o.profiles, l.house.watch, during, func() { r = l.begin(ctx, end, w, o.lifeRate, during) })
	if err != nil {
		return r, errors.Join(context.Cause(ctx), err)
	}
	drivenFor := time.Since(began)
	busy, err := load.Used(l.house)
	if err != nil {
		return r, err
	}
	r.Others, r.Queues = busy.Since(before).Others(drivenFor), queues.trends()
	worked, err := load.Rest(ctx, lifeQuietS*time.Second, l.house)
	if err != nil {
		return r, err
	}
	r.Drained = drivenFor + worked - during
	after, err := load.Used(l.house)
	if err != nil || r.Begun == 0 {
		return r, err
	}
	all := time.Duration(r.Begun)
	r.ServerCPU, r.ClientCPU = after.Since(before).Server/all, after.Since(before).Client/all
	now := l.house.told()
	r.Told = told{(now.Mails - toldBefore.Mails) / float64(r.Begun), (now.Webhooks - toldBefore.Webhooks) / float64(r.Begun)}
	r.Steps = l.took.latencies()
	bytes, err := cpu.Resident(l.house.server.PID())
	r.MemoryMB = float64(bytes) / 1e6
	return r, err
}

// begin begins each parcel when it is due and waits until the last one has ended.
func (l *life) begin(ctx context.Context, end context.CancelCauseFunc, w *workshop, rate float64, during time.Duration) lives {
	r := lives{Rate: rate, For: during}
	var all sync.WaitGroup
	var ended atomic.Int64
	began, most := time.Now(), int64(rate*maxUnderWayS)
	for at := range dueMoments(ctx, rate, during) {
		if int64(r.Begun)-ended.Load() >= most {
			r.HeldBack++
			continue
		}
		n := r.Begun
		r.Begun++
		all.Go(func() {
			if err := l.live(ctx, n, at); err != nil {
				end(fmt.Errorf("parcel %d: %w", n, err))
			}
			ended.Add(1)
		})
		if n%max(1, int(rate*during.Seconds()/lifeNotes)) == 0 {
			w.say(fmt.Sprintf("%.0f s: %d begun, %d ended, %d held back", time.Since(began).Seconds(), r.Begun, ended.Load(), r.HeldBack))
		}
	}
	r.PerS = float64(ended.Load()) / time.Since(began).Seconds()
	all.Wait()
	return r
}

// dueMoments gives the moments at which parcels are due to begin, none of them early.
func dueMoments(ctx context.Context, rate float64, during time.Duration) func(yield func(time.Time) bool) {
	return func(yield func(time.Time) bool) {
		began, every := time.Now(), time.Duration(float64(time.Second)/rate)
		for at := began; at.Sub(began) < during && ctx.Err() == nil; at = at.Add(every) {
			time.Sleep(time.Until(at))
			if !yield(at) {
				return
			}
		}
	}
}
