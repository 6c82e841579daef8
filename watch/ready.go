package watch

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Check looks at one thing that work needs.
type Check struct {
	Name  string // such as "store"
	Vital bool   // without it there is nothing to be ready for; the others are said, and work goes on
	Look  func(context.Context) error
}

// State is how one thing is, or all of it: as its worst part.
type State string

// The states, from good to bad.
const (
	OK       State = "ok"
	Degraded State = "degraded" // work goes on
	Failing  State = "failing"  // none is to be sent here
)

// Finding is what a check found.
type Finding struct {
	Check string `json:"check"`
	State State  `json:"state"`
	Why   string `json:"why,omitempty"`
}

// Limits of looking: whoever asks often gets the last answer again, and a check that hangs has failed.
const (
	lookAgainAfter = 500 * time.Millisecond
	lookTimeout    = 2 * time.Second
)

// Readiness tells whether to send work here. Drain ends it for good.
type Readiness struct {
	Checks []Check // set once, before the first look
	Now    func() time.Time

	draining atomic.Bool
	mu       sync.Mutex // held while looking: one looks, the others take what it found
	state    State
	found    []Finding
	at       time.Time
}

// Drain says that no more work is wanted. What is here is finished.
func (r *Readiness) Drain() { r.draining.Store(true) }

// Draining tells whether Drain was called.
func (r *Readiness) Draining() bool { return r.draining.Load() }

// Look tells how things are here, as the worst of them is, and what each check found. Work may be sent unless they are failing.
func (r *Readiness) Look(ctx context.Context) (state State, found []Finding) {
	if r.Draining() {
		return Failing, []Finding{{Check: "serving", State: Failing, Why: "it is shutting down"}}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.Now(); r.found == nil || now.Sub(r.at) >= lookAgainAfter {
		r.at = now
		r.state, r.found = r.look(context.WithoutCancel(ctx)) // the answer is for others too
	}
	return r.state, r.found
}

func (r *Readiness) look(ctx context.Context) (state State, found []Finding) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	state, found = OK, make([]Finding, 0, len(r.Checks))
	for _, c := range r.Checks {
		f := Finding{Check: c.Name, State: OK}
		if err := c.Look(ctx); err != nil {
			f.State, f.Why = Degraded, err.Error()
			if c.Vital {
				f.State = Failing
			}
		}
		if f.State == Failing || f.State == Degraded && state == OK {
			state = f.State
		}
		found = append(found, f)
	}
	return state, found
}
