package agent

import (
	"lockhouse"
	"lockhouse/trust/access"
)

// placeOf finds the compartment of a collect or take-out target.
func (a *Agent) placeOf(t lockhouse.Target, op *opening) (number int, err error) {
	if a.doors[t.Compartment] == nil {
		return 0, lockhouse.RefuseAtDoor(lockhouse.CodeNotHere)
	}
	op.Reopening, err = access.Take(t, op.Phone, a.asAccess(t.Compartment), timeOf(a.floorS()))
	return t.Compartment, err
}

// placeForService opens the compartment that two people named, once: whatever grants the network has made for it, since it makes
// one each time that it is asked, until it has heard that the door was open.
func (a *Agent) placeForService(t lockhouse.Target, op *opening) (number int, err error) {
	if a.doors[t.Compartment] == nil {
		return 0, lockhouse.RefuseAtDoor(lockhouse.CodeNotHere)
	}
	if a.state.served(op.Ref) {
		return 0, lockhouse.RefuseAtDoor(lockhouse.CodeUsed)
	}
	if err := a.maySpend(op); err != nil {
		return 0, err
	}
	return t.Compartment, access.Service(t, op.Phone, a.asAccess(t.Compartment))
}

// placeFor chooses the compartment of a store target.
func (a *Agent) placeFor(t lockhouse.Target, op *opening, rank int) (number int, err error) {
	if a.dropOffsPaused() {
		return 0, lockhouse.RefuseAtDoor(lockhouse.CodeClosed)
	}
	if err := a.maySpend(op); err != nil {
		return 0, err
	}
	place, err := access.Store(t, op.Phone, rank, a.all(), timeOf(a.floorS()))
	if err != nil {
		return 0, err
	}
	c := a.state.at(place.Number)
	op.Reopening, op.Generation = place.Reopening, c.Generation
	if c.Ref != t.Ref {
		op.Generation++ // a new parcel: every older grant for this compartment is void
	}
	return place.Number, nil
}

// maySpend bounds what a courier's grant opens: each target so often, and not again once its parcel came and went.
func (a *Agent) maySpend(op *opening) error {
	e := a.state.spentOn(op.Grant, op.Ref)
	if e == nil {
		if a.remembered() >= maxSpent {
			return lockhouse.RefuseAtDoor(lockhouse.CodeTooMany)
		}
		return nil
	}
	if e.Openings >= maxOpenings {
		return lockhouse.RefuseAtDoor(lockhouse.CodeTooMany)
	}
	if e.Stored && !a.holds(op.Ref) {
		return lockhouse.RefuseAtDoor(lockhouse.CodeUsed)
	}
	return nil
}

func (a *Agent) remembered() (n int) {
	for _, e := range a.state.Spent {
		if e.ExpiresS > a.floorS() {
			n++
		}
	}
	return n
}

func (a *Agent) holds(ref lockhouse.ParcelRef) bool {
	for _, c := range a.state.Compartments {
		if c.Ref == ref {
			return true
		}
	}
	return false
}

func (a *Agent) all() []access.Compartment {
	out := make([]access.Compartment, 0, len(a.doors))
	for _, c := range a.config.Compartments {
		out = append(out, a.asAccess(c.Number))
	}
	return out
}
