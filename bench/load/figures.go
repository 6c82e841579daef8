package load

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Latency is how long something took: half of all, 99 of 100, and all were at most so long. Where rounds are put together, the
// first two are medians, and the last is the longest of any round.
type Latency struct {
	P50 time.Duration `json:"p50_ns"`
	P99 time.Duration `json:"p99_ns"`
	Max time.Duration `json:"max_ns"`
}

// Took is the latency of one step.
type Took struct {
	Step string `json:"step"`
	Latency
}

// Of gives the latency of a step by its name; false when there is no such step.
func (r Round) Of(step string) (Latency, bool) {
	i := slices.IndexFunc(r.Steps, func(t Took) bool { return t.Step == step })
	if i < 0 {
		return Latency{}, false
	}
	return r.Steps[i].Latency, true
}

// LatencyOf sorts the durations and gives their percentiles by nearest rank, exactly: nothing is put into buckets.
func LatencyOf(took []time.Duration) Latency {
	slices.Sort(took)
	return Latency{P50: quantile(took, 0.50), P99: quantile(took, 0.99), Max: quantile(took, 1)}
}

// quantile gives the smallest value that at least a share q of all does not exceed; 0 of none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}

// evaluate looks at the cycles that ended from..until.
func evaluate(samples []sample, steps []Step, from, until time.Time) Round {
	took := make([][]time.Duration, len(steps))
	r := Round{}
	for _, s := range samples {
		if s.ended().Before(from) || s.ended().After(until) {
			continue
		}
		r.Cycles++
		for i, step := range steps {
			if d := s[step.Until].Sub(s[step.From]); d > 0 {
				took[i] = append(took[i], d)
			}
		}
	}
	r.CyclesPerS = float64(r.Cycles) / until.Sub(from).Seconds()
	for i, step := range steps {
		r.Steps = append(r.Steps, Took{step.Name, LatencyOf(took[i])})
	}
	return r
}

// Result is what one contender did in all rounds: the median of each figure, taken by itself.
type Result struct {
	Name   string  `json:"name"`
	Median Round   `json:"median"`
	Least  float64 `json:"least_cycles_per_s"` // of the slowest round
	Most   float64 `json:"most_cycles_per_s"`  // of the fastest
	Rounds []Round `json:"rounds"`
}

func summarise(name string, rounds []Round) Result {
	r := Result{Name: name, Rounds: rounds}
	r.Median = Round{
		Cycles:     medianOf(rounds, func(r Round) int { return r.Cycles }),
		All:        medianOf(rounds, func(r Round) int { return r.All }),
		CyclesPerS: medianOf(rounds, func(r Round) float64 { return r.CyclesPerS }),
		ServerCPU:  medianOf(rounds, func(r Round) time.Duration { return r.ServerCPU }),
		ClientCPU:  medianOf(rounds, func(r Round) time.Duration { return r.ClientCPU }),
		Backlog:    medianOf(rounds, func(r Round) time.Duration { return r.Backlog }),
		Others:     medianOf(rounds, func(r Round) float64 { return r.Others }),
	}
	for i, step := range rounds[0].Steps {
		r.Median.Steps = append(r.Median.Steps, Took{step.Step, Latency{
			P50: medianOf(rounds, func(r Round) time.Duration { return r.Steps[i].P50 }),
			P99: medianOf(rounds, func(r Round) time.Duration { return r.Steps[i].P99 }),
			Max: slices.MaxFunc(rounds, func(a, b Round) int { return cmp.Compare(a.Steps[i].Max, b.Steps[i].Max) }).Steps[i].Max,
		}})
	}
	slowest := func(a, b Round) int { return cmp.Compare(a.CyclesPerS, b.CyclesPerS) }
	r.Least, r.Most = slices.MinFunc(rounds, slowest).CyclesPerS, slices.MaxFunc(rounds, slowest).CyclesPerS
	return r
}

// medianOf gives the median of one figure; of an even number the lower of the two in the middle, which was measured.
func medianOf[N cmp.Ordered](rounds []Round, figure func(Round) N) N {
	all := make([]N, len(rounds))
	for i, r := range rounds {
		all[i] = figure(r)
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}
