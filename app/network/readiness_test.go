package network

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/watch"
)

// TestReadiness: what each check is for. The network does not serve, so the bus is not there, which is said and not vital.
func TestReadiness(t *testing.T) {
	c := config(t)
	clock := &movable{at: time.Now()}
	n, err := Open(t.Context(), c, parts(clock.now, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	look := func(want bool, check, state string) {
		t.Helper()
		clock.advance(time.Second)
		ready, found := n.watching.ready.Look(t.Context())
		names := map[string]string{}
		for _, f := range found {
			if _, twice := names[f.Check]; twice {
				t.Errorf("%s is looked at twice", f.Check)
			}
			names[f.Check] = f.State
		}
		if ready != want || names[check] != state {
			t.Errorf("ready %t, %s %s: %+v", ready, check, names[check], found)
		}
	}
	look(false, "sites are read", watch.Failing)
	if err := n.Checkout().Read(t.Context(), n.parts.Log); err != nil {
		t.Fatal(err)
	}
	look(true, "bus", watch.Degraded)

	n.watching.writes.note(clock.now(), lockhouse.Refuse(lockhouse.CodeUnavailable, "The disk is full."), context.Background())
	look(false, "store writes", watch.Failing)
	clock.advance(writesFailFor) // somebody has to try again
	if err := n.Checkout().CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	look(true, "store writes", watch.OK)
	n.watching.writes.note(clock.now(), errors.New("a refusal of its own"), context.Background())
	look(true, "store writes", watch.OK)

	n.config.Watch.DiskFloorMB = 1 << 40
	look(false, "room on the disk", watch.Failing)
	n.config.Watch.DiskFloorMB = c.Watch.DiskFloorMB
	n.watching.backlog.unheard.Count = maxUnheard
	look(true, "events are heard", watch.Degraded)
	if !n.watching.behind() {
		t.Error("shops are not sent away")
	}
}
