package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"lockhouse/bench/cpu"
)

const (
	cycleLimitS   = 30      // a cycle that takes longer has failed
	maxSamples    = 1 << 20 // of one client in one round
	restStepMS    = 250     // in so long
	restCPUMS     = 10      // this is next to nothing
	restPatienceS = 300     // a service that works on for longer is not measured
)

// Round is what one contender did in one round.
type Round struct {
	Cycles     int           `json:"cycles"`     // that ended within the window
	All        int           `json:"all_cycles"` // those before and after it included
	CyclesPerS float64       `json:"cycles_per_s"`
	Steps      []Took        `json:"steps"`
	ServerCPU  time.Duration `json:"server_cpu_ns"` // for each cycle
	ClientCPU  time.Duration `json:"client_cpu_ns"` // for each cycle: our own, on the same machine
	Backlog    time.Duration `json:"backlog_ns"`    // how long the service worked on when nobody asked any more
	Others     float64       `json:"others"`        // share of the machine that neither service nor clients had: the less, the truer
}

// sample is one cycle: when it began, and when each call had been answered.
type sample []time.Time

func (s sample) ended() time.Time { return s[len(s)-1] }

// runRound runs the clients, waits until the service is at rest, and puts together what was seen.
func runRound(ctx context.Context, p Plan, c Contender) (Round, error) {
	before, err := Used(c)
	if err != nil {
		return Round{}, err
	}
	begin := time.Now()
	samples, err := drive(ctx, p, c)
	if err != nil {
		return Round{}, err
	}
	driven, err := Used(c)
	if err != nil {
		return Round{}, err
	}
	took := time.Since(begin)
	backlog, err := Rest(ctx, p.Quiet, c)
	if err != nil {
		return Round{}, err
	}
	after, err := Used(c)
	if err != nil {
		return Round{}, err
	}
	from := begin.Add(p.WarmUp)
	steps, _ := stepsOf(c)
	r := evaluate(samples, steps, from, from.Add(p.Window))
	if r.Cycles == 0 {
		return Round{}, fmt.Errorf("no cycle ended within the window of %v", p.Window)
	}
	r.All = len(samples)
	all, whole := time.Duration(r.All), after.Since(before)
	r.Others = driven.Since(before).Others(took)
	r.ServerCPU, r.ClientCPU, r.Backlog = whole.Server/all, whole.Client/all, backlog
	return r, nil
}

// drive runs the clients until the window is over and gives all their cycles.
func drive(ctx context.Context, p Plan, c Contender) ([]sample, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	until := time.Now().Add(p.WarmUp + p.Window)
	each := make([][]sample, p.Clients)
	var clients sync.WaitGroup
	for i := range p.Clients {
		clients.Go(func() {
			for len(each[i]) < maxSamples && ctx.Err() == nil && time.Now().Before(until) {
				s, err := cycle(ctx, c, i)
				if err != nil {
					cancel(fmt.Errorf("client %d, cycle %d: %w", i, len(each[i])+1, err))
					return
				}
				each[i] = append(each[i], s)
			}
		})
	}
	clients.Wait()
	var all []sample
	for _, s := range each {
		all = append(all, s...)
	}
	return all, context.Cause(ctx)
}

// cycle walks one cycle and times its calls.
func cycle(ctx context.Context, c Contender, client int) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, cycleLimitS*time.Second)
	defer cancel()
	_, calls := stepsOf(c)
	s := append(make(sample, 0, calls+1), time.Now())
	err := c.Cycle(ctx, client, func(called bool) {
		if called {
			s = append(s, time.Now())
		} else {
			s = append(s, s.ended())
		}
	})
	if err == nil && len(s) != calls+1 {
		err = fmt.Errorf("%d calls were made, not %d", len(s)-1, calls)
	}
	return s, err
}

// Rest waits until a service has used next to nothing for a while, and tells how long it worked on.
func Rest(ctx context.Context, quiet time.Duration, c Contender) (time.Duration, error) {
	begin := time.Now()
	worked := begin // when it was last seen at work
	last, err := c.CPU()
	for step := min(quiet, restStepMS*time.Millisecond); err == nil && time.Since(worked) < quiet; {
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-time.After(step):
		}
		var now time.Duration
		if now, err = c.CPU(); now-last > restCPUMS*time.Millisecond {
			worked = time.Now()
		}
		if last = now; worked.Sub(begin) > restPatienceS*time.Second {
			err = fmt.Errorf("it still works after %d s in which nobody asked for anything", restPatienceS)
		}
	}
	return worked.Sub(begin), err
}

// Times is processor time: of the service, of its clients, and of the whole machine.
type Times struct{ Server, Client, Machine time.Duration }

// Used gives the processor time until now.
func Used(c Contender) (Times, error) {
	server, err := c.CPU()
	client, errSelf := cpu.OfSelf()
	machine, errMachine := cpu.OfMachine()
	return Times{server, client, machine}, errors.Join(err, errSelf, errMachine)
}

// Since gives what was used after an earlier look.
func (t Times) Since(before Times) Times {
	return Times{t.Server - before.Server, t.Client - before.Client, t.Machine - before.Machine}
}

// Others gives the share of all processors that went to anybody else in a time; the kernel's counts are not exact.
func (t Times) Others(in time.Duration) float64 {
	all := in * time.Duration(runtime.NumCPU())
	return min(max(float64(t.Machine-t.Server-t.Client)/float64(all), 0), 1)
}
