package world_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/sim/radio"
	"lockhouse/sim/world"
	"lockhouse/store"
)

// patience is how long a test waits for something that the world does by itself. No test asserts how long it takes.
const patience = 90 * time.Second

// stage is a world, seen from in front of one of its lockers.
type stage struct {
	*world.World
	t     *testing.T
	radio *radio.Radio // nil in a world without one
	at    int          // which locker
	dir   string       // everything that the world keeps
}

// raise opens a world with so many sites, on the air.
func raise(t *testing.T, sites int) *stage {
	t.Helper()
	return raiseLogged(t, sites, slog.DiscardHandler)
}

// raiseLogged is raise with somebody who reads the log.
func raiseLogged(t *testing.T, sites int, log slog.Handler) *stage {
	t.Helper()
	return raiseAs(t, world.Config{Sites: sites, Log: slog.New(log)})
}

// raiseAs opens a world as it is described, on the air.
func raiseAs(t *testing.T, c world.Config) *stage {
	t.Helper()
	air, err := radio.Start(t.Context(), radio.Options{})
	must(t, err)
	t.Cleanup(air.Close)
	s := &stage{t: t, radio: air}
	c.Radio = air.Address()
	s.begin(c)
	return s
}

// raiseWithoutRadio opens a world in which nobody has Bluetooth.
func raiseWithoutRadio(t *testing.T, sites int) *stage {
	t.Helper()
	s := &stage{t: t}
	s.begin(world.Config{Sites: sites, Log: slog.New(slog.DiscardHandler)})
	return s
}

func (s *stage) begin(c world.Config) {
	s.t.Helper()
	s.dir = s.t.TempDir()
	c.Dir, c.Version = s.dir, "test"
	w, err := world.Open(s.t.Context(), c)
	must(s.t, err)
	s.t.Cleanup(func() { must(s.t, w.Close()) })
	s.World = w
	s.onAir()
}

// in is the same stage in a sub-test.
func (s *stage) in(t *testing.T) *stage {
	sub := *s
	sub.t = t
	return &sub
}

// before is the same world, in front of another of its lockers.
func (s *stage) before(locker int) *stage {
	other := *s
	other.at = locker
	return &other
}

// stand is the locker that one stands in front of.
func (s *stage) stand() *world.Stand { return s.Lockers()[s.at] }

// onAir waits until every locker has read its doors and can be found.
func (s *stage) onAir() {
	s.t.Helper()
	if s.radio != nil {
		ctx, cancel := context.WithTimeout(s.t.Context(), patience)
		defer cancel()
		must(s.t, s.radio.Await(ctx, func(all []radio.Locker) bool { return len(all) == len(s.Lockers()) }))
	}
	for _, l := range s.Lockers() {
		s.until("the doors are read", l.Ready)
	}
}

func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// opens waits until a door of the locker is open, and the locker has seen it: nobody's hand is faster than that.
func (s *stage) opens(compartment int) {
	s.t.Helper()
	s.until(fmt.Sprintf("door %d is open", compartment), func() bool {
		return s.open()[compartment] && seenOpen(s.stand().Agent(), compartment)
	})
}

func seenOpen(a *agent.Agent, compartment int) bool {
	for _, v := range a.Doors() {
		if v.Number == compartment {
			return v.Door == lockhouse.DoorOpen
		}
	}
	return false
}

// open gives the open doors of the locker.
func (s *stage) open() map[int]bool {
	open := map[int]bool{}
	for _, d := range s.stand().Cabinet.Look() {
		if d.Open {
			open[d.Number] = true
		}
	}
	return open
}

// pulses counts how often the locker's locks were driven.
func (s *stage) pulses() (n int) {
	for _, d := range s.stand().Cabinet.Look() {
		n += d.Pulses
	}
	return n
}

// receipts counts what the network has of the locker, by kind.
func (s *stage) receipts() map[lockhouse.ReceiptKind]int {
	s.t.Helper()
	kinds := map[lockhouse.ReceiptKind]int{}
	must(s.t, s.Network().Store().View(s.t.Context(), func(tx store.Tx) error {
		all, err := tx.ReceiptsAfter(s.stand().Noun.ID, 0, 1_000)
		for _, r := range all {
			kinds[r.Kind]++
		}
		return err
	}))
	return kinds
}
