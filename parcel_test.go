package lockhouse

import (
	"testing"
	"time"
)

func TestTheGoodRoad(t *testing.T) {
	state := ParcelAnnounced
	for _, h := range []Happening{HappensHandedOver, HappensDroppedOff, HappensCollected} {
		next, err := state.Next(h)
		if err != nil {
			t.Fatalf("%s, %s: %v", state, h, err)
		}
		state = next
	}
	if state != ParcelCollected {
		t.Errorf("the road ends at %s", state)
	}
}

func TestTheOtherRoad(t *testing.T) {
	state := ParcelDroppedOff
	for _, h := range []Happening{HappensOverdue, HappensRecalled, HappensTakenOut} {
		next, err := state.Next(h)
		if err != nil {
			t.Fatalf("%s, %s: %v", state, h, err)
		}
		state = next
	}
	if state != ParcelReturned {
		t.Errorf("the road ends at %s", state)
	}
}

// What was collected or returned stays so, whatever a locker or a shop says later.
func TestEndsAreEnds(t *testing.T) {
	for _, end := range []ParcelState{ParcelCollected, ParcelReturned} {
		for _, h := range allHappenings {
			next, err := end.Next(h)
			if err == nil || next != end {
				t.Errorf("%s, %s: %s, %v", end, h, next, err)
			}
			if CodeOf(err) != CodeConflict {
				t.Errorf("%s, %s: %v is not a conflict", end, h, err)
			}
		}
	}
}

// A parcel is never called collected unless a locker says so.
func TestOnlyCollectingCollects(t *testing.T) {
	for from, row := range transitions {
		for h, to := range row {
			if (to == ParcelCollected) != (h == HappensCollected) {
				t.Errorf("%s, %s leads to %s", from, h, to)
			}
		}
	}
}

func TestInside(t *testing.T) {
	now := time.Unix(1, 0)
	for _, c := range []struct {
		parcel Parcel
		want   bool
	}{
		{Parcel{State: ParcelAnnounced}, false},
		{Parcel{State: ParcelDroppedOff, DroppedOffAt: now}, true},
		{Parcel{State: ParcelOverdue, DroppedOffAt: now}, true},
		{Parcel{State: ParcelRecalled}, false},
		{Parcel{State: ParcelRecalled, DroppedOffAt: now}, true},
		{Parcel{State: ParcelCollected, DroppedOffAt: now}, false},
	} {
		if got := c.parcel.Inside(); got != c.want {
			t.Errorf("%s, dropped off %v: inside is %v", c.parcel.State, c.parcel.DroppedOffAt, got)
		}
	}
}

var allHappenings = []Happening{HappensHandedOver, HappensDroppedOff, HappensMisfit, HappensCollected, HappensOverdue, HappensExtended,
	HappensRecalled, HappensTakenOut, HappensDiverted, HappensReturned, HappensRefused, HappensLost}
