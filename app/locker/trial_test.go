package locker

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/edge/update"
)

// TestMoment: who is at the locker counts always; what is not well for a day; the hour for a week, and for nothing that is urgent.
func TestMoment(t *testing.T) {
	u := Updates{Hours: "02:00-05:00", Zone: "Europe/Paris"}
	night, afternoon := time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC), time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
	well := func(at time.Time) Condition {
		return Condition{Agent: agent.Condition{Floor: at, TimeQuality: lockhouse.TimeGood, Doors: map[int]lockhouse.Door{1: lockhouse.DoorShut}}, Air: &Reach{Up: true}}
	}
	with := func(at time.Time, change func(*Condition)) Condition {
		c := well(at)
		change(&c)
		return c
	}
	open := func(c *Condition) { c.Agent.Doors = map[int]lockhouse.Door{1: lockhouse.DoorOpen} }
	silent := func(c *Condition) { c.Agent.Silent = []int{0} }
	off := func(c *Condition) { c.Air = &Reach{} }
	busy := func(c *Condition) { c.Agent.Busy = true }
	for name, c := range map[string]struct {
		urgent bool
		c      Condition
		waited time.Duration
		is     bool
	}{
		"at night":                               {c: well(night), is: true},
		"in the afternoon":                       {c: well(afternoon)},
		"in the afternoon, urgent":               {urgent: true, c: well(afternoon), is: true},
		"in the afternoon, after six days":       {c: well(afternoon), waited: 6 * 24 * time.Hour},
		"in the afternoon, after a week":         {c: well(afternoon), waited: 7*24*time.Hour + 1, is: true},
		"with somebody there":                    {c: with(night, busy)},
		"with somebody there, urgent, for weeks": {urgent: true, c: with(night, busy), waited: 20 * 24 * time.Hour},
		"with a door open":                       {c: with(night, open)},
		"with a door open, urgent":               {urgent: true, c: with(night, open)},
		"with a door open for a day":             {c: with(night, open), waited: 25 * time.Hour, is: true},
		"with a silent board":                    {c: with(night, silent)},
		"with a silent board for a day":          {c: with(night, silent), waited: 25 * time.Hour, is: true},
		"off the air":                            {c: with(night, off)},
		"not to be on the air":                   {c: with(night, func(c *Condition) { c.Air = nil }), is: true},
	} {
		if got := u.moment(update.Build{Urgent: c.urgent}, c.c, c.waited, nil); got != c.is {
			t.Errorf("%s: %t", name, got)
		}
	}
}
