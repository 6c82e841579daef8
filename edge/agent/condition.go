package agent

import (
	"slices"
	"time"

	"lockhouse"
)

// Condition is what the agent says of itself to whoever stands at its machine: nothing about whose parcels there are.
type Condition struct {
	Boot        uint32                 `json:"boot"` // starts on this journal
	UptimeS     int64                  `json:"uptime_s"`
	Fault       string                 `json:"fault"`  // in a word or two; "" when all is well
	Faults      []string               `json:"faults"` // all of them
	Floor       time.Time              `json:"floor"`  // it is at least this late
	TimeQuality lockhouse.TimeQuality  `json:"time_quality"`
	Silent      []int                  `json:"silent_boards"`
	Troubles    map[int]string         `json:"board_troubles"` // why those do not answer, as far as is known since the start
	Doors       map[int]lockhouse.Door `json:"doors"`
	LeftOpen    []int                  `json:"left_open"` // doors that stay open too long, or that nobody was let through
	Waiting     int                    `json:"receipts_kept"`
	DropOffs    bool                   `json:"takes_drop_offs"`
	Desired     uint64                 `json:"desired_version"`
	Zone        string                 `json:"zone,omitempty"` // of its site, as the network says; "" where it says none
	Sessions    int                    `json:"sessions"`
	Busy        bool                   `json:"busy"` // something is under way at a door, or a phone is being spoken to
}

// Condition says how it is just now.
func (a *Agent) Condition() Condition {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.Now()
	c := Condition{
		Boot: a.state.Boot, UptimeS: int64(now.Sub(a.started).Seconds()), Fault: a.fault(), Faults: a.faults(), Floor: a.clock.floor(now), TimeQuality: a.clock.quality(now),
		Silent: []int{}, Troubles: map[int]string{}, Doors: map[int]lockhouse.Door{}, LeftOpen: []int{}, Waiting: len(a.kept), DropOffs: !a.dropOffsPaused(),
		Desired: a.desired, Zone: a.zone, Sessions: len(a.sessions), Busy: len(a.sessions) > 0 || a.busy(),
	}
	for _, id := range a.boardIDs {
		if a.silent(id) {
			c.Silent = append(c.Silent, id)
			if why := a.boards[id].why; why != nil {
				c.Troubles[id] = lockhouse.SentenceOf(why)
			}
		}
	}
	for number, d := range a.doors {
		k := a.state.at(number)
		c.Doors[number] = d.state
		c.Busy = c.Busy || a.awaited(k)
		if k.Forced || k.Opening != nil && k.Opening.LeftOpen {
			c.LeftOpen = append(c.LeftOpen, number)
		}
	}
	slices.Sort(c.LeftOpen)
	return c
}
