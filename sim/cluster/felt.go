package cluster

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// felt measures what callers feel: how long each waited for its definite answer.
type felt struct {
	mu    sync.Mutex
	waits []wait
}

// wait is one request, from its first try to its definite answer.
type wait struct{ from, until time.Time }

func (f *felt) answered(from, until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waits = append(f.waits, wait{from, until})
}

// since tells of the requests that were under way at a moment or came after it: how many were answered, the longest wait,
// and the longest time in which nobody got an answer.
func (f *felt) since(from, until time.Time) (answers int, longest, silence time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var at []time.Time
	for _, w := range f.waits {
		if w.until.Before(from) || w.from.After(until) {
			continue
		}
		longest = max(longest, w.until.Sub(w.from))
		if !w.until.After(until) {
			at = append(at, w.until)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	last := from
	for _, t := range append(at, until) {
		silence = max(silence, t.Sub(last))
		last = t
	}
	return len(at), longest, silence
}

// Fault is something that was done to the network while it was at work.
type Fault struct {
	What       string
	From       time.Time // when it was done
	Until      time.Time // when everything was there again
	Answers    int       // definite answers meanwhile
	LongestMS  int64     // the longest that one caller waited for a definite answer, tries and all
	SilenceMS  int64     // the longest time in which no caller got one
	LineMS     int64     // the longest that a locker on its line waited until a receipt was applied
	Duplicates int       // messages that left the house twice, around this fault
}

// table sets faults as people read them.
func table(faults []Fault) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-44s %8s %10s %12s %10s %10s %10s\n", "fault", "took s", "answers", "longest ms", "silent ms", "line ms", "sent twice")
	for _, f := range faults {
		fmt.Fprintf(&b, "%-44s %8.1f %10d %12d %10d %10d %10d\n", f.What, f.Until.Sub(f.From).Seconds(), f.Answers, f.LongestMS, f.SilenceMS, f.LineMS, f.Duplicates)
	}
	return b.String()
}
