package agent

import "time"

// flaps is how often something was at fault of late that comes and goes: a hook that does not hold in the wind, a plug that is loose. Each
// time that it goes and comes back is two records, so that it has gone is believed later each time. Else they would fill the journal, wear the
// flash, and within a day keep a locker without a line from taking drop-offs.
type flaps struct {
	times  int
	lastAt time.Time
}

// again counts one more.
func (f *flaps) again(now time.Time) {
	if f.times++; now.Sub(f.lastAt) >= flapsForget {
		f.times = 1
	}
	f.lastAt = now
}

// rest is how long it has to be well before that is believed: the first time there is no need to wait.
func (f *flaps) rest(longest time.Duration) time.Duration {
	if f.times < 2 {
		return 0
	}
	return min(flapsRest<<min(f.times-2, 10), longest)
}
