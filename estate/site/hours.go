package site

import (
	"fmt"
	"strings"
	"time"

	"lockhouse"
)

// weekdays are OpenStreetMap's names of days, by time.Weekday.
var weekdays = []string{"su", "mo", "tu", "we", "th", "fr", "sa"}

// ParseHours reads the common part of OpenStreetMap's opening_hours: "24/7", or rules such as
// "Mo-Fr 08:00-12:00,13:00-20:00; Sa 10:00-14:00". A later rule replaces an earlier one for its days; a day without any
// is closed. What is beyond this part (months, public holidays, spans over midnight) is refused, not guessed.
func ParseHours(text string) (h lockhouse.Hours, err error) {
	if len(text) > maxCellChars {
		return h, malformed("hours", "has %d characters; at most %d are read", len(text), maxCellChars)
	}
	if text = strings.ToLower(strings.TrimSpace(text)); text == "24/7" {
		return lockhouse.AlwaysOpen(), nil
	}
	for _, rule := range strings.Split(text, ";") {
		days, times, ok := strings.Cut(strings.TrimSpace(rule), " ")
		if !ok {
			return h, noHours(rule)
		}
		spans, err := parseSpans(times)
		if err != nil {
			return h, err
		}
		which, err := parseDays(days)
		if err != nil {
			return h, err
		}
		for _, day := range which {
			h.Week[day] = spans
		}
	}
	return h, h.Check()
}

// parseDays reads "mo-fr", "sa" or "mo,we,fr".
func parseDays(text string) (days []time.Weekday, err error) {
	for _, part := range strings.Split(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := weekday(first), weekday(last)
		if from < 0 || to < 0 {
			return nil, noHours(text)
		}
		for day := from; ; day = (day + 1) % 7 { // sa-mo goes round the week's end
			days = append(days, time.Weekday(day))
			if day == to {
				break
			}
		}
	}
	return days, nil
}

func weekday(name string) int {
	for i, w := range weekdays {
		if w == name {
			return i
		}
	}
	return -1
}

// parseSpans reads "08:00-12:00,13:00-20:00" or "off".
func parseSpans(text string) (spans []lockhouse.Span, err error) {
	if text = strings.TrimSpace(text); text == "off" {
		return nil, nil
	}
	for _, part := range strings.Split(text, ",") {
		var fromH, fromM, toH, toM int
		if n, err := fmt.Sscanf(strings.TrimSpace(part), "%d:%d-%d:%d", &fromH, &fromM, &toH, &toM); n != 4 || err != nil ||
			fromM < 0 || fromM > 59 || toM < 0 || toM > 59 {
			return nil, noHours(part)
		}
		spans = append(spans, lockhouse.Span{FromMin: fromH*60 + fromM, ToMin: toH*60 + toM})
	}
	return spans, nil
}

func noHours(text string) error {
	return malformed("hours", "has %.60q; give 24/7 or rules like Mo-Fr 08:00-20:00; Sa 10:00-14:00", text)
}
