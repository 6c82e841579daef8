package dropoff

import (
	"testing"
	"time"

	"lockhouse"
)

var (
	here   = lockhouse.Site{ID: "site_1", Zone: "America/New_York", HoldingDays: 3}
	locker = lockhouse.Locker{ID: "lkr_a", Site: "site_1"}
)

// TestCollectByEndsWithADay: the holding time counts days of the site's calendar, over the change of clocks too.
func TestCollectByEndsWithADay(t *testing.T) {
	for dropped, want := range map[string]string{
		"2026-11-23T12:00:00-05:00": "2026-11-27T00:00:00-05:00",
		"2026-11-23T00:00:00-05:00": "2026-11-27T00:00:00-05:00",
		"2026-11-23T23:59:59-05:00": "2026-11-27T00:00:00-05:00",
		"2026-03-06T12:00:00-05:00": "2026-03-10T00:00:00-04:00", // clocks go forward on the 8th
		"2026-10-30T12:00:00-04:00": "2026-11-03T00:00:00-05:00", // and back on the 1st
	} {
		at, err := time.Parse(time.RFC3339, dropped)
		if err != nil {
			t.Fatal(err)
		}
		p, err := stored(lockhouse.Parcel{Site: "site_1", State: lockhouse.ParcelInTransit}, lockhouse.Receipt{Locker: "lkr_a", Compartment: 2, Generation: 4}, locker, here, at)
		if err != nil {
			t.Fatal(err)
		}
		until, err := time.Parse(time.RFC3339, want)
		if err != nil || !p.CollectBy.Equal(until) {
			t.Errorf("dropped off at %s: until %v, want %v", dropped, p.CollectBy, until)
		}
		if p.Compartment != 2 || p.Generation != 4 || p.Locker != "lkr_a" || !p.DroppedOffAt.Equal(at) {
			t.Errorf("got %+v", p)
		}
		from, last, err := stay(p, here, at)
		if err != nil || last-from != 3 {
			t.Errorf("it stays from %s to %s, %v", from, last, err)
		}
	}
}

func TestStoredRefuses(t *testing.T) {
	r := lockhouse.Receipt{Locker: "lkr_a", Compartment: 2}
	for name, p := range map[string]lockhouse.Parcel{
		"another site's":    {Site: "site_2", State: lockhouse.ParcelInTransit},
		"inside already":    {Site: "site_1", State: lockhouse.ParcelDroppedOff},
		"collected already": {Site: "site_1", State: lockhouse.ParcelCollected},
	} {
		if _, err := stored(p, r, locker, here, time.Unix(1_800_000_000, 0)); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMisfitRules(t *testing.T) {
	sizes := lockhouse.DefaultSizes()
	r := lockhouse.Receipt{Locker: "lkr_a", Compartment: 2}
	inside := lockhouse.Parcel{State: lockhouse.ParcelDroppedOff, Rank: 1, Size: "S", Locker: "lkr_a", Compartment: 2, DroppedOffAt: time.Unix(1, 0)}
	for name, c := range map[string]struct {
		p     lockhouse.Parcel
		tried string
		state lockhouse.ParcelState
		rank  int
		code  lockhouse.Code
	}{
		"never said to be inside":   {lockhouse.Parcel{State: lockhouse.ParcelAnnounced, Rank: 1}, "S", lockhouse.ParcelAnnounced, 2, ""},
		"tried in a bigger one":     {lockhouse.Parcel{State: lockhouse.ParcelInTransit, Rank: 1}, "M", lockhouse.ParcelInTransit, 3, ""},
		"fits none":                 {lockhouse.Parcel{State: lockhouse.ParcelInTransit, Rank: 3}, "L", lockhouse.ParcelInTransit, 3, ""},
		"inside":                    {inside, "S", lockhouse.ParcelInTransit, 2, ""},
		"inside another":            {lockhouse.Parcel{State: lockhouse.ParcelDroppedOff, Locker: "lkr_b", Compartment: 2}, "S", "", 0, lockhouse.CodeConflict},
		"inside and to be returned": {lockhouse.Parcel{State: lockhouse.ParcelRefused, Locker: "lkr_a", Compartment: 2}, "S", "", 0, lockhouse.CodeConflict},
	} {
		tried, _ := sizes.Named(c.tried)
		got, err := misfit(c.p, r, lockhouse.Locker{ID: "lkr_a"}, tried, sizes)
		if c.code != "" {
			if lockhouse.CodeOf(err) != c.code || got != c.p {
				t.Errorf("%s: got %+v, %v", name, got, err)
			}
			continue
		}
		if err != nil || got.State != c.state || got.Rank != c.rank || got.Inside() {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}
