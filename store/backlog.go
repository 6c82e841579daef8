package store

import (
	"time"

	"lockhouse"
)

// Backlog says how much waits in the queues that are kept in the store, and how the lockers are, so that an operator sees
// it. Nothing that waits is counted beyond MaxCounted.
type Backlog interface {
	UnheardWaits() (Waits, error)   // events, as far as anybody lets them wait
	NoticesWait() (Waits, error)    // not yet sent and not given up
	DeliveriesWait() (Waits, error) // not yet taken and not given up
	// Lockers counts them all. Their number is a network's, not its history's.
	CountLockers(heardSince time.Time) (LockersNow, error)
	// CountVersions gives the versions of the agent that most lockers run, at most limit, the most frequent first.
	CountVersions(limit int) ([]VersionNow, error)
	// AbleOn sums up what lockers say of a day: how many said something, and for how long any door of theirs could have been opened.
	AbleOn(day lockhouse.Day) (AbleDay, error)
}

// VersionNow is how many lockers run a version of the agent.
type VersionNow struct {
	Version string
	Lockers int
}

// AbleDay is how a network's lockers did on a day.
type AbleDay struct {
	Lockers int   // that said something of it
	AbleS   int64 // all of them together
}

// MaxCounted bounds how many entries of one queue are looked at to count them.
const MaxCounted = 10_000

// Waits is how much waits in a queue.
type Waits struct {
	Count int       // MaxCounted where there are as many or more
	Since time.Time // when the oldest of those counted happened; zero when none waits
}

// Group is what an engine committed together.
type Group struct {
	Transactions int
	Waited       time.Duration // the first of them, for its turn
	Took         time.Duration // the commit, the sync of the disk included
}

// LockersNow is how many lockers there are.
type LockersNow struct {
	All     int
	Up      int // heard since the moment asked for
	AtFault int // whose fault is not ""
}
