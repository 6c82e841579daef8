package unlock

import "lockhouse"

// doorEvents says under which name a door's receipt enters the timeline.
var doorEvents = map[lockhouse.ReceiptKind]lockhouse.EventKind{
	lockhouse.ReceiptAuthorised: lockhouse.EventDoorAuthorised,
	lockhouse.ReceiptOpened:     lockhouse.EventDoorOpened,
	lockhouse.ReceiptNotOpened:  lockhouse.EventDoorNotOpened,
	lockhouse.ReceiptLeftOpen:   lockhouse.EventDoorLeftOpen,
	lockhouse.ReceiptForced:     lockhouse.EventDoorForced,
	lockhouse.ReceiptShut:       lockhouse.EventDoorShut,
}

// MayCollect gives what a grant for a parcel's recipient may hold, or a conflict that says why there is nothing to open.
// An overdue parcel may still be collected as long as it lies there; a recalled one waits for its courier.
func MayCollect(p lockhouse.Parcel) (lockhouse.Target, error) {
	switch p.State {
	case lockhouse.ParcelDroppedOff, lockhouse.ParcelOverdue:
		return lockhouse.Target{Ref: p.Ref, Verb: lockhouse.VerbCollect, Compartment: p.Compartment, Generation: p.Generation}, nil
	case lockhouse.ParcelAnnounced, lockhouse.ParcelInTransit, lockhouse.ParcelDiverted:
		return lockhouse.Target{}, lockhouse.Refuse(lockhouse.CodeConflict, "The parcel is not in a locker yet. You will get a message when it is.").
			With("state", p.State)
	}
	return lockhouse.Target{}, lockhouse.Refuse(lockhouse.CodeConflict, "The parcel is %s; there is nothing to open.", p.State.Words()).
		With("state", p.State)
}

func unknown() error {
	return lockhouse.Refuse(lockhouse.CodeNotFound, "There is no such parcel.")
}
