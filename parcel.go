package lockhouse

import "time"

// ParcelState is where a parcel is on its way.
type ParcelState string

// The states of a parcel: the road of a good day, and the other road.
const (
	ParcelAnnounced  ParcelState = "announced"
	ParcelInTransit  ParcelState = "in_transit"
	ParcelDroppedOff ParcelState = "dropped_off"
	ParcelCollected  ParcelState = "collected"

	ParcelDiverted ParcelState = "diverted"
	ParcelOverdue  ParcelState = "overdue"
	ParcelRecalled ParcelState = "recalled"
	ParcelReturned ParcelState = "returned"
	ParcelRefused  ParcelState = "refused"
	ParcelLost     ParcelState = "lost"
)

// Happening is what moves a parcel from state to state.
type Happening string

// What can happen to a parcel.
const (
	HappensHandedOver Happening = "handed_over" // the carrier has it
	HappensDroppedOff Happening = "dropped_off" // the locker says so, in a receipt
	HappensMisfit     Happening = "misfit"      // the courier took it out again: it did not fit
	HappensCollected  Happening = "collected"   // the locker says so, in a receipt
	HappensOverdue    Happening = "overdue"     // the site's holding time is over
	HappensExtended   Happening = "extended"    // the recipient may take longer after all
	HappensRecalled   Happening = "recalled"    // operator or shop want it back
	HappensTakenOut   Happening = "taken_out"   // the courier took it back, by receipt
	HappensDiverted   Happening = "diverted"    // it goes to another site
	HappensReturned   Happening = "returned"    // it is back with the shop
	HappensRefused    Happening = "refused"     // the recipient does not want it
	HappensLost       Happening = "lost"
)

// transitions is the one table that says how a parcel's state changes. What is not in it does not happen.
//
// A parcel that was never seen to go in can still be collected or taken out: the locker's receipts are signed, and the
// drop-off's may travel slower than the collection's.
var transitions = map[ParcelState]map[Happening]ParcelState{
	ParcelAnnounced: {
		HappensHandedOver: ParcelInTransit, HappensDroppedOff: ParcelDroppedOff, HappensRecalled: ParcelRecalled,
		HappensDiverted: ParcelDiverted, HappensLost: ParcelLost,
	},
	ParcelInTransit: {
		HappensDroppedOff: ParcelDroppedOff, HappensRecalled: ParcelRecalled, HappensDiverted: ParcelDiverted,
		HappensLost: ParcelLost,
	},
	ParcelDiverted: {
		HappensDroppedOff: ParcelDroppedOff, HappensRecalled: ParcelRecalled, HappensLost: ParcelLost,
	},
	ParcelDroppedOff: {
		HappensCollected: ParcelCollected, HappensMisfit: ParcelInTransit, HappensOverdue: ParcelOverdue,
		HappensRecalled: ParcelRecalled, HappensRefused: ParcelRefused, HappensTakenOut: ParcelReturned,
	},
	ParcelOverdue: {
		HappensCollected: ParcelCollected, HappensExtended: ParcelDroppedOff, HappensRecalled: ParcelRecalled,
		HappensRefused: ParcelRefused, HappensTakenOut: ParcelReturned,
	},
	ParcelRecalled: {
		HappensDroppedOff: ParcelRecalled, // it was already on its way in; it still has to come out again
		HappensMisfit:     ParcelRecalled, // and came out at once
		HappensCollected:  ParcelCollected, HappensTakenOut: ParcelReturned, HappensReturned: ParcelReturned, HappensLost: ParcelLost,
	},
	ParcelRefused: {
		HappensTakenOut: ParcelReturned, HappensReturned: ParcelReturned, HappensLost: ParcelLost,
	},
	ParcelLost: {HappensReturned: ParcelReturned},
}

// Next gives the state that follows, or a conflict that says what the parcel is now.
func (s ParcelState) Next(h Happening) (ParcelState, error) {
	if next, ok := transitions[s][h]; ok {
		return next, nil
	}
	return s, Refuse(CodeConflict, "The parcel is %s; it can't be %s now.", s.Words(), h.words()).With("state", s)
}

// Words gives the state for a sentence.
func (s ParcelState) Words() string { return spaced(string(s)) }

func (h Happening) words() string { return spaced(string(h)) }

func spaced(word string) string {
	out := []byte(word)
	for i, c := range out {
		if c == '_' {
			out[i] = ' '
		}
	}
	return string(out)
}

// Inside tells whether the parcel lies in a compartment.
func (p Parcel) Inside() bool {
	switch p.State {
	case ParcelDroppedOff, ParcelOverdue, ParcelRefused:
		return true
	case ParcelRecalled:
		return !p.DroppedOffAt.IsZero()
	}
	return false
}

// Parcel is the thing that is on its way. It carries no person's name: Person names a record that trust/person alone
// can read.
type Parcel struct {
	ID        ParcelID
	Ref       ParcelRef // its name in lockers, grants and receipts
	Shop      ShopID
	Reference string // the shop's order
	Tracking  string // the carrier's number, as printed on the label
	Person    PersonID
	Site      SiteID
	Hold      HoldID

	Dimensions Dimensions
	Size       string
	Rank       int

	State       ParcelState
	Locker      LockerID // once dropped off
	Compartment int
	Generation  uint32 // the compartment's, which a grant names

	AnnouncedAt  time.Time
	DroppedOffAt time.Time
	CollectBy    time.Time // the end of the site's holding time
	EndedAt      time.Time // collected, returned or lost
}
