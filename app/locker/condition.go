package locker

import (
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
)

// Condition is how a running locker is, as it says on its own machine (socket.go).
type Condition struct {
	Version      string             `json:"version"`
	Locker       lockhouse.LockerID `json:"locker"`
	Agent        agent.Condition    `json:"agent"`
	JournalBytes int64              `json:"journal_bytes"`
	Line         *Reach             `json:"line,omitempty"` // nil: it has none
	Air          *Reach             `json:"air,omitempty"`  // nil: it is not to be on the air
}

// Reach is whether somebody can be reached, since when, and if not, why.
type Reach struct {
	Up    bool      `json:"up"`
	Since time.Time `json:"since,omitzero"` // by the machine's clock; zero before the first try has ended
	Why   string    `json:"why,omitempty"`
}

// Condition says how the locker is just now.
func (l *Locker) Condition() Condition {
	c := Condition{Version: l.parts.Version, Locker: l.parts.Identity.ID, Agent: l.agent.Condition(), JournalBytes: l.journal.Bytes()}
	if l.line != nil {
		s := l.line.State()
		c.Line = reach(s.Up, s.Since, s.Why)
	}
	if l.config.Bluetooth {
		c.Air = l.air.now()
	}
	return c
}

func reach(up bool, since time.Time, why error) *Reach {
	r := &Reach{Up: up, Since: since}
	if why != nil {
		r.Why = why.Error()
	}
	return r
}
