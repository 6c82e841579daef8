package lockhouse

import (
	"testing"
	"time"
)

func newYork(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestNextOpening(t *testing.T) {
	in := newYork(t)
	h := Hours{Exceptions: map[Day][]Span{DayOf(time.Date(2026, 11, 26, 0, 0, 0, 0, in)): {}}}
	for d := time.Monday; d <= time.Friday; d++ {
		h.Week[d] = []Span{{13 * 60, 18 * 60}, {8 * 60, 12 * 60}} // not in order, on purpose
	}
	at := func(day, hour, min int) time.Time { return time.Date(2026, 11, day, hour, min, 0, 0, in) }
	for _, c := range []struct{ now, want time.Time }{
		{at(23, 7, 0), at(23, 8, 0)},
		{at(23, 8, 0), at(23, 8, 0)},
		{at(23, 11, 59), at(23, 11, 59)},
		{at(23, 12, 0), at(23, 13, 0)},
		{at(23, 18, 0), at(24, 8, 0)},
		{at(25, 19, 0), at(27, 8, 0)}, // Thanksgiving is an exception
		{at(27, 18, 0), at(30, 8, 0)}, // the weekend
	} {
		got, ok := h.NextOpening(c.now)
		if !ok || !got.Equal(c.want) {
			t.Errorf("from %v: %v %v, want %v", c.now, got, ok, c.want)
		}
		if h.OpenAt(c.now) != c.now.Equal(c.want) {
			t.Errorf("open at %v: %v", c.now, h.OpenAt(c.now))
		}
	}
}

func TestNeverOpen(t *testing.T) {
	if at, ok := (Hours{}).NextOpening(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); ok {
		t.Errorf("no hours, and yet open at %v", at)
	}
}

// On the day the clocks change, nine o'clock is nine o'clock.
func TestHoursAreWallClock(t *testing.T) {
	in := newYork(t)
	h := AlwaysOpen()
	sunday := time.Date(2026, 11, 1, 0, 0, 0, 0, in)
	h.Exceptions = map[Day][]Span{DayOf(sunday): {{9 * 60, 10 * 60}}}
	got, _ := h.NextOpening(sunday)
	if want := time.Date(2026, 11, 1, 9, 0, 0, 0, in); !got.Equal(want) {
		t.Errorf("opens at %v, want %v", got, want)
	}
}

func TestHoursRefused(t *testing.T) {
	for _, s := range []Span{{-1, 10}, {10, 10}, {11, 10}, {0, 1441}} {
		h := AlwaysOpen()
		h.Week[3] = []Span{s}
		if CodeOf(h.Check()) != CodeMalformed {
			t.Errorf("%v was taken", s)
		}
	}
}
