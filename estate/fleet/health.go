package fleet

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// The faults that what a locker signed betrays, and no locker would say of itself. They stay until somebody has looked, and
// says so by Acknowledge.
const (
	faultContradiction = "contradiction" // two receipts with one number
	faultChain         = "chain"         // a receipt that does not follow from the one before
	faultGap           = "gap"           // receipts that the locker itself does not have any more
	faultKeysets       = "keysets"       // two cards of next keys, by one locker's present ones
)

// faultForced is the alarm of a door that was open, and nobody had been let through: torn open, or found so at a start. That it
// was shut again is no reason not to look.
const faultForced = "forced"

// faultUnknownKeys is the fault of a locker that uses keys which are not known here: this network was set back to before it changed them. The
// locker can't take it back, nor can anybody who has looked: it goes when they are known.
const faultUnknownKeys = "unknown_keys"

// Health is how a locker says it is, on its own line. It is the locker's word and unsigned.
type Health struct {
	Doors   map[int]lockhouse.Door
	Fault   string // what fails, in a word or two; "" for nothing
	Desired uint64 // the version of the desired state that it keeps to
	Panel   lockhouse.Panel
}

// Health hears how a locker is, and tells whether it is to be told anew how it is to be.
func (d *Desk) Health(ctx context.Context, locker lockhouse.LockerID, h Health) (behind bool, err error) {
	now := d.Now()
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if behind, err = actual(tx, locker, h.Desired); err != nil {
			return err
		}
		for number, door := range h.Doors {
			if err := tx.SetDoor(locker, number, door, now); err != nil {
				return err
			}
		}
		if err := d.ails(tx, locker, h.Fault, now); err != nil {
			return err
		}
		if err := fitted(tx, locker, h.Panel); err != nil {
			return err
		}
		return tx.SetHeard(locker, now)
	})
	return behind, err
}

// ails notes what a locker says is wrong with it. Boards have receipts for that; of its disk, which keeps no receipts then, this
// is all that is ever said.
func (d *Desk) ails(tx store.Tx, locker lockhouse.LockerID, fault string, now time.Time) error {
	was, err := tx.Fault(locker)
	if err != nil {
		return err
	}
	news, err := setFault(tx, locker, fault)
	if err != nil || !news {
		return err
	}
	at := lockhouse.Receipt{Locker: locker, At: now, Quality: lockhouse.TimeGood}
	switch {
	case ofDisk(fault):
		return d.say(tx, lockhouse.EventLockerFault, at, fault)
	case ofDisk(was):
		return d.say(tx, lockhouse.EventLockerHealed, at, was)
	}
	return nil
}

// Forced hears a locker say that a door was open, and that it had let nobody through: an alarm, which stands until somebody
// has looked, and says so by Acknowledge.
func (d *Desk) Forced(tx store.Tx, r lockhouse.Receipt) error {
	news, err := setFault(tx, r.Locker, faultForced)
	if err != nil || !news {
		return err
	}
	return d.say(tx, lockhouse.EventLockerFault, r, faultForced)
}

// setFault notes what is wrong with a locker, "" for nothing, and tells whether that is news.
func setFault(lockers store.Lockers, locker lockhouse.LockerID, fault string) (news bool, err error) {
	was, err := lockers.Fault(locker)
	if err != nil || was == fault || stays(was, fault) {
		return false, err
	}
	return true, lockers.SetFault(locker, fault)
}

// stays tells whether a fault stays where another comes, or none. What somebody has to look at is replaced by nothing, but an alarm by what
// receipts betray; that keys are not known, by what somebody has to look at.
func stays(was, fault string) bool {
	switch was {
	case faultForced:
		return !betrayed(fault)
	case faultUnknownKeys:
		return !stands(fault)
	}
	return stands(was)
}

// betrayed tells whether a fault is one that what was signed betrayed.
func betrayed(fault string) bool {
	return fault == faultContradiction || fault == faultChain || fault == faultGap || fault == faultKeysets
}

// stands tells whether a fault stands until somebody says that they have looked.
func stands(fault string) bool { return betrayed(fault) || fault == faultForced }

// Acknowledge hears an operator say that somebody has looked at a locker whose receipts did not fit together, or a door of
// which was forced: the fault goes, and comes again with the next receipt of that kind. Where receipts are missing for good, those behind the gap have
// their effect from then on. Twice is as good as once. A fault of another kind is the locker's to take back: it stays. A
// locker that is not known is not_found.
func (d *Desk) Acknowledge(ctx context.Context, locker lockhouse.LockerID) (s Standing, err error) {
	var t Tally
	for more := true; more; {
		if more, err = d.acknowledged(ctx, locker, &s, &t); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (d *Desk) acknowledged(ctx context.Context, locker lockhouse.LockerID, s *Standing, t *Tally) (more bool, err error) {
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		l, err := tx.Locker(locker)
		if err != nil {
			return err
		}
		if err := d.acknowledge(tx, l); err != nil {
			return err
		}
		applied, err := tx.AppliedThrough(locker)
		if err != nil {
			return err
		}
		if more, err = d.applyAfter(tx, locker, applied, t); err != nil {
			return err
		}
		*s, err = standing(tx, l)
		return err
	})
	return more, err
}

func (d *Desk) acknowledge(tx store.Tx, l lockhouse.Locker) error {
	fault, err := tx.Fault(l.ID)
	if err != nil || !stands(fault) {
		return err
	}
	if fault == faultGap {
		if err := skipGap(tx, l.ID); err != nil {
			return err
		}
	}
	if err := tx.SetFault(l.ID, ""); err != nil {
		return err
	}
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventFaultAcknowledged, At: lockhouse.AsKept(d.Now()), Site: l.Site, Locker: l.ID, Note: fault})
}

// skipGap takes receipts that are missing before the first that waits for having been applied.
func skipGap(tx store.Tx, locker lockhouse.LockerID) error {
	applied, err := tx.AppliedThrough(locker)
	if err != nil {
		return err
	}
	next, err := tx.ReceiptsAfter(locker, applied, 1)
	if err != nil || len(next) == 0 || next[0].Seq == applied+1 {
		return err
	}
	return tx.SetAppliedThrough(locker, next[0].Seq-1)
}
