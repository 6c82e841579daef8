// Bench shows what we claim about speed, beside what it has to be compared with, in one run:
//
//   - reserve, store and pick up over HTTP, against a service that a team would write in a day (bench/baseline), with
//     fsync on in both;
//   - from the tap on a phone to the open door, over the simulated radio, beside that radio's own echo time.
//
// It builds and starts everything itself, on this machine and on its loopback interface alone, and removes it
// afterwards. The figures belong to the machine that it names; the ratios travel better.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"lockhouse/bench/load"
)

// options are the command line.
type options struct {
	plan        load.Plan
	dir         string
	connections int
	kept        float64
	json        bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, parse()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse() options {
	var o options
	flag.IntVar(&o.plan.Clients, "clients", 32, "clients, each of which waits for every answer")
	flag.IntVar(&o.plan.Rounds, "rounds", 5, "rounds of each service, in turns")
	flag.DurationVar(&o.plan.WarmUp, "warm-up", time.Second, "of each round")
	flag.DurationVar(&o.plan.Window, "window", 4*time.Second, "of each round, in which is measured")
	flag.StringVar(&o.dir, "dir", "", "where databases are made: a disk, not memory (default: the system's for temporary files)")
	flag.IntVar(&o.connections, "connections", 16, "of the baseline to PostgreSQL")
	flag.Float64Var(&o.kept, "kept", 0.6, "share of the compartments that are taken before the start and stay so")
	flag.BoolVar(&o.json, "json", false, "print JSON instead of tables")
	flag.Parse()
	return o
}

// report is everything that was found.
type report struct {
	Machine    machine       `json:"machine"`
	Plan       load.Plan     `json:"plan"`
	Population population    `json:"population"`
	Cycles     []load.Result `json:"cycles"`
}

func run(ctx context.Context, o options) error {
	if err := o.plan.Check(); err != nil {
		return err
	}
	w, err := newWorkshop(o.dir)
	if err != nil {
		return err
	}
	defer w.close()
	r := report{Plan: o.plan, Population: newPopulation(o.kept)}
	if r.Machine, err = describe(w.dir); err != nil {
		return err
	}
	if r.Cycles, err = compareCycles(ctx, w, o, r.Population); err != nil {
		return err
	}
	if o.json {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(r)
	}
	return printReport(os.Stdout, r)
}

// compareCycles starts the services, fills them alike and lets them take turns.
func compareCycles(ctx context.Context, w *workshop, o options, p population) ([]load.Result, error) {
	ours, err := startHouse(ctx, w, p, o.plan.Clients)
	if err != nil {
		return nil, err
	}
	defer ours.close()
	base, err := startBaseline(ctx, w, p, o.plan.Clients, o.connections)
	if err != nil {
		return nil, err
	}
	defer base.close()
	w.say("filling both")
	if err := p.fill(ctx, o.plan.Clients, ours.put); err != nil {
		return nil, fmt.Errorf("filling ours: %w", err)
	}
	if err := p.fill(ctx, o.plan.Clients, base.put); err != nil {
		return nil, fmt.Errorf("filling the baseline: %w", err)
	}
	return load.Compare(ctx, o.plan, []load.Contender{ours, base}, w.say)
}
