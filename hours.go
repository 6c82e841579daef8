package lockhouse

import (
	"slices"
	"time"
)

// Span is a stretch of a day in minutes after midnight, its end not included: 0 to 1440 is the whole day.
type Span struct {
	FromMin int
	ToMin   int
}

// Hours says when people can reach a site's lockers: a week, and dates that differ from it.
type Hours struct {
	Week       [7][]Span      // by time.Weekday; an empty day is closed
	Exceptions map[Day][]Span // an empty list is a day off
}

// AlwaysOpen is day and night, every day.
func AlwaysOpen() Hours {
	var h Hours
	for d := range h.Week {
		h.Week[d] = []Span{{0, 24 * 60}}
	}
	return h
}

// Always tells whether they are day and night, every day.
func (h *Hours) Always() bool {
	for _, spans := range h.Week {
		if len(spans) != 1 || spans[0] != (Span{0, 24 * 60}) {
			return false
		}
	}
	return len(h.Exceptions) == 0
}

// on gives a date's spans, earliest first.
func (h *Hours) on(d Day) []Span {
	spans := h.written(d)
	if earlier := func(a, b Span) int { return a.FromMin - b.FromMin }; !slices.IsSortedFunc(spans, earlier) {
		spans = slices.Clone(spans)
		slices.SortFunc(spans, earlier)
	}
	return spans
}

// written gives a date's spans in the order in which they were written down.
func (h *Hours) written(d Day) []Span {
	if spans, special := h.Exceptions[d]; special {
		return spans
	}
	return h.Week[d.Weekday()]
}

// NextOpening gives the first moment at or after t at which the site is open, in t's location; false when there is
// none within 366 days.
func (h Hours) NextOpening(t time.Time) (time.Time, bool) {
	if h.Always() {
		return t, true
	}
	today := DayOf(t)
	for d := today; d <= today+366; d++ {
		y, m, day := d.Start(t.Location()).Date()
		for _, s := range h.on(d) {
			from := time.Date(y, m, day, 0, s.FromMin, 0, 0, t.Location())
			to := time.Date(y, m, day, 0, s.ToMin, 0, 0, t.Location())
			if t.Before(to) {
				if t.After(from) {
					return t, true
				}
				return from, true
			}
		}
	}
	return time.Time{}, false
}

// OpenAt tells whether the site is open at t.
func (h Hours) OpenAt(t time.Time) bool {
	next, ok := h.NextOpening(t)
	return ok && next.Equal(t)
}

// OpenOn tells whether the site opens at all on a date.
func (h Hours) OpenOn(d Day) bool { return len(h.written(d)) > 0 }

// Check refuses spans that are empty, inverted or beyond the day.
func (h Hours) Check() error {
	check := func(spans []Span) error {
		for _, s := range spans {
			if s.FromMin < 0 || s.ToMin > 24*60 || s.FromMin >= s.ToMin {
				return Refuse(CodeMalformed, "Opening hours from minute %d to %d: give minutes of one day, from before to.", s.FromMin, s.ToMin)
			}
		}
		return nil
	}
	for _, spans := range h.Week {
		if err := check(spans); err != nil {
			return err
		}
	}
	for _, spans := range h.Exceptions {
		if err := check(spans); err != nil {
			return err
		}
	}
	return nil
}
