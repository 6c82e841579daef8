package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/bench/cpu"
	"lockhouse/bench/load"
	"lockhouse/estate/capacity"
	"lockhouse/flow/hold"
	"lockhouse/internal/postgrestest"
	"lockhouse/store"
	"lockhouse/store/postgres"
	"lockhouse/store/sqlite"
)

// A hold at the store, without HTTP: flow/hold decides and keeps it, and beside that a writer keeps the same rows and decides
// nothing. What is between the two is what reading, counting and deciding cost.
const (
	holdSites   = 64
	holdClients = 64
	holdDays    = 50 // ahead, in turns

	hallOfLockers = 1_000_000 // compartments at a site: nobody is refused here
)

// holder is one of those who keep holds.
type holder struct {
	name  string
	keep  func(ctx context.Context, n int64) error // the n-th hold of all
	used  func() (time.Duration, error)
	asked atomic.Int64
}

func (h *holder) Name() string                { return h.name }
func (h *holder) Steps() []load.Step          { return []load.Step{{Name: "hold", From: 0, Until: 1}} }
func (h *holder) CPU() (time.Duration, error) { return h.used() }

func (h *holder) Cycle(ctx context.Context, _ int, did func(bool)) error {
	err := h.keep(ctx, h.asked.Add(1))
	did(true)
	return err
}

// compareHolds lets our holds and raw ones take turns, on both engines.
func compareHolds(ctx context.Context, w *workshop, plan load.Plan) (results []load.Result, err error) {
	plan.Clients = holdClients
	var closers []func() error
	defer func() {
		for _, c := range closers {
			err = errors.Join(err, c())
		}
	}()
	var all []load.Contender
	for _, open := range []func(context.Context, *workshop) ([]load.Contender, func() error, error){holdsOnSQLite, holdsOnPostgres} {
		two, shut, err := open(ctx, w)
		if shut != nil {
			closers = append(closers, shut)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, two...)
	}
	return load.Compare(ctx, plan, all, w.say)
}

// ofHold gives where and when the n-th hold is.
func ofHold(n int64) (site int, day lockhouse.Day) {
	return int(n % holdSites), lockhouse.DayOf(time.Now().UTC()) + 1 + lockhouse.Day(n/holdSites%holdDays)
}

// ourHolds keeps holds by flow/hold.
func ourHolds(name string, s store.Store, used func() (time.Duration, error)) *holder {
	desk := &hold.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Random: rand.Reader, Now: time.Now}
	return &holder{name: name, used: used, keep: func(ctx context.Context, n int64) error {
		site, day := ofHold(n)
		_, _, err := desk.Place(ctx, hold.Request{Shop: "shop_bench", Reference: fmt.Sprint("cart-", n), Site: siteID(site), Dimensions: inside["S"], Arrives: day})
		return err
	}}
}

// furnishHolds gives a store its sites, each with more room than is ever asked for.
func furnishHolds(ctx context.Context, s store.Store) error {
	return s.Update(ctx, func(tx store.Tx) error {
		for i := range holdSites {
			if err := tx.PutSite(siteOf(i)); err != nil {
				return err
			}
			var room capacity.Room
			if err := room.Install(1, hallOfLockers); err != nil {
				return err
			}
			if err := tx.PutRoom(siteID(i), room); err != nil {
				return err
			}
		}
		return nil
	})
}

func holdsOnSQLite(ctx context.Context, w *workshop) ([]load.Contender, func() error, error) {
	s, err := sqlite.Open(ctx, filepath.Join(w.dir, "holds.db"))
	if err != nil {
		return nil, nil, err
	}
	if err := furnishHolds(ctx, s); err != nil {
		return nil, s.Close, err
	}
	raw, err := openRaw(ctx, filepath.Join(w.dir, "raw.db"))
	if err != nil {
		return nil, s.Close, err
	}
	rows := &holder{name: "its rows, SQLite", used: cpu.OfSelf, keep: raw.keep}
	return []load.Contender{ourHolds("hold, SQLite", s, cpu.OfSelf), rows}, func() error { return errors.Join(raw.close(), s.Close()) }, nil
}

func holdsOnPostgres(ctx context.Context, w *workshop) ([]load.Contender, func() error, error) {
	server, err := postgrestest.Start(ctx, postgrestest.Options{Under: w.dir})
	if err != nil {
		return nil, nil, err
	}
	used := func() (time.Duration, error) {
		self, err := cpu.OfSelf()
		if err != nil {
			return 0, err
		}
		theirs, err := cpu.OfTree(server.PID())
		return self + theirs, err
	}
	_, s, err := holdsDatabase(ctx, server, "holds")
	if err != nil {
		return nil, server.Stop, err
	}
	shut := func() error { return errors.Join(s.Close(), server.Stop()) }
	url, furnished, err := holdsDatabase(ctx, server, "rows") // what it writes into rooms are no counts
	if err != nil {
		return nil, shut, err
	}
	raw, err := openRawPostgres(ctx, url)
	if err := errors.Join(err, furnished.Close()); err != nil {
		return nil, shut, err
	}
	rows := &holder{name: "its rows, PostgreSQL", used: used, keep: raw.keep}
	return []load.Contender{ourHolds("hold, PostgreSQL", s, used), rows}, func() error { raw.close(); return shut() }, nil
}

// holdsDatabase makes a database with sites that have room, and opens it as a store.
func holdsDatabase(ctx context.Context, server *postgrestest.Server, name string) (url string, s *postgres.Store, err error) {
	if url, err = server.Create(ctx, name); err != nil {
		return "", nil, err
	}
	if err := postgres.Migrate(ctx, postgres.Options{URL: url}, func(string) {}); err != nil {
		return "", nil, err
	}
	if s, err = postgres.Open(ctx, postgres.Options{URL: url}); err != nil {
		return "", nil, err
	}
	if err := furnishHolds(ctx, s); err != nil {
		return "", nil, errors.Join(err, s.Close())
	}
	return url, s, nil
}
