package agent

import (
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// timing is how long an opening takes. It lives in memory alone: an opening that a restart cuts off is not timed.
type timing struct {
	ref                              lockhouse.ParcelRef
	wish                             time.Time // when the phone's message was whole
	authorised, pulsed, opened, shut time.Time
}

// timed puts the timing of an opening that is over to those that the network is told of. Of many, the newest stay.
func (a *Agent) timed(d *door) {
	t := d.timing
	if d.timing = nil; t == nil {
		return
	}
	if len(a.timings) == wire.MaxOpenings {
		a.timings = a.timings[1:]
	}
	a.timings = append(a.timings, *t)
	a.figures.opening(*t)
}

// after gives how long after the wish something was; 0 for never.
func (t *timing) after(at time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(time.Millisecond, at.Sub(t.wish))
}

// Openings takes the timings of openings that are over since the last time, and gives them as the network is told. What is too old for it, after
// days without a line, is in the figures alone.
func (a *Agent) Openings() []wire.Opening {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.Now()
	var all []wire.Opening
	for _, t := range a.timings {
		after := func(at time.Time) int64 { return t.after(at).Milliseconds() }
		o := wire.Opening{Ref: t.ref, AgoMS: now.Sub(t.wish).Milliseconds(),
			AuthorisedMS: after(t.authorised), PulsedMS: after(t.pulsed), OpenMS: after(t.opened), ShutMS: after(t.shut)}
		if o.InRange() {
			all = append(all, o)
		}
	}
	a.timings = nil
	return all
}
