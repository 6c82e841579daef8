// Package watch is what an operator knows a network by: its queues and their bounds, whether it is ready, and, in the
// packages below it, its meters (Prometheus), its traces (OpenTelemetry) and the private port that shows them.
//
// It names nobody: no person, parcel, reference or tracking number stands in a series, a span or a log line. What must be
// told apart goes by routes, codes and kinds, of which there is a known number.
package watch

import "time"

// Queue is a place where work waits. Its bound is enforced where the work is; here both are seen.
type Queue struct {
	Name   string           // such as "store writer"; it is shown, and the label of its series
	Bound  int              // entries; 0 where it is not their number that is bounded but their age
	MaxAge time.Duration    // of an entry, where that is the bound
	Beyond string           // what happens to the next one, in a sentence
	Length func() int       // entries that wait now; cheap, for it is called at each look
	Oldest func() time.Time // when the one that waits longest began to; nil where nobody knows, zero when none waits
}

// Queued is how a queue stood at a moment.
type Queued struct {
	Name   string
	Length int
	Bound  int // 0 where MaxAge is the bound
	MaxAge time.Duration
	Beyond string
	Oldest time.Duration // 0 when nothing waits, or nobody knows
}

// Look says how queues stand now.
func Look(queues []Queue, now time.Time) []Queued {
	all := make([]Queued, 0, len(queues))
	for _, q := range queues {
		all = append(all, Queued{Name: q.Name, Length: q.Length(), Bound: q.Bound, MaxAge: q.MaxAge, Beyond: q.Beyond, Oldest: q.age(now)})
	}
	return all
}

func (q Queue) age(now time.Time) time.Duration {
	if q.Oldest == nil {
		return 0
	}
	if since := q.Oldest(); !since.IsZero() {
		return max(0, now.Sub(since))
	}
	return 0
}
