package locker

import (
	"fmt"
	"time"

	"lockhouse"
	"lockhouse/internal/settings"
)

// nightly is a stretch of each day by a clock on the wall, in minutes after midnight: from the first until before the second, over midnight
// where that is the smaller one.
type nightly struct{ fromMin, toMin int }

// parseHours reads hours such as 02:00-05:00, or 22:30-04:00.
func parseHours(text string) (n nightly, err error) {
	var fromH, fromM, toH, toM int
	if _, err := fmt.Sscanf(text, "%2d:%2d-%2d:%2d", &fromH, &fromM, &toH, &toM); err != nil {
		return n, err
	}
	if again := fmt.Sprintf("%02d:%02d-%02d:%02d", fromH, fromM, toH, toM); again != text {
		return n, fmt.Errorf("%s is not %s", again, text)
	}
	n = nightly{60*fromH + fromM, 60*toH + toM}
	if min(fromH, fromM, toH, toM) < 0 || fromH > 23 || toH > 23 || fromM > 59 || toM > 59 || n.fromMin == n.toMin {
		return n, fmt.Errorf("no stretch of a day")
	}
	return n, nil
}

// holds tells whether a moment is in these hours, by the wall of its location. Where clocks are put forward over all of them, that night has
// none; where they are put back, some come twice.
func (n nightly) holds(t time.Time) bool {
	now := 60*t.Hour() + t.Minute()
	if n.fromMin < n.toMin {
		return n.fromMin <= now && now < n.toMin
	}
	return now >= n.fromMin || now < n.toMin
}

// checkHours refuses what is no hours, or a zone that nobody knows.
func (u Updates) checkHours() error {
	if _, err := parseHours(u.Hours); u.Hours != "" && err != nil {
		return settings.RefuseKey("updates.hours", "must be two times of a day such as 02:00-05:00, or empty for all of it")
	}
	if _, err := lockhouse.Zone(u.Zone); u.Zone != "" && err != nil {
		return settings.RefuseKey("updates.zone", "must be a time zone's IANA name, such as Europe/Paris, or empty for the machine's own")
	}
	return nil
}

// In gives these settings for a locker that the network says is in a zone: its word goes before what is set here, so that it can be put
// right without a visit. A zone that this machine does not know changes nothing, and neither does none.
func (u Updates) In(zone string) Updates {
	if _, err := lockhouse.Zone(zone); err == nil {
		u.Zone = zone
	}
	return u
}

// mayBegin tells whether a version may begin its trial at this hour. Where nobody has said in what zone the locker is, or it does not know how
// late it is, each hour is as good as another.
func (u Updates) mayBegin(machine *time.Location, now time.Time, quality lockhouse.TimeQuality) bool {
	hours, err := parseHours(u.Hours)
	zone := u.zone(machine, now)
	return err != nil || zone == nil || quality == lockhouse.TimeFloor || hours.holds(now.In(zone))
}

// Zoneless tells whether there are hours that can't hold, since nobody has said in what zone the locker is.
func (u Updates) Zoneless(machine *time.Location, now time.Time) bool {
	return u.Hours != "" && u.zone(machine, now) == nil
}

// zone is the locker's: as it is set, or the machine's; nil for a machine that was never told.
func (u Updates) zone(machine *time.Location, now time.Time) *time.Location {
	if u.Zone != "" {
		zone, err := lockhouse.Zone(u.Zone)
		if err != nil {
			return nil
		}
		return zone
	}
	if machine == nil || machine.String() == "UTC" {
		return nil
	}
	if name, _ := now.In(machine).Zone(); name == "UTC" { // as machines are before somebody sets them
		return nil
	}
	return machine
}
