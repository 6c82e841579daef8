// Bench shows what we claim about speed, beside what it has to be compared with, in one run:
//
//   - reserve, store and pick up over HTTP, against a service that a team would write in a day (bench/baseline), with
//     fsync on in both;
//   - from the tap on a phone to the open door, over the simulated radio, beside that radio's own echo time.
//
// It builds and starts everything itself, on this machine and on its loopback interface alone, and removes it
// afterwards. The figures belong to the machine that it names; the ratios travel better.
//
// How to read it. What the baseline does in three requests, Lockhouse does in five: to reserve is to hold room and to
// announce the parcel ("hold alone" is the first of the two), to store is to draw the courier's grant for the locker, once
// for each parcel here and once a visit in life, and to hand in the three receipts that the locker signed ("receipts
// alone"), to pick up is to hand in three more. The receipts are those that a phone would carry (POST /v1/receipts), truly
// signed, numbered and chained by the clients, whose processor time stands apart. The servers' time covers all that
// a round brought about, mails and webhooks included, until nothing is left to do. Clients and servers share the
// machine; while others use it too, only the ratio of processor times means something.
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
	taps        int
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
	flag.IntVar(&o.plan.Rounds, "rounds", 5, "rounds of each service, in turns; 0 leaves this part out")
	flag.DurationVar(&o.plan.WarmUp, "warm-up", time.Second, "of each round")
	flag.DurationVar(&o.plan.Window, "window", 4*time.Second, "of each round, in which is measured")
	flag.DurationVar(&o.plan.Quiet, "quiet", 3*time.Second, "without work, after which a service counts as at rest and the next one's turn begins")
	flag.StringVar(&o.dir, "dir", "", "where databases are made: a disk, not memory (default: the system's for temporary files)")
	flag.IntVar(&o.connections, "connections", 16, "of the baseline to PostgreSQL")
	flag.Float64Var(&o.kept, "kept", 0.6, "share of the compartments that are taken before the start and stay so")
	flag.IntVar(&o.taps, "taps", 100, "doors opened over each simulated radio; 0 leaves this part out")
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
	Told       told          `json:"told"`
	Taps       []taps        `json:"taps"`
}

func run(ctx context.Context, o options) error {
	if most := newPopulation(o.kept).Sites; o.plan.Clients > most {
		return fmt.Errorf("%d clients: give at most %d, one for each site", o.plan.Clients, most)
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
	if o.plan.Rounds > 0 {
		if err := compareCycles(ctx, w, o, &r); err != nil {
			return err
		}
	}
	if o.taps > 0 {
		if err := openDoors(ctx, w, o, &r); err != nil {
			return err
		}
	}
	if o.json {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(r)
	}
	return printReport(os.Stdout, r)
}

// openDoors runs the series of taps.
func openDoors(ctx context.Context, w *workshop, o options, r *report) error {
	for _, a := range airs() {
		t, err := timeTaps(ctx, w, a, o.taps)
		if err != nil {
			return fmt.Errorf("tap to door, %s: %w", a.Name, err)
		}
		r.Taps = append(r.Taps, t)
	}
	return nil
}

// compareCycles starts the services, fills them alike and lets them take turns.
func compareCycles(ctx context.Context, w *workshop, o options, r *report) error {
	if err := o.plan.Check(); err != nil {
		return err
	}
	ours, err := startHouse(ctx, w, r.Population, o.plan.Clients)
	if err != nil {
		return err
	}
	defer ours.close()
	base, err := startBaseline(ctx, w, r.Population, o.plan.Clients, o.connections)
	if err != nil {
		return err
	}
	defer base.close()
	if r.Machine.Postgres, err = base.postgres.Version(ctx); err != nil {
		return err
	}
	w.say("filling both")
	if err := r.Population.fill(ctx, o.plan.Clients, ours.put); err != nil {
		return fmt.Errorf("filling ours: %w", err)
	}
	if err := r.Population.fill(ctx, o.plan.Clients, base.put); err != nil {
		return fmt.Errorf("filling the baseline: %w", err)
	}
	contenders := []load.Contender{ours, base}
	if err := load.Settle(ctx, o.plan, contenders, w.say); err != nil {
		return err
	}
	before := ours.heard.count()
	if r.Cycles, err = load.Compare(ctx, o.plan, contenders, w.say); err != nil {
		return err
	}
	r.Told = ours.heard.count().since(before, r.Cycles[0])
	return nil
}
