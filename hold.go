package lockhouse

import "time"

// HoldState is where a hold is on its way.
type HoldState string

// A hold's states. Placed lapses by itself; confirmed was paid for and no longer lapses at checkout's pace; converted
// belongs to a parcel; released and lapsed keep no room.
const (
	HoldPlaced    HoldState = "placed"
	HoldConfirmed HoldState = "confirmed"
	HoldConverted HoldState = "converted"
	HoldReleased  HoldState = "released"
	HoldLapsed    HoldState = "lapsed"
)

// Hold is room of a size kept for a parcel at a site, for the days the parcel may be there. Which compartment is chosen
// at drop-off.
type Hold struct {
	ID         HoldID
	Shop       ShopID
	Reference  string // the shop's own: cart or order; one hold for each
	Site       SiteID
	Dimensions Dimensions
	Size       string
	Rank       int
	From       Day // the first day the parcel may arrive
	Until      Day // the last day it may be there
	State      HoldState
	LapsesAt   time.Time // of a placed or confirmed hold
	PlacedAt   time.Time
	Parcel     ParcelID // of a converted hold
}

// Keeps tells whether the hold keeps room at a moment.
func (h Hold) Keeps(now time.Time) bool {
	switch h.State {
	case HoldPlaced, HoldConfirmed:
		return now.Before(h.LapsesAt)
	case HoldConverted:
		return true
	}
	return false
}

// Days gives the number of days for which room is kept.
func (h Hold) Days() int { return int(h.Until-h.From) + 1 }
