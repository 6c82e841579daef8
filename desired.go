package lockhouse

import "time"

// Desired is how a locker is to be, as the network wants it: whole, so that the last one holds and what was between does not
// matter. The locker takes one with a higher version than the one it has, and keeps it.
type Desired struct {
	Version      uint64
	OutOfService []int // compartments that take no drop-off, rising; what lies in one still comes out
}

// Command tells a locker to do something now, or not at all: beyond its expiry it is refused.
type Command struct {
	ID        [8]byte
	Locker    LockerID
	Verb      CommandVerb
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// CommandVerb is what a locker is told to do.
type CommandVerb string

// CommandReport: say how you are, and deliver what you have. It is the one command there is; no command opens a door.
const CommandReport CommandVerb = "report"

// CommandLife is how long a command is good at most.
const CommandLife = time.Minute

// Outcome is what a locker says has become of a command.
type Outcome string

// The outcomes.
const (
	OutcomeDone     Outcome = "done"
	OutcomeExpired  Outcome = "expired"  // its time is over, or it is older than the locker's start
	OutcomeRepeated Outcome = "repeated" // it was done before
	OutcomeForeign  Outcome = "foreign"  // no issuer of ours signed it for this locker
	OutcomeUnknown  Outcome = "unknown"  // this agent knows no such verb
	OutcomeNoTime   Outcome = "no_time"  // the locker does not know how late it is
	OutcomeBusy     Outcome = "busy"     // too many commands at once
)
