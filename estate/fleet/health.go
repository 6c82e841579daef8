package fleet

import (
	"context"

	"lockhouse"
	"lockhouse/store"
)

// The faults that receipts betray and no locker would say of itself. They stay until somebody has looked.
const (
	faultContradiction = "contradiction" // two receipts with one number
	faultChain         = "chain"         // a receipt that does not follow from the one before
)

// Health hears how a locker says it is, on its own line: its doors, and what fails in a word or two ("" for nothing). It
// is the locker's word and unsigned.
func (d *Desk) Health(ctx context.Context, locker lockhouse.LockerID, doors map[int]lockhouse.Door, fault string) error {
	now := d.Now()
	return d.Store.Update(ctx, func(tx store.Tx) error {
		for number, door := range doors {
			if err := tx.SetDoor(locker, number, door, now); err != nil && !refusal(err) { // a door that we don't know
				return err
			}
		}
		if _, err := setFault(tx, locker, fault); err != nil {
			return err
		}
		return tx.SetHeard(locker, now)
	})
}

// setFault notes what is wrong with a locker, "" for nothing, and tells whether that is news. What its receipts have
// betrayed is not replaced by anything.
func setFault(lockers store.Lockers, locker lockhouse.LockerID, fault string) (news bool, err error) {
	was, err := lockers.Fault(locker)
	if err != nil || was == fault || was == faultContradiction || was == faultChain {
		return false, err
	}
	return true, lockers.SetFault(locker, fault)
}
