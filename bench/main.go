// Bench shows what we claim about speed, beside what it has to be compared with, in one run:
//
//   - reserve, store and pick up over HTTP, against a service that a team would write in a day (bench/baseline), with
//     fsync on in both;
//   - the nearest ten sites with room among a million, over HTTP, against PostGIS with partial indexes (bench/postgis) on the same
//     sites, whose answers are compared first;
//   - a hold at the store, beside a writer that commits the same rows in groups and decides nothing, on both engines;
//   - the agent at rest, its program's start, memory, processor time and writes, beside a Go program that does nothing;
//   - from the tap on a phone to the open door, over the simulated radio, beside that radio's own echo time.
//
// It builds and starts everything itself, on this machine and on its loopback interface alone, and removes it
// afterwards. The figures belong to the machine that it names; the ratios travel better.
//
// How to read it. "Lockhouse" does what the baseline does, and tells nobody either: it has no mail host and its shop no webhook.
// It does more all the same, as it does for everybody. It checks each request's key, seals who the parcel is for, keeps a
// timeline, counts room for the days to come, and believes a locker's signature alone. "and telling" is the same service as
// it is used, with a mail for each parcel and three or so webhooks; its CPU time pays for them until nothing is left to do.
// "on PostgreSQL" is the first on the engine that the baseline has.
//
// A cycle is one parcel's. To reserve is one request in all of them. To store is one for each parcel in the baseline; with
// us it is a courier's visit, as in life: for 20 parcels at a time one grant is drawn, and what the locker signed for
// them (three receipts each) is handed in together; 19 of 20 cycles have none, and "store" is timed over those that have.
// To pick up is one request in all: with us the three receipts of one recipient, truly signed, numbered and chained by
// the clients (by a key made to sign quickly: lockers have processors of their own).
//
// Clients and servers share the machine, so both kinds of clients are lean, and what they use stands apart. While others
// use the machine too, only the ratio of processor times means something.
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
	only        string
	holdRounds  int
	taps        int
	lifeRate    float64
	lifeFor     time.Duration
	profiles    string
	fleet       int
	restFor     time.Duration
	json        bool

	search            load.Plan // as plan, but for the rounds
	searchSites       int
	searchConnections int
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
	flag.Float64Var(&o.kept, "kept", 0.5, "share of the compartments that are taken before the start and stay so")
	flag.StringVar(&o.only, "only", "", "measure this service alone, by its name in the table: for profiles")
	flag.IntVar(&o.holdRounds, "hold-rounds", 3, "rounds of holds at the store, beside their rows alone, on each engine; 0 leaves this part out")
	flag.IntVar(&o.taps, "taps", 100, "doors opened over each simulated radio; 0 leaves this part out")
	flag.Float64Var(&o.lifeRate, "lives", 400, "whole lives of parcels begun a second; 0 leaves this part out")
	flag.DurationVar(&o.lifeFor, "lives-for", 20*time.Second, "how long")
	flag.StringVar(&o.profiles, "profiles", "", "where CPU profiles of the lives' server and clients are left (default: none are taken)")
	flag.IntVar(&o.fleet, "fleet", 1_000, "lockers that connect to one node; 0 leaves this part out")
	flag.DurationVar(&o.restFor, "rest", 60*time.Second, "for which an agent at rest is watched; 0 leaves this part out")
	flag.IntVar(&o.search.Rounds, "search-rounds", 3, "rounds of searches, for each size and each service; 0 leaves this part out")
	flag.IntVar(&o.searchSites, "search-sites", 1_000_000, "among which the nearest with room are looked for")
	flag.IntVar(&o.searchConnections, "search-connections", 4, "of the PostGIS service to PostgreSQL")
	flag.BoolVar(&o.json, "json", false, "print JSON instead of tables")
	flag.Parse()
	rounds := o.search.Rounds
	o.search = o.plan
	o.search.Rounds = rounds
	return o
}

// report is everything that was found.
type report struct {
	Machine    machine       `json:"machine"`
	Plan       load.Plan     `json:"plan"`
	Population population    `json:"population"`
	Cycles     []load.Result `json:"cycles"`
	Told       []told        `json:"told"` // by each service
	Holds      []load.Result `json:"holds"`
	Searches   *searches     `json:"searches,omitempty"`
	Taps       []taps        `json:"taps"`
	Lives      *lives        `json:"lives,omitempty"`
	Fleet      *fleet        `json:"fleet,omitempty"`
	Rest       *rest         `json:"rest,omitempty"`
}

func run(ctx context.Context, o options) error {
	if most := newPopulation(o.kept).Sites / 2; o.plan.Clients > most {
		return fmt.Errorf("%d clients: give at most %d, one for every two sites", o.plan.Clients, most)
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
	if o.search.Rounds > 0 {
		if err := compareSearch(ctx, w, o, &r); err != nil {
			return err
		}
	}
	if o.holdRounds > 0 {
		plan := o.plan
		plan.Rounds = o.holdRounds
		if r.Holds, err = compareHolds(ctx, w, plan); err != nil {
			return fmt.Errorf("holds: %w", err)
		}
	}
	if o.taps > 0 {
		if err := openDoors(ctx, w, o, &r); err != nil {
			return err
		}
	}
	if err := moreParts(ctx, w, o, &r); err != nil {
		return err
	}
	if o.json {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(r)
	}
	return printReport(os.Stdout, r)
}

// moreParts lives lives, connects a fleet and watches an agent at rest.
func moreParts(ctx context.Context, w *workshop, o options, r *report) error {
	if o.lifeRate > 0 {
		lived, err := liveLives(ctx, w, o)
		if err != nil {
			return fmt.Errorf("whole lives: %w", err)
		}
		r.Lives = &lived
	}
	if o.fleet > 0 {
		connected, err := connectFleet(ctx, w, o.fleet, fleetIdleS*time.Second)
		if err != nil {
			return fmt.Errorf("fleet: %w", err)
		}
		r.Fleet = &connected
	}
	if o.restFor > 0 {
		watched, err := watchRest(ctx, w, o.restFor)
		if err != nil {
			return fmt.Errorf("the agent at rest: %w", err)
		}
		r.Rest = &watched
	}
	return nil
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
	all, err := open(ctx, w, o, r)
	defer closeAll(all)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("there is no service %q", o.only)
	}
	contenders := make([]load.Contender, len(all))
	for i, c := range all {
		w.say("filling " + c.Name())
		if err := r.Population.fill(ctx, o.plan.Clients, c.put); err != nil {
			return fmt.Errorf("filling %s: %w", c.Name(), err)
		}
		if err := c.setOut(ctx); err != nil {
			return fmt.Errorf("%s: %w", c.Name(), err)
		}
		contenders[i] = c
	}
	if err := load.Settle(ctx, o.plan, contenders, w.say); err != nil {
		return err
	}
	before := toldBy(all)
	if r.Cycles, err = load.Compare(ctx, o.plan, contenders, w.say); err != nil {
		return err
	}
	for i, now := range toldBy(all) {
		r.Told = append(r.Told, now.since(before[i], r.Cycles[i]))
	}
	return nil
}

// service is a contender that can be filled and stopped.
type service interface {
	load.Contender
	put(ctx context.Context, client int, parcels []want) error // has standing parcels stored
	setOut(ctx context.Context) error                          // brings the clients on their way
	told() told                                                // so far
	close()
}

// toldBy gives what each service has told so far.
func toldBy(all []service) (counts []told) {
	for _, c := range all {
		counts = append(counts, c.told())
	}
	return counts
}

// open starts our service as one that does what the baseline does, as it is used, and on the baseline's engine; and the baseline. What was
// started before an error is given too.
func open(ctx context.Context, w *workshop, o options, r *report) (all []service, err error) {
	program, err := w.build(ctx, "lockhouse/cmd/lockhouse")
	if err != nil {
		return nil, err
	}
	for _, plan := range []struct {
		name  string
		start func(name string) (service, error)
	}{
		{"Lockhouse", func(name string) (service, error) {
			return startHouse(ctx, w, program, name, false, r.Population, o.plan.Clients)
		}},
		{"and telling", func(name string) (service, error) {
			return startHouse(ctx, w, program, name, true, r.Population, o.plan.Clients)
		}},
		{"on PostgreSQL", func(name string) (service, error) {
			return startHouseOnPostgres(ctx, w, program, name, r.Population, o.plan.Clients)
		}},
		{"baseline", func(string) (service, error) {
			b, err := startBaseline(ctx, w, r.Population, o.plan.Clients, o.connections)
			if err == nil {
				r.Machine.Postgres, err = b.postgres.Version(ctx)
			}
			return b, err
		}},
	} {
		if o.only != "" && o.only != plan.name {
			continue
		}
		s, err := plan.start(plan.name)
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

func closeAll(all []service) {
	for _, c := range all {
		c.close()
	}
}
