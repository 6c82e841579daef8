package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/sim/paper"
)

const (
	visitEveryS = 10 // a courier comes by where something waits
	maxVisit    = 30
)

// stop is a site with its locker: parcels wait there for the courier, and lie there.
type stop struct {
	house *house
	pool  chan *caller
	site  int
	agent *paper.Agent

	mu      sync.Mutex
	waiting []*brought
	telling sync.WaitGroup // whose parcels the line is bringing
}

// brought is a parcel that waits for the courier, and then for news.
type brought struct {
	want
	ref  lockhouse.ParcelRef
	here chan error // told once
}

// openStops connects the lockers and lets couriers come by until ctx ends.
func (l *life) openStops(ctx context.Context, end context.CancelCauseFunc, all *sync.WaitGroup) error {
	for site, locker := range l.house.lockers {
		a, err := paper.NewAgent(locker, "nats://"+l.house.line)
		if err != nil {
			return err
		}
		s := &stop{house: l.house, pool: l.pool, site: site, agent: a}
		l.stops = append(l.stops, s)
		all.Go(func() { a.Run(ctx) })
		all.Go(func() {
			if err := s.visits(ctx); err != nil {
				end(fmt.Errorf("the courier at %s: %w", siteID(site), err))
			}
			s.telling.Wait() // what it waits for ends with ctx
		})
	}
	return connected(ctx, l.agents())
}

func (l *life) agents() (all []*paper.Agent) {
	for _, s := range l.stops {
		all = append(all, s.agent)
	}
	return all
}

// bring hands a parcel to the courier and waits until the network knows that it lies in the locker.
func (s *stop) bring(ctx context.Context, w want) (lockhouse.ParcelRef, error) {
	b := &brought{want: w, here: make(chan error, 1)}
	s.mu.Lock()
	s.waiting = append(s.waiting, b)
	s.mu.Unlock()
	said, err := wait(ctx, b.here)
	if err == nil {
		err = said
	}
	return b.ref, err
}

// visits has the courier come by every so often, at each stop at another moment.
func (s *stop) visits(ctx context.Context) error {
	rest := time.Duration(s.site) * visitEveryS * time.Second / lifeSites
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rest):
		}
		rest = visitEveryS * time.Second
		if err := s.visit(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// visit is one visit: a grant is drawn, each parcel is put in, and the locker's line brings what it signed.
func (s *stop) visit(ctx context.Context) error {
	s.mu.Lock()
	parcels := s.waiting[:min(len(s.waiting), maxVisit)]
	s.waiting = s.waiting[len(parcels):]
	s.mu.Unlock()
	if len(parcels) == 0 {
		return nil
	}
	c, err := wait(ctx, s.pool)
	if err != nil {
		return err
	}
	targets, err := s.house.drawGrant(ctx, c, s.agent.Locker().Noun.ID)
	s.pool <- c
	if err != nil {
		return err
	}
	for _, b := range parcels {
		ref, ok := targets[tracking(b.want)]
		if !ok {
			return fmt.Errorf("the courier's grant does not name %s", b.reference)
		}
		size, _ := lockhouse.DefaultSizes().Named(b.size)
		if _, err := s.agent.Store(ref, size.Rank, s.house.by); err != nil {
			return err
		}
		b.ref = ref
	}
	applied := s.agent.Applied()
	s.telling.Go(func() {
		_, err := wait(ctx, applied)
		for _, b := range parcels {
			b.here <- err
		}
	})
	return nil
}

// collect opens the compartment for the recipient and waits until the network knows.
func (s *stop) collect(ctx context.Context, ref lockhouse.ParcelRef) error {
	if _, err := s.agent.Collect(ref, s.house.by); err != nil {
		return err
	}
	_, err := wait(ctx, s.agent.Applied())
	return err
}
