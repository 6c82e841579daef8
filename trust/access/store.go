package access

import (
	"cmp"
	"slices"
	"time"

	"lockhouse"
)

// Floors of compartments between these heights can be reached standing and from a wheelchair (2010 ADA Standards for
// Accessible Design, 308.2.1: 15 to 48 inches).
const (
	ComfortFromMM = 380
	ComfortToMM   = 1_220
)

// Place is where a parcel goes.
type Place struct {
	Number    int
	Reopening bool // it was stored there, and the same courier wants in again
}

// Store chooses the compartment for a store target: the smallest that is free, in service and of at least the rank.
// Among equals it takes one that opened at the last try, then one that nobody emptied just now (whoever left something
// inside may still reopen it), then one in comfortable reach, then the lowest number. A parcel that lies here already is
// refused, but for the short while in which its courier may do it over, and but for a compartment of which a cut left
// open whether it is inside: that one is opened again, and no other.
func Store(t lockhouse.Target, phone [8]byte, rank int, all []Compartment, now time.Time) (Place, error) {
	if t.Verb != lockhouse.VerbStore {
		return Place{}, lockhouse.RefuseAtDoor(lockhouse.CodeConflict)
	}
	for _, c := range all {
		if c.Ref != t.Ref {
			continue
		}
		if !c.Doubtful && !c.Last.mayReopen(lockhouse.VerbStore, phone, now) {
			return Place{}, lockhouse.RefuseAtDoor(lockhouse.CodeAlreadyHere)
		}
		return Place{Number: c.Number, Reopening: !c.Doubtful}, c.mayTry(phone)
	}
	free := slices.DeleteFunc(slices.Clone(all), func(c Compartment) bool {
		return c.Rank < max(t.Rank, rank) || !c.empty() || !c.Ready || c.mayTry(phone) != nil
	})
	if len(free) == 0 {
		return Place{}, lockhouse.RefuseAtDoor(whyNone(all, max(t.Rank, rank)))
	}
	best := slices.MinFunc(free, func(a, b Compartment) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Tries, b.Tries), cmp.Compare(a.resting(now), b.resting(now)),
			cmp.Compare(a.reach(), b.reach()), cmp.Compare(a.Number, b.Number))
	})
	return Place{Number: best.Number}, nil
}

// whyNone tells a locker that has nothing free from one that does not know: a courier who is sent away by the first may
// wait a minute for the second.
func whyNone(all []Compartment, rank int) lockhouse.Code {
	for _, c := range all {
		if c.Rank >= rank && c.empty() && c.Unseen {
			return lockhouse.CodeBoardSilent
		}
	}
	return lockhouse.CodeFull
}

func (c Compartment) empty() bool {
	return c.Ref == lockhouse.ParcelRef{} && !c.Doubtful && !c.OutOfService
}

// resting is 1 while somebody may still reopen the compartment.
func (c Compartment) resting(now time.Time) int {
	if c.Last.Verb != 0 && c.Last.Verb != lockhouse.VerbStore && now.Sub(c.Last.At) < GraceLimit {
		return 1
	}
	return 0
}

// reach gives by how many millimetres the floor misses comfortable reach.
func (c Compartment) reach() int { return max(0, ComfortFromMM-c.FloorMM, c.FloorMM-ComfortToMM) }

// Misfit finds the compartment that a courier wants to take a parcel back from: the one in which the same phone stored
// it within MisfitWindow, and in which it still lies.
func Misfit(t lockhouse.Target, phone [8]byte, all []Compartment, now time.Time) (number int, err error) {
	for _, c := range all {
		v := c.Last
		if c.Ref != t.Ref || t.Verb != lockhouse.VerbStore || c.Doubtful {
			continue
		}
		if v.Verb == lockhouse.VerbStore && v.Ref == t.Ref && v.Phone == phone && now.Sub(v.At) < MisfitWindow {
			return c.Number, c.mayTry(phone)
		}
	}
	return 0, lockhouse.RefuseAtDoor(lockhouse.CodeConflict)
}
