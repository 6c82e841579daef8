package hold_test

import (
	"context"
	"errors"
	"testing"

	"lockhouse"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// TestFaultsBothWays breaks each verb's transaction in both ways and asks again in the same words: what is there in the
// end is what would be there without the fault, and room is kept once.
func TestFaultsBothWays(t *testing.T) {
	type verb func(*till, context.Context, lockhouse.SiteID) (lockhouse.Hold, error)
	place := func(d *till, ctx context.Context, site lockhouse.SiteID) (lockhouse.Hold, error) {
		h, _, err := d.Place(ctx, request(site, "cart"))
		return h, err
	}
	for name, c := range map[string]struct {
		before []verb
		verb   verb
		state  lockhouse.HoldState
		days   int
	}{
		"place": {nil, place, lockhouse.HoldPlaced, 5},
		"confirm": {[]verb{place}, func(d *till, ctx context.Context, _ lockhouse.SiteID) (lockhouse.Hold, error) {
			return d.Confirm(ctx, shop, "cart")
		}, lockhouse.HoldConfirmed, 5},
		"release": {[]verb{place}, func(d *till, ctx context.Context, _ lockhouse.SiteID) (lockhouse.Hold, error) {
			return d.Release(ctx, shop, "cart")
		}, lockhouse.HoldReleased, 0},
		"extend": {[]verb{place}, func(d *till, ctx context.Context, _ lockhouse.SiteID) (lockhouse.Hold, error) {
			return d.Extend(ctx, shop, "cart")
		}, lockhouse.HoldPlaced, 5},
	} {
		for how, fault := range map[string]storetest.Fault{"not done": storetest.NotDone, "done, not told": storetest.NotTold} {
			t.Run(name+" "+how, func(t *testing.T) {
				s := sqlitetest.Open(t)
				site, _ := storetest.Build(t, s, 1, 1, 0, 0)
				faulty := &storetest.Faulty{Store: s}
				desk := newTill(t, faulty)
				for _, b := range c.before {
					if _, err := b(desk, t.Context(), site.ID); err != nil {
						t.Fatal(err)
					}
				}
				faulty.Next = fault
				if _, err := c.verb(desk, t.Context(), site.ID); !errors.Is(err, storetest.ErrFault) {
					t.Fatalf("the fault was not seen: %v", err)
				}
				again, err := c.verb(desk, t.Context(), site.ID)
				if err != nil || again.State != c.state {
					t.Fatalf("asked again: %+v, %v", again, err)
				}
				if n := loadOf(t, s, site.ID); n != c.days {
					t.Fatalf("%d room-days kept, want %d", n, c.days)
				}
			})
		}
	}
}
