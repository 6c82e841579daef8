package checkout_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/checkout"
	"lockhouse/internal/bell"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// silent says nothing.
var silent = slog.New(slog.DiscardHandler)

// broken is a store that can be out of reach.
type broken struct {
	store.Store
	mu   sync.Mutex
	gone error
}

func (b *broken) View(ctx context.Context, do func(store.Tx) error) error {
	b.mu.Lock()
	gone := b.gone
	b.mu.Unlock()
	if gone != nil {
		return gone
	}
	return b.Store.View(ctx, do)
}

func (b *broken) set(gone error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = gone
}

// full keeps the room of a site with one small compartment, and says so like every room that does.
func full(t *testing.T, s store.Store, site lockhouse.SiteID, by int, say bool) {
	t.Helper()
	storetest.Update(t, s, func(tx store.Tx) error {
		room, err := tx.Room(site)
		if err == nil {
			err = room.Add(storetest.Today, storetest.Today+4, 1, by)
		}
		if err = errors.Join(err, tx.PutRoom(site, room)); err == nil && say {
			err = tx.Say(lockhouse.Event{Kind: lockhouse.EventRoomChanged, At: storetest.Noon, Site: site})
		}
		return err
	})
}

// TestFollow has one desk follow what another part of the house writes: rooms by events, sites by their version, and what
// nobody said by reading everything again.
func TestFollow(t *testing.T) {
	s := &broken{Store: sqlitetest.Open(t)}
	near, _ := storetest.Build(t, s, 1, 1, 0, 0)
	now := storetest.Noon
	var mu sync.Mutex
	desk := &checkout.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }}
	pass := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }

	s.set(errors.New("gone"))
	said := bell.New()
	ctx, stop := context.WithCancel(t.Context())
	var following sync.WaitGroup
	defer following.Wait()
	defer stop()
	following.Go(func() { desk.Follow(ctx, said, silent) })
	if _, err := desk.Offers(t.Context(), question()); lockhouse.CodeOf(err) != lockhouse.CodeUnavailable || !desk.AsOf().IsZero() {
		t.Fatalf("before anything was read: %v, as of %v", err, desk.AsOf())
	}
	s.set(nil)
	meanwhile := func() {}
	expect := func(why string, want ...lockhouse.SiteID) {
		t.Helper()
		said.Ring()
		var got []lockhouse.SiteID
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			meanwhile()
			a, err := desk.Offers(t.Context(), question())
			if err != nil {
				continue
			}
			got = nil
			for _, o := range a.Sites {
				got = append(got, o.Site.ID)
			}
			if slices.Equal(got, want) {
				return
			}
		}
		t.Fatalf("%s: %v, want %v", why, got, want)
	}
	expect("read", near.ID)
	far, _ := storetest.Build(t, s, 2, 1, 0, 0)
	expect("a new site", near.ID, far.ID)
	full(t, s, near.ID, 1, true)
	expect("full", far.ID)
	full(t, s, near.ID, -1, true)
	expect("free again", near.ID, far.ID)

	full(t, s, far.ID, 1, false)
	meanwhile = func() { pass(time.Second); said.Ring() } // and the next slice is due
	expect("full, though nobody said so", near.ID)
	meanwhile = func() {}

	s.set(errors.New("gone"))
	asOf := desk.AsOf()
	pass(time.Minute)
	expect("the store is gone", near.ID)
	if a, err := desk.Offers(t.Context(), question()); err != nil || a.AsOf.After(asOf.Add(10*time.Second)) {
		t.Fatalf("as of %v, %v; the store answered last at %v", a.AsOf, err, asOf)
	}
}

// TestManyAtOnce: more events and more sites than are read at once.
func TestManyAtOnce(t *testing.T) {
	s := sqlitetest.Open(t)
	desk := newDesk(s)
	storetest.Build(t, s, 0, 1, 0, 0)
	if err := desk.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	const sites = 450
	storetest.Update(t, s, func(tx store.Tx) error {
		for n := range sites {
			if err := tx.PutSite(storetest.Site(n)); err != nil {
				return err
			}
		}
		for range 2_500 {
			if err := tx.Say(lockhouse.Event{Kind: lockhouse.EventRoomChanged, At: storetest.Noon, Site: storetest.Site(7).ID}); err != nil {
				return err
			}
		}
		return nil
	})
	full(t, s, storetest.Site(0).ID, 1, true)
	if got, why := offered(t, desk, question()); got != nil || why != lockhouse.CodeFull {
		t.Fatalf("got %v because %q", got, why)
	}
	again := newDesk(s)
	if got, why := offered(t, again, question()); got != nil || why != lockhouse.CodeFull {
		t.Fatalf("read anew: %v because %q", got, why)
	}
	full(t, s, storetest.Site(0).ID, -1, true)
	for _, d := range []*checkout.Desk{desk, again} {
		if got, _ := offered(t, d, question()); len(got) != 1 {
			t.Fatalf("got %v", got)
		}
	}
}

// TestOwnRoom: a cart's own hold takes nothing from it, at the place where it stands among the others.
func TestOwnRoom(t *testing.T) {
	s := sqlitetest.Open(t)
	var sites []lockhouse.SiteID
	for n := 1; n <= 3; n++ {
		site, _ := storetest.Build(t, s, n, 1, 0, 0)
		sites = append(sites, site.ID)
	}
	desk := newDesk(s)
	h := lockhouse.Hold{ID: "hold_1", Shop: "shop_1", Reference: "cart", Site: sites[1], Size: "S", Rank: 1, From: storetest.Today, Until: storetest.Today + 4,
		State: lockhouse.HoldPlaced, LapsesAt: storetest.Noon.Add(time.Minute), PlacedAt: storetest.Noon, Dimensions: storetest.Book}
	storetest.Update(t, s, func(tx store.Tx) error { return tx.PutHold(h) })
	full(t, s, sites[1], 1, true)
	q := question()
	q.Shop = "shop_1"
	for reference, want := range map[string][]lockhouse.SiteID{"": {sites[0], sites[2]}, "other": {sites[0], sites[2]}, "cart": sites} {
		q.Reference = reference
		if got, _ := offered(t, desk, q); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", reference, got, want)
		}
	}
	q.Reference, q.Limit = "cart", 1
	q.Except = sites[0]
	if got, _ := offered(t, desk, q); !slices.Equal(got, sites[1:2]) {
		t.Errorf("one, and not the nearest: %v", got)
	}
	q.Except = sites[1]
	if got, _ := offered(t, desk, q); !slices.Equal(got, sites[:1]) {
		t.Errorf("its own has just refused: %v", got)
	}
}
