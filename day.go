package lockhouse

import (
	"fmt"
	"time"
)

// Day is a date of the calendar, without a time zone: days since 1970-01-01. A hold keeps room for days, and a day
// begins at the site's midnight.
type Day int

// DayOf gives the date that it is at t in t's location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, Refuse(CodeMalformed, "%q is not a date; give YYYY-MM-DD.", text)
	}
	return DayOf(t), nil
}

// Start gives the moment at which the day begins in a location.
func (d Day) Start(in *time.Location) time.Time {
	y, m, day := time.Unix(int64(d)*86_400, 0).UTC().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, in)
}

// Weekday gives the day of the week.
func (d Day) Weekday() time.Weekday {
	since := (int(d) + int(time.Thursday)) % 7 // day 0 was a Thursday
	return time.Weekday((since + 7) % 7)
}

// String gives YYYY-MM-DD.
func (d Day) String() string { return d.Start(time.UTC).Format(time.DateOnly) }

// MarshalText gives YYYY-MM-DD.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD.
func (d *Day) UnmarshalText(text []byte) error {
	day, err := ParseDay(string(text))
	if err != nil {
		return fmt.Errorf("day: %w", err)
	}
	*d = day
	return nil
}

// AsKept gives a moment as every store keeps it, in whole microseconds of UTC, so that what a room answers today is what
// it reads tomorrow.
func AsKept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
