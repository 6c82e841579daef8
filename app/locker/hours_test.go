package locker

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
)

func zone(t rapid.TB, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestHours: nights on which clocks are put forward or back, hours over midnight, and their ends.
func TestHours(t *testing.T) {
	for _, c := range []struct {
		zone, hours, at string // in UTC
		holds           bool
	}{
		{"Europe/Paris", "02:00-05:00", "2026-11-26T00:59:59Z", false},
		{"Europe/Paris", "02:00-05:00", "2026-11-26T01:00:00Z", true},
		{"Europe/Paris", "02:00-05:00", "2026-11-26T03:59:59Z", true},
		{"Europe/Paris", "02:00-05:00", "2026-11-26T04:00:00Z", false},
		{"Europe/Paris", "02:00-05:00", "2026-03-29T00:59:00Z", false}, // 01:59
		{"Europe/Paris", "02:00-05:00", "2026-03-29T01:00:00Z", true},  // and a minute later 03:00
		{"Europe/Paris", "02:00-02:59", "2026-03-29T01:00:00Z", false}, // that night they are left out
		{"Europe/Paris", "02:00-02:59", "2026-10-25T00:00:00Z", true},  // and this one they come twice
		{"Europe/Paris", "02:00-02:59", "2026-10-25T01:00:00Z", true},
		{"America/New_York", "22:30-04:00", "2026-11-26T03:30:00Z", true}, // 22:30
		{"America/New_York", "22:30-04:00", "2026-11-26T05:00:00Z", true},
		{"America/New_York", "22:30-04:00", "2026-11-26T09:00:00Z", false},
		{"Asia/Kolkata", "02:00-05:00", "2026-11-25T20:30:00Z", true},
		{"Asia/Kolkata", "02:00-05:00", "2026-11-25T23:30:00Z", false},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		u := Updates{Hours: c.hours, Zone: c.zone}
		if got := u.mayBegin(nil, at, lockhouse.TimeGood); got != c.holds {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

// TestHoursHold: at each moment it is either in some hours or in those that are left of the day; and hours that are longer than clocks are
// ever put forward come within a day and a half, wherever the locker is.
func TestHoursHold(t *testing.T) {
	zones := []string{"Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		from := rapid.IntRange(0, 1_439).Draw(t, "from")
		to := rapid.IntRange(0, 1_439).Filter(func(to int) bool { return to != from }).Draw(t, "to")
		at := time.Unix(rapid.Int64Range(1_700_000_000, 2_000_000_000).Draw(t, "at"), 0).In(z)
		if (nightly{from, to}).holds(at) == (nightly{to, from}).holds(at) {
			t.Fatalf("%d to %d at %v: in both, or in neither", from, to, at)
		}
		if (to-from+1_440)%1_440 <= 60 {
			return
		}
		for end := at.Add(36 * time.Hour); !(nightly{from, to}).holds(at); at = at.Add(time.Minute) {
			if at.After(end) {
				t.Fatalf("%d to %d did not come until %v", from, to, end)
			}
		}
	})
}

// TestHoursAreReadBack: what can be written is read as what it says, and everything else is refused.
func TestHoursAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.IntRange(0, 1_439).Draw(t, "from"), rapid.IntRange(0, 1_439).Draw(t, "to")
		got, err := parseHours(fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60))
		if (err == nil) != (from != to) || err == nil && got != (nightly{from, to}) {
			t.Fatalf("%d to %d: %+v, %v", from, to, got, err)
		}
	})
	for _, text := range []string{"2:00-5:00", "02:00", "02:00-24:00", "02:60-03:00", "-1:00-02:00", "02:00-05:00 ", "02:00–05:00", "+2:00-05:00"} {
		u := Updates{URL: "https://parcels.example/updates", Channel: "stable", EveryS: 60, TrialS: 60, Hours: text}
		if u.check() == nil {
			t.Errorf("%q", text)
		}
	}
	if (Updates{URL: "https://parcels.example/updates", Channel: "stable", EveryS: 60, TrialS: 60, Zone: "Europe/Atlantis"}).check() == nil {
		t.Error("a zone that nobody knows")
	}
}

// TestAnyHour: where the zone or the time is not known, where there are no hours, each hour is as good as another.
func TestAnyHour(t *testing.T) {
	afternoon := time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
	paris := zone(t, "Europe/Paris")
	for name, c := range map[string]struct {
		u       Updates
		machine *time.Location
		quality lockhouse.TimeQuality
		may     bool
	}{
		"in the afternoon":            {Updates{Hours: "02:00-05:00"}, paris, lockhouse.TimeGood, false},
		"with a zone that is set":     {Updates{Hours: "02:00-05:00", Zone: "Europe/Paris"}, time.UTC, lockhouse.TimeDay, false},
		"no zone":                     {Updates{Hours: "02:00-05:00"}, nil, lockhouse.TimeGood, true},
		"a machine that is not set":   {Updates{Hours: "02:00-05:00"}, time.UTC, lockhouse.TimeGood, true},
		"nobody knows how late it is": {Updates{Hours: "02:00-05:00"}, paris, lockhouse.TimeFloor, true},
		"no hours":                    {Updates{}, paris, lockhouse.TimeGood, true},
	} {
		if got := c.u.mayBegin(c.machine, afternoon, c.quality); got != c.may {
			t.Errorf("%s: %t", name, got)
		}
	}
}
