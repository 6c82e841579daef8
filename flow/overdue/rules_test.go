package overdue

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
)

// TestExtended: more time is never less, never beyond the bound, never in the past, and ends with a day of the site's,
// also where a day has 23 or 25 hours.
func TestExtended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		site := lockhouse.Site{Zone: rapid.SampledFrom([]string{"America/New_York", "Europe/Berlin", "Pacific/Kiritimati", "Australia/Lord_Howe"}).Draw(t, "zone"),
			HoldingDays: rapid.IntRange(1, 5).Draw(t, "holding days")}
		zone, err := site.Location()
		if err != nil {
			t.Fatal(err)
		}
		dropped := time.Date(2026, time.March, 1, 0, 0, 0, 0, zone).Add(time.Duration(rapid.IntRange(0, 24*250).Draw(t, "hour")) * time.Hour)
		day := lockhouse.DayOf(dropped)
		p := lockhouse.Parcel{State: rapid.SampledFrom([]lockhouse.ParcelState{lockhouse.ParcelDroppedOff, lockhouse.ParcelOverdue}).Draw(t, "state"),
			DroppedOffAt: dropped, CollectBy: (day + lockhouse.Day(site.HoldingDays) + 1).Start(zone)}
		now := dropped.Add(time.Duration(rapid.IntRange(0, 24*12).Draw(t, "hours later")) * time.Hour)
		for {
			next, last, err := extended(p, site, now)
			if err != nil {
				if lockhouse.CodeOf(err) != lockhouse.CodeConflict {
					t.Fatal(err)
				}
				return
			}
			if !next.CollectBy.After(p.CollectBy) || !next.CollectBy.After(now) || next.State != lockhouse.ParcelDroppedOff {
				t.Fatalf("at %v from %+v to %+v", now, p, next)
			}
			if end := (last + 1).Start(zone); !next.CollectBy.Equal(end) || last > day+lockhouse.Day(site.HoldingDays+MaxExtendedDays) {
				t.Fatalf("until %v, the last day is %s and ends at %v", next.CollectBy, last, end)
			}
			p = next
		}
	})
}

func TestNothingToExtend(t *testing.T) {
	for _, state := range []lockhouse.ParcelState{lockhouse.ParcelAnnounced, lockhouse.ParcelInTransit, lockhouse.ParcelCollected, lockhouse.ParcelRecalled,
		lockhouse.ParcelReturned, lockhouse.ParcelRefused, lockhouse.ParcelLost, lockhouse.ParcelDiverted} {
		p := lockhouse.Parcel{State: state}
		if got, _, err := extended(p, lockhouse.Site{Zone: "UTC", HoldingDays: 3}, time.Unix(1_800_000_000, 0)); lockhouse.CodeOf(err) != lockhouse.CodeConflict || got != p {
			t.Errorf("%s: got %+v, %v", state, got, err)
		}
	}
}

func TestTakenOutOfAnother(t *testing.T) {
	p := lockhouse.Parcel{State: lockhouse.ParcelRecalled, Locker: "lkr_a", Compartment: 3, Generation: 7}
	at := time.Unix(1_800_000_000, 0)
	for name, r := range map[string]lockhouse.Receipt{
		"locker": {Locker: "lkr_b", Compartment: 3, Generation: 7}, "compartment": {Locker: "lkr_a", Compartment: 4, Generation: 7},
		"generation": {Locker: "lkr_a", Compartment: 3, Generation: 6},
	} {
		if got, err := takenOut(p, r, at); lockhouse.CodeOf(err) != lockhouse.CodeConflict || got != p {
			t.Errorf("another %s: got %+v, %v", name, got, err)
		}
	}
	got, err := takenOut(p, lockhouse.Receipt{Locker: "lkr_a", Compartment: 3, Generation: 7}, at)
	if err != nil || got.State != lockhouse.ParcelReturned || !got.EndedAt.Equal(at) {
		t.Errorf("got %+v, %v", got, err)
	}
}
