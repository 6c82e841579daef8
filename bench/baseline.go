package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"lockhouse/bench/cpu"
	"lockhouse/bench/load"
	"lockhouse/internal/postgrestest"
	"lockhouse/internal/process"
)

// baseline drives bench/baseline: one call for each step.
type baseline struct {
	postgres   *postgrestest.Server
	server     *process.Process
	callers    []*caller // by client
	clients    []*client
	population population
}

func startBaseline(ctx context.Context, w *workshop, p population, clients, connections int) (*baseline, error) {
	program, err := w.build(ctx, "lockhouse/bench/baseline")
	if err != nil {
		return nil, err
	}
	w.say("starting PostgreSQL and the baseline")
	b := &baseline{clients: newClients(clients), population: p}
	if b.postgres, err = postgrestest.Start(ctx, postgrestest.Options{Under: w.dir}); err != nil {
		return nil, err
	}
	if err := b.serve(ctx, w, program, connections); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *baseline) serve(ctx context.Context, w *workshop, program string, connections int) error {
	database, err := b.postgres.Create(ctx, "baseline")
	if err != nil {
		return err
	}
	address, err := process.FreeAddress("127.0.0.1")
	if err != nil {
		return err
	}
	b.callers = newCallers(len(b.clients), address)
	each := b.population.Each
	b.server, err = w.start(ctx, program, []string{"-database", database, "-connections", strconv.Itoa(connections), "-listen", address,
		"-sites", strconv.Itoa(b.population.Sites), "-each", fmt.Sprintf("%d,%d,%d", each["S"], each["M"], each["L"])}, process.Answers("http://"+address))
	return err
}

// setOut has nothing to do: a cycle of the baseline's begins and ends with one parcel.
func (b *baseline) setOut(context.Context) error { return nil }

func (b *baseline) told() told { return told{} }

func (b *baseline) Name() string { return "baseline" }

func (b *baseline) Steps() []load.Step {
	return []load.Step{{Name: "reserve", From: 0, Until: 1}, {Name: "store", From: 1, Until: 2}, {Name: "pick up", From: 2, Until: 3}}
}

func (b *baseline) Cycle(ctx context.Context, client int, did func(bool)) error {
	r, err := b.reserve(ctx, client, b.clients[client].next(b.population, client, len(b.clients)))
	if err != nil {
		return err
	}
	did(true)
	if err := b.post(ctx, client, fmt.Sprintf("/parcels/%d/store", r.Parcel), nil, nil); err != nil {
		return err
	}
	did(true)
	if err := b.post(ctx, client, fmt.Sprintf("/parcels/%d/pickup", r.Parcel), asJSON(map[string]string{"code": r.Code}), nil); err != nil {
		return err
	}
	did(true)
	return nil
}

// place is the baseline's answer to a reservation.
type place struct {
	Parcel int64  `json:"parcel"`
	Code   string `json:"code"`
}

func (b *baseline) reserve(ctx context.Context, client int, w want) (place, error) {
	var p place
	err := b.post(ctx, client, "/reserve", asJSON(map[string]any{"reference": w.reference, "site": w.site + 1, "size": w.size}), &p)
	return p, err
}

// put has standing parcels stored.
func (b *baseline) put(ctx context.Context, client int, parcels []want) error {
	for _, w := range parcels {
		p, err := b.reserve(ctx, client, w)
		if err != nil {
			return err
		}
		if err := b.post(ctx, client, fmt.Sprintf("/parcels/%d/store", p.Parcel), nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func (b *baseline) post(ctx context.Context, client int, path string, in []byte, out any) error {
	return b.callers[client].call(ctx, http.MethodPost, path, "", in, out)
}

// CPU counts the service, the postmaster and all its backends.
func (b *baseline) CPU() (time.Duration, error) {
	service, err := cpu.OfTree(b.server.PID())
	if err != nil {
		return 0, err
	}
	postgres, err := cpu.OfTree(b.postgres.PID())
	return service + postgres, err
}

func (b *baseline) close() {
	for _, c := range b.callers {
		c.close()
	}
	if b.server != nil {
		b.server.Stop()
	}
	_ = b.postgres.Stop() // its directory is the workshop's, which goes too
}
