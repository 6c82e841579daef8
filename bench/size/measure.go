package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// report is what was found for each size.
type report struct {
	plan  plan
	sizes []sizeReport
}

type sizeReport struct {
	parcels int
	bytes   int64
	filled  time.Duration
	costs   map[string][]cost // of a part, for each round, of all its lives
	found   []time.Duration   // one lookup of an order in the past
	missed  []time.Duration   // one look for an order that never was
}

func measure(ctx context.Context, p plan) (r report, err error) {
	r.plan = p
	e, err := newEngine(ctx, p)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	m, err := newMould(ctx, e)
	if err != nil {
		return r, fmt.Errorf("the mould: %w", err)
	}
	var towns []*town
	for _, parcels := range p.sizes {
		s := sizeReport{parcels: parcels, costs: map[string][]cost{}}
		t, err := s.fill(ctx, e, m, p)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, t.store.Close()) }()
		towns, r.sizes = append(towns, t), append(r.sizes, s)
	}
	for round := range p.rounds {
		for i, t := range towns {
			fmt.Fprintf(os.Stderr, "round %d of %d, %d parcels\n", round+1, p.rounds, r.sizes[i].parcels)
			if err := r.sizes[i].round(ctx, t, p, round); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

func (s *sizeReport) fill(ctx context.Context, e engine, m mould, p plan) (*town, error) {
	bytes, err := e.bytes(ctx, nameOf(s.parcels))
	if err != nil { // it is not there yet
		began := time.Now()
		if err := fill(ctx, e, m, s.parcels, p.lockers); err != nil {
			return nil, err
		}
		s.filled = time.Since(began)
		if bytes, err = e.bytes(ctx, nameOf(s.parcels)); err != nil {
			return nil, err
		}
	}
	s.bytes = bytes
	st, err := e.open(ctx, nameOf(s.parcels))
	if err != nil {
		return nil, err
	}
	return newTown(st, e)
}

// livesEach is how many parcels live at each locker that has any in a round: with the receipts of three, it has a strand.
const livesEach = 3

func (s *sizeReport) round(ctx context.Context, t *town, p plan, round int) error {
	lockers := make([]lockhouse.LockerID, max(p.lives/livesEach, 1))
	for i := range lockers {
		lockers[i] = lockerOf((round*len(lockers) + i) % p.lockers)
	}
	r, err := t.round(ctx, lockers, livesEach, p.clients)
	if err != nil {
		return err
	}
	for name, c := range r.costs {
		n := time.Duration(len(r.parcels))
		s.costs[name] = append(s.costs[name], cost{c.wall / n, c.cpu / n})
	}
	return s.look(ctx, t.store, p.lookups)
}

// look asks for orders in the past, and for such as never were.
func (s *sizeReport) look(ctx context.Context, st store.Store, n int) error {
	if n == 0 {
		return nil
	}
	began := time.Now()
	for range n {
		id, order, _ := nameOfParcel(rand.IntN(s.parcels))
		err := st.View(ctx, func(tx store.Tx) error {
			p, err := tx.ParcelOfShop(shopID, order)
			if err == nil && p.ID != id {
				err = fmt.Errorf("%s is %s, not %s", order, p.ID, id)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	s.found = append(s.found, time.Since(began)/time.Duration(n))
	began = time.Now()
	for i := range n {
		err := st.View(ctx, func(tx store.Tx) error {
			_, err := tx.Hold(shopID, fmt.Sprintf("never-%d-%d", i, rand.Int()))
			if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	s.missed = append(s.missed, time.Since(began)/time.Duration(n))
	return nil
}

func median[T ~int64](list []T) T {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
