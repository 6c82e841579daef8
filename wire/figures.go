package wire

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"lockhouse"
)

// Limits of what a locker says and keeps of its own figures.
const (
	MaxFigureDays     = 8 // in one message: 6 kB each at most
	MaxFigureDaysKept = 35
	MaxFiguresBytes   = MaxFigureDaysKept * 7 << 10 // of what is kept
)

// Figures is what a locker measured of itself, day by day: those days that the network may not have yet, the oldest first, and the
// one that is going on. Each is cumulative; the one that is counted further replaces the other.
type Figures struct {
	Kind string              `json:"kind"`
	Days []lockhouse.Figures `json:"days"`
}

// Counted says that the network has a locker's figures: of all days that were said before this one, and of this one up to that second.
type Counted struct {
	Kind     string        `json:"kind"`
	Day      lockhouse.Day `json:"day"`
	ThroughS int           `json:"through_s"`
}

// EncodeFigures gives days as a locker keeps them.
func EncodeFigures(days []lockhouse.Figures) ([]byte, error) {
	return json.Marshal(days, json.Deterministic(true))
}

// DecodeFigures reads what EncodeFigures gave. Days out of order and values out of their range are refused.
func DecodeFigures(data []byte) (days []lockhouse.Figures, err error) {
	if len(data) > MaxFiguresBytes {
		return nil, fmt.Errorf("figures: %d bytes, at most %d are read", len(data), MaxFiguresBytes)
	}
	if err := json.Unmarshal(data, &days, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	if !daysInRange(days, MaxFigureDaysKept) {
		return nil, errors.New("figures: a value out of its range")
	}
	return days, nil
}

func daysInRange(days []lockhouse.Figures, most int) bool {
	for i, f := range days {
		if !f.InRange() || i > 0 && f.Day <= days[i-1].Day {
			return false
		}
	}
	return len(days) > 0 && len(days) <= most
}
