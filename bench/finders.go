package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/bench/earth"
	"lockhouse/estate/capacity"
	"lockhouse/internal/postgrestest"
	"lockhouse/internal/process"
	"lockhouse/store"
	"lockhouse/trust/auth"
)

// Limits of filling and starting.
const (
	sitesInOne  = 5_000 // sites in one transaction
	fillLimitS  = 1_800
	readLimitS  = 600
	sayEvery    = 250_000
	arriveAfter = 3 // days: it is a day to come in every time zone
)

// startFinder starts our server on a store with all the sites, and waits until it has read them.
func startFinder(ctx context.Context, w *workshop, o options, found *searches) (*finder, error) {
	program, err := w.build(ctx, "lockhouse/cmd/lockhouse")
	if err != nil {
		return nil, err
	}
	h := &house{name: "search"}
	address, err := h.addresses()
	if err != nil {
		return nil, err
	}
	config := h.configFile(w)
	if err := os.WriteFile(config, []byte(h.config(address, strings.TrimSuffix(config, ".toml"))), 0o600); err != nil {
		return nil, err
	}
	arrives := lockhouse.DayOf(time.Now().UTC()) + arriveAfter
	f := &finder{name: "Lockhouse", address: address, path: ourPath(arrives)}
	w.say(fmt.Sprintf("writing down %d sites", o.searchSites))
	if f.key, err = fillEarth(ctx, w, config, o.searchSites, arrives); err != nil {
		return nil, err
	}
	w.say("starting Lockhouse, which reads them")
	began := time.Now()
	if f.process, err = w.startWithin(ctx, readLimitS*time.Second, program, []string{"serve", "--config", config}, process.Ready("http://"+address+"/readyz")); err != nil {
		return nil, err
	}
	found.Ready = time.Since(began)
	found.MemoryBytes = residentBytes(f.process.PID())
	f.cpu = cpuOf(f.process.PID())
	return f, nil
}

func ourPath(arrives lockhouse.Day) func(point, string) string {
	return func(from point, size string) string {
		d := inside[size]
		return fmt.Sprintf("/v1/sites?lat=%.5f&lon=%.5f&length_mm=%d&width_mm=%d&height_mm=%d&weight_g=%d&day=%s",
			from.lat, from.lon, d.LengthMM, d.WidthMM, d.HeightMM, d.Grams, arrives)
	}
}

// fillEarth writes sites and their rooms into a new network's store, and gives the key of a page that may look for them.
func fillEarth(ctx context.Context, w *workshop, configFile string, sites int, arrives lockhouse.Day) (key string, err error) {
	text, err := os.Open(configFile)
	if err != nil {
		return "", err
	}
	defer text.Close()
	config, err := network.ReadConfig(text)
	if err != nil {
		return "", err
	}
	n, err := network.Open(ctx, config, network.Parts{Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "bench"})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	world := earth.New()
	for from := 0; from < sites; from += sitesInOne {
		if from%sayEvery == 0 && from > 0 {
			w.say(fmt.Sprintf("%d", from))
		}
		if err := n.Store().Update(ctx, func(tx store.Tx) error { return put(tx, world, from, min(from+sitesInOne, sites), arrives) }); err != nil {
			return "", err
		}
	}
	_, shop, err := n.Auth().CreateKey(ctx, auth.KeyOrder{Scope: lockhouse.ScopeShop, Label: "bench", Owner: "Bench Shop"})
	return shop, err
}

func put(tx store.Tx, world earth.Earth, from, until int, arrives lockhouse.Day) error {
	for n := from; n < until; n++ {
		site := world.Site(n)
		room, err := roomOf(n, arrives, arrives+lockhouse.Day(site.HoldingDays))
		if err := errors.Join(err, tx.PutSite(site), tx.PutRoom(site.ID, room)); err != nil {
			return err
		}
	}
	return nil
}

// roomOf has a compartment of each size, and what does not have room has a parcel in it in these days.
func roomOf(n int, from, until lockhouse.Day) (r capacity.Room, err error) {
	for i, size := range earth.Sizes {
		err = errors.Join(err, r.Install(i+1, 1))
		if !earth.Has(n, size.Name) {
			err = errors.Join(err, r.Add(from, until, i+1, 1))
		}
	}
	return r, err
}

// residentBytes is the memory that a process has now; 0 where that can't be told.
func residentBytes(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == "VmRSS:" {
			kB, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			return kB << 10
		}
	}
	return 0
}

// startPostGIS starts PostgreSQL with memory enough to keep all of it, and the service.
func startPostGIS(ctx context.Context, w *workshop, o options) (_ *finder, stop func(), err error) {
	program, err := w.build(ctx, "lockhouse/bench/postgis")
	if err != nil {
		return nil, nil, err
	}
	settings := map[string]string{"shared_buffers": "2GB", "maintenance_work_mem": "1GB", "max_wal_size": "8GB", "effective_cache_size": "6GB", "random_page_cost": "1.1", "jit": "off"}
	postgres, err := postgrestest.Start(ctx, postgrestest.Options{Under: w.dir, Settings: settings})
	if err != nil {
		return nil, nil, err
	}
	f := &finder{name: "PostGIS", path: func(from point, size string) string {
		return fmt.Sprintf("/sites?lat=%.5f&lon=%.5f&size=%s", from.lat, from.lon, size)
	}}
	stop = func() {
		if f.process != nil {
			f.process.Stop()
		}
		_ = postgres.Stop() // its directory is the workshop's, which goes too
	}
	if err := f.begin(ctx, w, o, program, postgres); err != nil {
		stop()
		return nil, nil, err
	}
	return f, stop, nil
}

func (f *finder) begin(ctx context.Context, w *workshop, o options, program string, postgres *postgrestest.Server) error {
	database, err := postgres.Create(ctx, "search")
	if err != nil {
		return err
	}
	if f.address, err = process.FreeAddress("127.0.0.1"); err != nil {
		return err
	}
	w.say("filling PostGIS, and making its indexes")
	f.process, err = w.startWithin(ctx, fillLimitS*time.Second, program, []string{"-database", database, "-connections", strconv.Itoa(o.searchConnections), "-listen", f.address,
		"-sites", strconv.Itoa(o.searchSites)}, process.Answers("http://"+f.address))
	if err != nil {
		return err
	}
	f.cpu = cpuOf(f.process.PID(), postgres.PID())
	return nil
}
