package locker

import (
	"strings"
	"sync"
	"time"

	"lockhouse/edge/agent"
)

// When being off the air is a fault that the network hears of. A bluetoothd that ended is back within seconds, and one that goes now and
// then is nobody's business; an adapter that works loose is, and so is somebody who keeps phones away (docs/bluetooth.md).
const (
	airAwayFor    = 2 * time.Minute
	maxAirLosses  = 6
	airLossesTime = time.Hour // in which so many losses are a fault
)

// The faults of the air, in the words of health.
const (
	airAway     = "bluetooth away"
	airUnsteady = "bluetooth unsteady"
)

// air keeps whether phones can find the locker, since when, and when they last no longer could.
type air struct {
	mu     sync.Mutex
	reach  Reach
	losses []time.Time // the latest maxAirLosses
}

// heard is told that the locker is on the air (nil), or why it is not.
func (a *air) heard(at time.Time, reason error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, now := a.reach, *reach(reason == nil, at, reason)
	if before.Up == now.Up && !before.Since.IsZero() {
		now.Since = before.Since
	}
	if before.Up && !now.Up {
		a.losses = append(a.losses[max(0, len(a.losses)-maxAirLosses+1):], at)
	}
	a.reach = now
}

func (a *air) now() *Reach {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.reach
	return &r
}

// fault gives what is wrong with the air at a time, or "".
func (a *air) fault(at time.Time) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !a.reach.Up && !a.reach.Since.IsZero() && at.Sub(a.reach.Since) >= airAwayFor:
		return airAway
	case len(a.losses) == maxAirLosses && at.Sub(a.losses[0]) < airLossesTime:
		return airUnsteady
	}
	return ""
}

// worst gives the worse of what is wrong with the agent and with the air: phones come before the panel, doors before phones.
func worst(agents, airs string) string {
	if airs != "" && (agents == "" || strings.HasPrefix(agents, agent.PanelLacks)) {
		return airs
	}
	return agents
}
