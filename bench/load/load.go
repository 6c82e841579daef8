// Package load compares services under the same load, in one run.
//
// A fixed number of clients each do one cycle after the other and wait for every answer: a closed loop, so that a slow
// service is asked less and its queue can't grow without bound. The services take turns, round after round, because a
// machine's speed drifts: what is said of them are medians over the rounds, and ratios.
//
// Latencies and cycles are those of a window after a warm-up. Processor time is that of the whole round, warm-up and
// backlog included, over all its cycles: a service that answers first and works later (sends its webhooks, writes its
// checkpoint) pays for that too, and is waited for before the next one's turn.
package load

import (
	"context"
	"fmt"
	"time"
)

// Contender is a service that is measured.
type Contender interface {
	Name() string
	// Steps says what is timed in a cycle, beside the whole of it.
	Steps() []Step
	// Cycle walks one cycle for a client, numbered from 0, and says did after each call that a step begins or ends with:
	// did(false) for a call that this cycle did without. No two calls for one client run at a time. An error ends the run:
	// what does not work is not measured.
	Cycle(ctx context.Context, client int, did func(called bool)) error
	// CPU gives the processor time, user and system, that all processes of the service have used so far.
	CPU() (time.Duration, error)
}

// Step is a stretch of a cycle: the calls from..until, counted from 0. Steps may overlap. Cycles that did without all of
// a step's calls are left out of its latencies.
type Step struct {
	Name        string
	From, Until int
}

// Whole names the step from the beginning to the end that every cycle has.
const Whole = "cycle"

// stepsOf gives the steps of a contender with the whole cycle first.
func stepsOf(c Contender) (steps []Step, calls int) {
	for _, s := range c.Steps() {
		calls = max(calls, s.Until)
	}
	return append([]Step{{Whole, 0, calls}}, c.Steps()...), calls
}

// Plan says how to measure.
type Plan struct {
	Clients int           `json:"clients"`
	Rounds  int           `json:"rounds"` // for each contender
	WarmUp  time.Duration `json:"warm_up_ns"`
	Window  time.Duration `json:"window_ns"`
	Quiet   time.Duration `json:"quiet_ns"` // a service is at rest that used next to nothing for so long: some look into their queues only now and then
}

// Bounds of a plan.
const (
	maxClients   = 4096
	maxRounds    = 1000
	maxDurationS = 600
)

// Check refuses a plan that measures nothing or does not end.
func (p Plan) Check() error {
	switch most := maxDurationS * time.Second; {
	case p.Clients < 1 || p.Clients > maxClients:
		return fmt.Errorf("%d clients: give 1 to %d", p.Clients, maxClients)
	case p.Rounds < 1 || p.Rounds > maxRounds:
		return fmt.Errorf("%d rounds: give 1 to %d", p.Rounds, maxRounds)
	case p.WarmUp < 0 || p.WarmUp > most:
		return fmt.Errorf("a warm-up of %v: give 0 to %v", p.WarmUp, most)
	case p.Window <= 0 || p.Window > most:
		return fmt.Errorf("a window of %v: give more than 0 and at most %v", p.Window, most)
	case p.Quiet < 0 || p.Quiet > most:
		return fmt.Errorf("a quiet time of %v: give 0 to %v", p.Quiet, most)
	}
	return nil
}

// Compare lets the contenders take turns and gives the result of each, in their order. All of them have to
// be at rest when it begins. progress is told before each round what comes.
func Compare(ctx context.Context, p Plan, contenders []Contender, progress func(words string)) ([]Result, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	rounds := make([][]Round, len(contenders))
	for n := range p.Rounds {
		for i, c := range contenders {
			progress(fmt.Sprintf("round %d of %d: %s", n+1, p.Rounds, c.Name()))
			r, err := runRound(ctx, p, c)
			if err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", c.Name(), n+1, err)
			}
			rounds[i] = append(rounds[i], r)
		}
	}
	results := make([]Result, len(contenders))
	for i, c := range contenders {
		results[i] = summarise(c.Name(), rounds[i])
	}
	return results, nil
}

// Settle waits until the contenders do nothing any more, of what they had been asked before.
func Settle(ctx context.Context, p Plan, contenders []Contender, progress func(words string)) error {
	for _, c := range contenders {
		progress("waiting until " + c.Name() + " is at rest")
		if _, err := Rest(ctx, p.Quiet, c); err != nil {
			return fmt.Errorf("%s: %w", c.Name(), err)
		}
	}
	return nil
}
