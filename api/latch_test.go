package api

import (
	"testing"

	"lockhouse"
)

// TestWaysToLockersAreFew: for one person, for one locker, and on a node; whoever is beyond is told when to come back, and a
// place that was left is free.
func TestWaysToLockersAreFew(t *testing.T) {
	var r relays
	enter := func(p, l string, want lockhouse.Code) {
		t.Helper()
		err := r.enter(p, lockhouse.LockerID(l))
		if want == "" && err != nil || want != "" && lockhouse.CodeOf(err) != want {
			t.Errorf("%s at %s: %v, want %q", p, l, err, want)
		}
		if e, ok := err.(*lockhouse.Error); ok && e.Facts["retry_after_s"] == nil {
			t.Errorf("%v does not say when to come back", err)
		}
	}
	enter("ada", "1", "")
	enter("ada", "2", "")
	enter("ada", "3", lockhouse.CodeTooMany)
	r.leave("ada", "2")
	enter("ada", "3", "")
	for _, p := range []string{"ben", "cam", "dot"} {
		enter(p, "1", "")
	}
	enter("eve", "1", lockhouse.CodeUnavailable)
	r.leave("ben", "1")
	enter("eve", "1", "")
	for n := r.all; n < maxRelays; n++ {
		id := string(rune(0x1000 + n))
		enter(id, id, "")
	}
	enter("zoe", "9", lockhouse.CodeUnavailable)
	if len(r.callers) > maxRelays || len(r.lockers) > maxRelays {
		t.Errorf("%d persons and %d lockers are remembered", len(r.callers), len(r.lockers))
	}
}
