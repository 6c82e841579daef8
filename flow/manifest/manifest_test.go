package manifest_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/manifest"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

func wantCode(t *testing.T, err error, code lockhouse.Code) {
	t.Helper()
	if e, ok := errors.AsType[*lockhouse.Error](err); !ok || e.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// counter is a desk on a store with one compartment at one site, and a placed hold for "order" in it.
type counter struct {
	manifest.Desk
	now  time.Time
	hold lockhouse.Hold
}

func newCounter(t *testing.T, s store.Store) *counter {
	t.Helper()
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	c := &counter{now: storetest.Noon, hold: storetest.Hold(site.ID, "order")}
	c.Desk = manifest.Desk{Store: s, Random: rand.Reader, Now: func() time.Time { return c.now }}
	storetest.Update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.PutHold(c.hold), storetest.KeepRoom(tx, site.ID, c.hold.From, c.hold.Until, 1, 1))
	})
	return c
}

var order = manifest.Order{Shop: "shop_1", Reference: "order", Tracking: "1Z999"}

func nobody(store.Tx, lockhouse.Parcel) error { return nil }

func TestAnnounce(t *testing.T) {
	s := sqlitetest.Open(t)
	c := newCounter(t, s)
	kept := 0
	with := func(tx store.Tx, p lockhouse.Parcel) error {
		kept++
		_, err := tx.Parcel(p.ID) // what api keeps belongs to a parcel that is there
		return err
	}
	p, created, err := c.Announce(t.Context(), order, with)
	if err != nil || !created || p.State != lockhouse.ParcelAnnounced || p.Site != c.hold.Site || p.Person == "" {
		t.Fatalf("got %+v, created %v, %v", p, created, err)
	}
	again, created, err := c.Announce(t.Context(), order, with)
	if err != nil || created || again != p || kept != 2 {
		t.Fatalf("got %+v, created %v, %v; kept %d times", again, created, err, kept)
	}
	other := order
	other.Tracking = "1Z000"
	_, _, err = c.Announce(t.Context(), other, with)
	wantCode(t, err, lockhouse.CodeConflict)
	got, line, err := c.Get(t.Context(), "shop_1", "order")
	if err != nil || got != p || len(line) != 1 {
		t.Fatalf("got %+v with %d events, %v", got, len(line), err)
	}
	_, _, err = c.Get(t.Context(), "shop_2", "order")
	wantCode(t, err, lockhouse.CodeNotFound)
}

// TestAnnounceIsWhole: where the person can't be kept, there is no parcel and the hold is as it was.
func TestAnnounceIsWhole(t *testing.T) {
	s := sqlitetest.Open(t)
	c := newCounter(t, s)
	mine := errors.New("mine")
	if _, _, err := c.Announce(t.Context(), order, func(store.Tx, lockhouse.Parcel) error { return mine }); !errors.Is(err, mine) {
		t.Fatal(err)
	}
	storetest.View(t, s, func(tx store.Tx) error {
		h, err := tx.Hold("shop_1", "order")
		if err != nil || h != c.hold {
			t.Errorf("got %+v, %v", h, err)
		}
		_, err = tx.ParcelOfShop("shop_1", "order")
		wantCode(t, err, lockhouse.CodeNotFound)
		return nil
	})
}

// TestAnnounceAfterLapse: room is taken again if there is any.
func TestAnnounceAfterLapse(t *testing.T) {
	t.Run("there is room", func(t *testing.T) {
		c := newCounter(t, sqlitetest.Open(t))
		c.now = c.hold.LapsesAt.AddDate(0, 0, 2)
		p, _, err := c.Announce(t.Context(), order, nobody)
		if err != nil {
			t.Fatal(err)
		}
		storetest.View(t, c.Store, func(tx store.Tx) error {
			h, err := tx.HoldByID(p.Hold)
			if err != nil || h.From != storetest.Today+2 || h.State != lockhouse.HoldConverted || h.Parcel != p.ID {
				t.Errorf("got %+v, %v", h, err)
			}
			room, err := tx.Room(p.Site)
			days := 0
			for range room.Kept() {
				days++
			}
			if err != nil || days != h.Days() {
				t.Errorf("counted on %d days, want %d; %v", days, h.Days(), err)
			}
			return nil
		})
	})
	t.Run("another has it", func(t *testing.T) {
		c := newCounter(t, sqlitetest.Open(t))
		storetest.Update(t, c.Store, func(tx store.Tx) error {
			mine, other := c.hold, storetest.Hold(c.hold.Site, "other")
			mine.State, other.State = lockhouse.HoldLapsed, lockhouse.HoldConverted
			return errors.Join(tx.PutHold(mine), tx.PutHold(other)) // the counted room is the other's now
		})
		_, _, err := c.Announce(t.Context(), order, nobody)
		wantCode(t, err, lockhouse.CodeFull)
	})
}

func TestAnnounceRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		order  manifest.Order
		before func(store.Tx, lockhouse.Hold) error
		code   lockhouse.Code
	}{
		"no hold":           {manifest.Order{Shop: "shop_1", Reference: "other", Tracking: "1Z"}, nil, lockhouse.CodeNotFound},
		"another's hold":    {manifest.Order{Shop: "shop_2", Reference: "order", Tracking: "1Z"}, nil, lockhouse.CodeNotFound},
		"no tracking":       {manifest.Order{Shop: "shop_1", Reference: "order"}, nil, lockhouse.CodeMalformed},
		"a name in it":      {manifest.Order{Shop: "shop_1", Reference: "order", Tracking: "Ada L."}, nil, lockhouse.CodeMalformed},
		"a bad reference":   {manifest.Order{Shop: "shop_1", Reference: "-order", Tracking: "1Z"}, nil, lockhouse.CodeMalformed},
		"the site closed":   {order, func(tx store.Tx, h lockhouse.Hold) error { return tx.SetSiteClosed(h.Site, true) }, lockhouse.CodeClosed},
		"the hold released": {order, func(tx store.Tx, h lockhouse.Hold) error { h.State = lockhouse.HoldReleased; return tx.PutHold(h) }, lockhouse.CodeConflict},
		"a number in use": {order, func(tx store.Tx, h lockhouse.Hold) error {
			p := storetest.Parcel(h.Site, 7)
			p.Tracking = order.Tracking
			return tx.InsertParcel(p)
		}, lockhouse.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			s := sqlitetest.Open(t)
			desk := newCounter(t, s)
			if c.before != nil {
				storetest.Update(t, s, func(tx store.Tx) error { return c.before(tx, desk.hold) })
			}
			_, _, err := desk.Announce(t.Context(), c.order, nobody)
			wantCode(t, err, c.code)
		})
	}
}

func TestFaultsBothWays(t *testing.T) {
	for how, fault := range map[string]storetest.Fault{"not done": storetest.NotDone, "done, not told": storetest.NotTold} {
		t.Run(how, func(t *testing.T) {
			faulty := &storetest.Faulty{Store: sqlitetest.Open(t)}
			c := newCounter(t, faulty)
			faulty.Next = fault
			if _, _, err := c.Announce(t.Context(), order, nobody); !errors.Is(err, storetest.ErrFault) {
				t.Fatal(err)
			}
			p, _, err := c.Announce(t.Context(), order, nobody)
			if err != nil {
				t.Fatal(err)
			}
			faulty.Next = fault
			if _, err := c.HandedOver(t.Context(), p.Tracking); !errors.Is(err, storetest.ErrFault) {
				t.Fatal(err)
			}
			p, err = c.HandedOver(t.Context(), p.Tracking)
			if err != nil || p.State != lockhouse.ParcelInTransit {
				t.Fatal(p, err)
			}
			_, line, err := c.Get(t.Context(), "shop_1", "order")
			if err != nil || len(line) != 2 {
				t.Fatalf("%d events, want announced and in transit, once each; %v", len(line), err)
			}
		})
	}
}
