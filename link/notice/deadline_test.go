package notice

import (
	"testing"
	"time"
)

func TestMidnightIsTheEndOfADay(t *testing.T) {
	for until, want := range map[string]string{
		"2026-11-26T00:00:00Z": "2026-11-25T23:59:00Z",
		"2026-11-26T00:01:00Z": "2026-11-26T00:01:00Z",
		"2026-11-26T18:00:00Z": "2026-11-26T18:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, until)
		if err != nil {
			t.Fatal(err)
		}
		if got := lastMinute(at).Format(time.RFC3339); got != want {
			t.Errorf("%s is said as %s, want %s", until, got, want)
		}
	}
}
