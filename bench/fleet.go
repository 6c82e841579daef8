package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/bench/cpu"
	"lockhouse/internal/process"
	"lockhouse/sim/paper"
)

// fleet is what many lockers on one node cost, and how they come back after it was killed.
type fleet struct {
	Lockers       int           `json:"lockers"`
	Connected     time.Duration `json:"connected_ns"`         // from the first call to the last line
	NodeKB        float64       `json:"node_kb_a_locker"`     // resident memory that the node gained, for each
	AgentKB       float64       `json:"agent_kb_a_locker"`    // and ours, which plays them: the line and what keeps its receipts
	IdleCPU       float64       `json:"node_idle_processors"` // while nothing happens but health and heartbeats
	FirstReceipts time.Duration `json:"first_receipts_ns"`    // each signs three, all at once: until the last is applied
	Down          time.Duration `json:"down_ns"`              // from the kill to the next start's readiness
	Returned      time.Duration `json:"returned_ns"`          // from readiness until what each signed while it was down is applied
	Lost          int           `json:"lost"`                 // receipts that are not
}

const (
	fleetPerSite = 10
	fleetIdleS   = 20
	fleetLimitS  = 600
)

// connectFleet connects so many lockers to one node, looks at it while they are idle, kills it, and waits until all are back.
func connectFleet(ctx context.Context, w *workshop, lockers int, idle time.Duration) (f fleet, err error) {
	ctx, end := context.WithTimeout(ctx, fleetLimitS*time.Second)
	defer end()
	program, err := w.build(ctx, "lockhouse/cmd/lockhouse")
	if err != nil {
		return f, err
	}
	h := &house{name: "fleet", population: population{Sites: (lockers + fleetPerSite - 1) / fleetPerSite, Each: map[string]int{"S": 3}}}
	node, agents, err := h.fleetOf(ctx, w, program, lockers)
	if err != nil {
		return f, err
	}
	defer func() { node.Stop() }()
	f.Lockers = lockers
	var lines sync.WaitGroup
	defer lines.Wait()
	calling, hangUp := context.WithCancel(ctx)
	defer hangUp()
	if err := f.connect(calling, node, agents, idle, &lines); err != nil {
		return f, err
	}
	w.say(fmt.Sprintf("%d lockers are connected; each signs three receipts", lockers))
	began := time.Now()
	if err := signAll(ctx, agents, 1); err != nil {
		return f, err
	}
	f.FirstReceipts = time.Since(began)
	w.say("killing the node; each locker signs three more")
	began = time.Now()
	if err := node.Kill(); err != nil {
		return f, err
	}
	applied := make(chan error, 1)
	go func() { applied <- signAll(ctx, agents, 2) }()
	if node, err = w.start(ctx, program, h.serveArgs(w), process.Ready("http://"+h.callers[0].address+"/readyz")); err != nil {
		return f, err
	}
	f.Down, began = time.Since(began), time.Now()
	if err = <-applied; err == nil {
		f.Returned = time.Since(began)
	}
	f.Lost = unapplied(agents)
	return f, err
}

// connect lets every locker call and weighs both sides.
func (f *fleet) connect(ctx context.Context, node *process.Process, agents []*paper.Agent, idle time.Duration, lines *sync.WaitGroup) error {
	nodeBefore, err := cpu.Resident(node.PID())
	if err != nil {
		return err
	}
	oursBefore, err := cpu.Resident(os.Getpid())
	if err != nil {
		return err
	}
	began := time.Now()
	for _, a := range agents {
		lines.Go(func() { a.Run(ctx) })
	}
	if err := connected(ctx, agents); err != nil {
		return err
	}
	f.Connected = time.Since(began)
	used, err := cpu.OfTree(node.PID())
	if err != nil {
		return err
	}
	time.Sleep(idle)
	now, err := cpu.OfTree(node.PID())
	if err != nil {
		return err
	}
	f.IdleCPU = (now - used).Seconds() / idle.Seconds()
	nodeAfter, err := cpu.Resident(node.PID())
	if err != nil {
		return err
	}
	oursAfter, err := cpu.Resident(os.Getpid())
	f.NodeKB, f.AgentKB = float64(nodeAfter-nodeBefore)/1e3/float64(len(agents)), float64(oursAfter-oursBefore)/1e3/float64(len(agents))
	return err
}

// fleetOf starts a node that knows the lockers.
func (h *house) fleetOf(ctx context.Context, w *workshop, program string, lockers int) (node *process.Process, agents []*paper.Agent, err error) {
	address, err := h.addresses()
	if err != nil {
		return nil, nil, err
	}
	h.callers = newCallers(1, address)
	if err := os.WriteFile(h.configFile(w), []byte(h.config(address, strings.TrimSuffix(h.configFile(w), ".toml"))), 0o600); err != nil {
		return nil, nil, err
	}
	w.say(fmt.Sprintf("registering %d lockers", lockers))
	if _, h.lockers, err = furnish(ctx, h.configFile(w), h.population, fleetPerSite); err != nil {
		return nil, nil, err
	}
	for _, l := range h.lockers[:lockers] {
		a, err := paper.NewAgent(l, "nats://"+h.line)
		if err != nil {
			return nil, nil, err
		}
		agents = append(agents, a)
	}
	node, err = w.start(ctx, program, h.serveArgs(w), process.Ready("http://"+address+"/readyz"))
	return node, agents, err
}

// signAll has each locker sign what happens when somebody at it is let in and goes again, and waits until all of it is
// applied.
func signAll(ctx context.Context, agents []*paper.Agent, round byte) error {
	var applied []<-chan struct{}
	for _, a := range agents {
		if _, err := a.Store(lockhouse.ParcelRef{round}, 1, paper.Visit{}); err != nil {
			return err
		}
		applied = append(applied, a.Applied())
	}
	for _, done := range applied {
		if _, err := wait(ctx, done); err != nil {
			return fmt.Errorf("%d receipts were not applied: %w", unapplied(agents), err)
		}
	}
	return nil
}

func unapplied(agents []*paper.Agent) (n int) {
	for _, a := range agents {
		n += a.Unapplied()
	}
	return n
}

const connectLimitS = 300

// connected waits until every line is up.
func connected(ctx context.Context, all []*paper.Agent) error {
	ctx, cancel := context.WithTimeout(ctx, connectLimitS*time.Second)
	defer cancel()
	for _, a := range all {
		if _, err := wait(ctx, a.Up()); err != nil {
			return fmt.Errorf("the locker at %s has no line: %w", a.Locker().Noun.Site, err)
		}
	}
	return nil
}
