package world_test

import (
	"log/slog"
	"testing"

	"lockhouse"
	"lockhouse/edge/board"
	"lockhouse/sim/world"
)

// The whole demo comes up: a locker at each of the eight sites, with boards of every dialect among them, and each sees all
// its doors shut.
func TestLockersOfEveryDialectComeUp(t *testing.T) {
	s := &stage{t: t}
	s.begin(world.Config{Sites: 8, Log: slog.New(slog.DiscardHandler)})
	seen := map[string]bool{}
	for _, l := range s.Lockers() {
		seen[l.Dialect] = true
		for number, door := range l.Agent().Health().Doors {
			if door != lockhouse.DoorShut {
				t.Errorf("%s, %s: compartment %d is %s", l.Site.ID, l.Dialect, number, door)
			}
		}
	}
	for _, name := range board.Names() {
		if !seen[name] {
			t.Errorf("no locker of the demo has boards of the dialect %s", name)
		}
	}
}
