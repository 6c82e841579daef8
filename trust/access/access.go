// Package access decides whether a grant may open a door now. It is pure: the locker asks it with what its journal
// says, the network with what its tables say, before it issues a grant that would be refused.
//
// Two questions are put one after the other. Admit: is this grant for this locker, and still good? Then, of one of its
// targets, Take (to collect or take out), Store or Misfit: may this door open, for this phone, now? What a compartment
// holds is named by parcel and generation, so that no list of used or revoked grants is needed: what was collected is
// not there any more, and what was put in since has another generation.
package access

import (
	"time"

	"lockhouse"
)

// How often, and for how long, something may be done again.
const (
	GraceLimit   = 5 * time.Minute  // reopening after a door was shut too early
	GraceTimes   = 2                // reopenings within it
	TryWindow    = 15 * time.Minute // in which tries that opened nothing are counted, and in which a cut keeps others away
	TryTimes     = 3                // such tries, for one compartment
	MisfitWindow = 15 * time.Minute // in which a courier may call back what was stored
)

// Clock is what a locker knows of the time: it is at least Floor.
type Clock struct {
	Floor   time.Time
	Quality lockhouse.TimeQuality
}

// Visit is what was last done at a compartment, kept so that it can be done over for a short while.
type Visit struct {
	Verb       lockhouse.Verb
	Ref        lockhouse.ParcelRef
	Generation uint32
	Phone      [8]byte
	At         time.Time // when the door was shut
	Reopened   int
}

// Compartment is what is known of one.
type Compartment struct {
	Number       int
	Rank         int
	FloorMM      int
	OutOfService bool
	Ready        bool // its door is shut, its board answers, and nobody is at it
	Unseen       bool // nobody knows how its door stands: its board is silent, or was not read yet

	Generation uint32
	Ref        lockhouse.ParcelRef // the parcel that lies inside, or may; zero when none does
	Doubtful   bool                // a cut left open whether it was put in
	Tries      int                 // within TryWindow, that opened nothing
	Reserved   [8]byte             // the phone for which a cut keeps it, within TryWindow; zero for none
	Last       Visit
}

// Admit tells whether a grant, whose signature and proof are good, is for this locker and not over. Couriers also need
// a clock that the network has set since the start: a courier's grant opens many doors, and ends the same day.
func Admit(g lockhouse.Grant, locker lockhouse.LockerID, clock Clock) error {
	if g.Locker != locker {
		return lockhouse.RefuseAtDoor(lockhouse.CodeWrongLocker)
	}
	if !clock.Floor.Before(g.ExpiresAt) {
		return lockhouse.RefuseAtDoor(lockhouse.CodeLapsed)
	}
	for _, t := range g.Targets {
		if t.Verb != lockhouse.VerbCollect && clock.Quality < lockhouse.TimeDay {
			return lockhouse.RefuseAtDoor(lockhouse.CodeClockUnsure)
		}
	}
	return nil
}

// Take tells whether a phone may open the compartment that a collect or take-out target names. Reopening says that it
// was done already, and is done over.
func Take(t lockhouse.Target, phone [8]byte, c Compartment, now time.Time) (reopening bool, err error) {
	if t.Verb != lockhouse.VerbCollect && t.Verb != lockhouse.VerbTakeOut {
		return false, lockhouse.RefuseAtDoor(lockhouse.CodeConflict)
	}
	reopening, err = lies(t, phone, c, now)
	if err != nil {
		return false, err
	}
	return reopening, c.mayTry(phone)
}

// Service tells whether a phone may open a compartment for service. Whatever lies inside stays whose it is: the target names no
// parcel, and nothing of what is known of the compartment changes.
func Service(t lockhouse.Target, phone [8]byte, c Compartment) error {
	if t.Verb != lockhouse.VerbService {
		return lockhouse.RefuseAtDoor(lockhouse.CodeConflict)
	}
	return c.mayTry(phone)
}

// lies tells whether the target's parcel lies in the compartment, or was taken from it just now by the same phone.
func lies(t lockhouse.Target, phone [8]byte, c Compartment, now time.Time) (reopening bool, err error) {
	switch {
	case c.Ref == t.Ref && c.Generation == t.Generation:
		return false, nil
	case c.Generation > t.Generation:
		return false, lockhouse.RefuseAtDoor(lockhouse.CodeSuperseded)
	case c.Ref != lockhouse.ParcelRef{}:
		return false, lockhouse.RefuseAtDoor(lockhouse.CodeNotHere)
	case c.Generation < t.Generation:
		return false, nil // the network knows of a drop-off that this journal lost: nothing is known to be inside, nothing to protect
	case c.Last.Ref != t.Ref || c.Last.Verb == lockhouse.VerbStore:
		return false, lockhouse.RefuseAtDoor(lockhouse.CodeNotHere)
	case c.Last.mayReopen(t.Verb, phone, now):
		return true, nil
	}
	return false, lockhouse.RefuseAtDoor(lockhouse.CodeUsed)
}

// Concerns tells whether a target to collect is about what lies in the compartment, or was taken from it last: whoever shows such
// a grant may ask what became of it, even where Take would refuse another opening.
func Concerns(t lockhouse.Target, c Compartment) error {
	_, err := lies(t, [8]byte{}, c, time.Time{})
	if lockhouse.CodeOf(err) == lockhouse.CodeUsed {
		return nil
	}
	return err
}

func (v Visit) mayReopen(verb lockhouse.Verb, phone [8]byte, now time.Time) bool {
	return v.Verb == verb && v.Phone == phone && now.Sub(v.At) < GraceLimit && v.Reopened < GraceTimes
}

// mayTry holds a door that does not open from being pulsed over and over, and keeps it for the phone that stood before
// it when the power was cut.
func (c Compartment) mayTry(phone [8]byte) error {
	if c.Reserved != [8]byte{} && c.Reserved != phone {
		return lockhouse.RefuseAtDoor(lockhouse.CodeBusy)
	}
	if c.Tries >= TryTimes {
		return lockhouse.RefuseAtDoor(lockhouse.CodeTooMany)
	}
	return nil
}
