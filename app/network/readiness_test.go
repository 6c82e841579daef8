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
	look := func(want watch.State, check string, state watch.State) {
		t.Helper()
		clock.advance(time.Second)
		all, found := n.watching.ready.Look(t.Context())
		names := map[string]watch.State{}
		for _, f := range found {
			if _, twice := names[f.Check]; twice {
				t.Errorf("%s is looked at twice", f.Check)
			}
			names[f.Check] = f.State
		}
		if all != want || names[check] != state {
			t.Errorf("all is %s, %s %s: %+v", all, check, names[check], found)
		}
	}
	look(watch.Failing, "sites are read", watch.Failing)
	if err := n.Checkout().Read(t.Context(), n.parts.Log); err != nil {
		t.Fatal(err)
	}
	look(watch.Degraded, "bus", watch.Degraded)

	n.watching.writes.note(clock.now(), lockhouse.Refuse(lockhouse.CodeUnavailable, "The disk is full."), context.Background())
	look(watch.Failing, "store writes", watch.Failing)
	clock.advance(writesFailFor) // somebody has to try again
	if err := n.Checkout().CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	look(watch.Degraded, "store writes", watch.OK)
	n.watching.writes.note(clock.now(), errors.New("a refusal of its own"), context.Background())
	look(watch.Degraded, "store writes", watch.OK)

	n.config.Watch.DiskFloorMB = 1 << 40
	look(watch.Failing, "room on the disk", watch.Failing)
	n.config.Watch.DiskFloorMB = c.Watch.DiskFloorMB
	n.watching.backlog.unheard.Count = maxUnheard
	look(watch.Degraded, "events are heard", watch.Degraded)
	if !n.watching.behind() {
		t.Error("shops are not sent away")
	}
}
