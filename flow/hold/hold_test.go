package hold_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/hold"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

const shop = lockhouse.ShopID("shop_1")

// till is a desk with a clock that the test turns.
type till struct {
	*hold.Desk
	now time.Time
}

func newTill(t testing.TB, s store.Store) *till {
	c := &till{now: storetest.Noon}
	c.Desk = &hold.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Random: rand.Reader, Now: func() time.Time { return c.now }}
	return c
}

func request(site lockhouse.SiteID, reference string) hold.Request {
	return hold.Request{Shop: shop, Reference: reference, Site: site, Dimensions: storetest.Book, Arrives: storetest.Today}
}

// place places a hold, or ends the test.
func (c *till) place(t *testing.T, r hold.Request) lockhouse.Hold {
	t.Helper()
	h, _, err := c.Place(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func wantCode(t *testing.T, err error, code lockhouse.Code) {
	t.Helper()
	if e, ok := errors.AsType[*lockhouse.Error](err); !ok || e.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// loadOf sums what is kept at a site over all days and ranks.
func loadOf(t *testing.T, s store.Store, site lockhouse.SiteID) (sum int) {
	t.Helper()
	storetest.View(t, s, func(tx store.Tx) error {
		room, err := tx.Room(site)
		for _, counts := range room.Kept() {
			for _, n := range counts {
				sum += int(n)
			}
		}
		return err
	})
	return sum
}

func TestContention(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 20, 20, 10)
	desk := newTill(t, s)
	const clients, compartments = 200, 50
	var all sync.WaitGroup
	told := make([]error, clients)
	start := make(chan struct{})
	for i := range clients {
		all.Go(func() {
			<-start
			_, _, told[i] = desk.Place(t.Context(), request(site.ID, fmt.Sprintf("cart-%d", i)))
		})
	}
	close(start)
	all.Wait()
	got, full := 0, 0
	for _, err := range told {
		switch {
		case err == nil:
			got++
		case lockhouse.CodeOf(err) == lockhouse.CodeFull:
			full++
		default:
			t.Errorf("neither room nor full: %v", err)
		}
	}
	if got != compartments || full != clients-compartments {
		t.Fatalf("%d got room and %d were told full; want %d and %d", got, full, compartments, clients-compartments)
	}
}

func TestSameRequestGivesSameHold(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	desk := newTill(t, s)
	first, created, err := desk.Place(t.Context(), request(site.ID, "cart"))
	if err != nil || !created {
		t.Fatal(created, err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			again, created, err := desk.Place(t.Context(), request(site.ID, "cart"))
			if err != nil || created || again != first {
				t.Errorf("got %+v, created %v, %v", again, created, err)
			}
		})
	}
	all.Wait()
	if n := loadOf(t, s, site.ID); n != first.Days() {
		t.Fatalf("%d room-days are kept for one hold of %d days", n, first.Days())
	}
}

func TestReplacement(t *testing.T) {
	s := sqlitetest.Open(t)
	one, _ := storetest.Build(t, s, 1, 1, 0, 0)
	two, _ := storetest.Build(t, s, 2, 1, 0, 0)
	desk := newTill(t, s)
	mine := desk.place(t, request(one.ID, "mine"))

	t.Run("the old room is free the moment the new one is kept", func(t *testing.T) {
		moved := desk.place(t, request(two.ID, "mine"))
		if moved.ID == mine.ID || moved.Site != two.ID {
			t.Fatalf("got %+v", moved)
		}
		desk.place(t, request(one.ID, "other"))
	})
	t.Run("refused, the old one stays", func(t *testing.T) {
		_, _, err := desk.Place(t.Context(), request(one.ID, "mine"))
		wantCode(t, err, lockhouse.CodeFull)
		got, err := desk.Get(t.Context(), shop, "mine")
		if err != nil || got.Site != two.ID || got.State != lockhouse.HoldPlaced {
			t.Fatalf("got %+v, %v", got, err)
		}
		if n := loadOf(t, s, two.ID); n != got.Days() {
			t.Fatalf("%d room-days kept, want %d", n, got.Days())
		}
	})
	t.Run("its own room is no hindrance", func(t *testing.T) {
		later := request(two.ID, "mine")
		later.Arrives++ // overlaps with what it has in the only compartment
		if got := desk.place(t, later); got.From != storetest.Today+1 {
			t.Fatalf("got %+v", got)
		}
	})
	t.Run("what was paid stays paid", func(t *testing.T) {
		if _, err := desk.Confirm(t.Context(), shop, "mine"); err != nil {
			t.Fatal(err)
		}
		got := desk.place(t, request(two.ID, "mine"))
		if got.State != lockhouse.HoldConfirmed || got.LapsesAt.Before(desk.now.Add(24*time.Hour)) {
			t.Fatalf("got %+v", got)
		}
	})
}

func TestLapse(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	desk := newTill(t, s)
	old := desk.place(t, request(site.ID, "old"))
	desk.now = old.LapsesAt.Add(-1)
	_, _, err := desk.Place(t.Context(), request(site.ID, "new"))
	wantCode(t, err, lockhouse.CodeFull)

	desk.now = old.LapsesAt
	seen, err := desk.Get(t.Context(), shop, "old")
	if err != nil || seen.State != lockhouse.HoldLapsed {
		t.Fatalf("got %+v, %v", seen, err)
	}
	_, err = desk.Extend(t.Context(), shop, "old")
	wantCode(t, err, lockhouse.CodeLapsed)
	desk.place(t, request(site.ID, "new")) // without any timer
	if gone, err := desk.Lapse(t.Context(), 10); gone != 0 || err != nil {
		t.Fatalf("the timer found %d more, %v", gone, err)
	}
	if n := loadOf(t, s, site.ID); n != old.Days() {
		t.Fatalf("%d room-days kept, want %d", n, old.Days())
	}
	_, err = desk.Confirm(t.Context(), shop, "old")
	wantCode(t, err, lockhouse.CodeFull)

	if _, err := desk.Release(t.Context(), shop, "new"); err != nil {
		t.Fatal(err)
	}
	back, err := desk.Confirm(t.Context(), shop, "old")
	if err != nil || back.State != lockhouse.HoldConfirmed || back.ID != old.ID {
		t.Fatalf("got %+v, %v", back, err)
	}
}

func TestTimerLapses(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 9, 0, 0)
	desk := newTill(t, s)
	for i := range 5 {
		desk.place(t, request(site.ID, fmt.Sprint("cart-", i)))
	}
	desk.now = desk.now.Add(hold.PlacedFor)
	for _, want := range []int{3, 2, 0} {
		if gone, err := desk.Lapse(t.Context(), 3); gone != want || err != nil {
			t.Fatalf("got %d, %v; want %d", gone, err, want)
		}
	}
	if n := loadOf(t, s, site.ID); n != 0 {
		t.Fatalf("%d room-days are left", n)
	}
}

// TestConfirmAfterDaysPassed: a hold that lapsed days ago takes room from today on, not in the past.
func TestConfirmAfterDaysPassed(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	desk := newTill(t, s)
	h := desk.place(t, request(site.ID, "cart"))
	desk.now = desk.now.AddDate(0, 0, 2)
	got, err := desk.Confirm(t.Context(), shop, "cart")
	if err != nil {
		t.Fatal(err)
	}
	if got.From != storetest.Today+2 || got.Days() != h.Days() {
		t.Fatalf("got %s to %s", got.From, got.Until)
	}
	zone, _ := site.Location()
	if want := (got.Until + 1).Start(zone); !got.LapsesAt.Equal(want) {
		t.Fatalf("lapses at %v, want the end of its last day, %v", got.LapsesAt, want)
	}
}

func TestExtendIsBounded(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	desk := newTill(t, s)
	h := desk.place(t, request(site.ID, "cart"))
	most := h.PlacedAt.Add(hold.MaxPlaced)
	for !h.LapsesAt.Equal(most) {
		desk.now = h.LapsesAt.Add(-time.Minute)
		next, err := desk.Extend(t.Context(), shop, "cart")
		if err != nil {
			t.Fatal(err)
		}
		if !next.LapsesAt.After(h.LapsesAt) || next.LapsesAt.After(most) {
			t.Fatalf("from %v to %v, at most %v", h.LapsesAt, next.LapsesAt, most)
		}
		h = next
	}
	_, err := desk.Extend(t.Context(), shop, "cart")
	wantCode(t, err, lockhouse.CodeConflict)
}

func TestRefusals(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	shut, _ := storetest.Build(t, s, 2, 1, 0, 0)
	storetest.Update(t, s, func(tx store.Tx) error { return tx.SetSiteClosed(shut.ID, true) })
	weekdays := storetest.Site(3)
	weekdays.Hours.Week[time.Sunday] = nil
	storetest.Update(t, s, func(tx store.Tx) error { return tx.PutSite(weekdays) })
	desk := newTill(t, s)
	for name, c := range map[string]struct {
		change func(*hold.Request)
		code   lockhouse.Code
	}{
		"no reference":           {func(r *hold.Request) { r.Reference = "" }, lockhouse.CodeMalformed},
		"a path as reference":    {func(r *hold.Request) { r.Reference = "a/../b" }, lockhouse.CodeMalformed},
		"a long reference":       {func(r *hold.Request) { r.Reference = string(make([]byte, 65)) }, lockhouse.CodeMalformed},
		"centimetres":            {func(r *hold.Request) { r.Dimensions.HeightMM = 0 }, lockhouse.CodeMalformed},
		"fits nowhere":           {func(r *hold.Request) { r.Dimensions.LengthMM = 900 }, lockhouse.CodeTooLarge},
		"fits not here":          {func(r *hold.Request) { r.Dimensions = storetest.Lamp }, lockhouse.CodeTooLarge},
		"unknown site":           {func(r *hold.Request) { r.Site = "site_none" }, lockhouse.CodeNotFound},
		"yesterday":              {func(r *hold.Request) { r.Arrives-- }, lockhouse.CodePast},
		"next year":              {func(r *hold.Request) { r.Arrives += 365 }, lockhouse.CodeMalformed},
		"a site that closed":     {func(r *hold.Request) { r.Site = shut.ID }, lockhouse.CodeClosed},
		"a day on which it does": {func(r *hold.Request) { r.Site, r.Arrives = weekdays.ID, storetest.Today+6 }, lockhouse.CodeClosed},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(site.ID, "cart")
			c.change(&r)
			_, _, err := desk.Place(t.Context(), r)
			wantCode(t, err, c.code)
			_, err = desk.Get(t.Context(), shop, "cart")
			wantCode(t, err, lockhouse.CodeNotFound)
		})
	}
	if n := loadOf(t, s, site.ID); n != 0 {
		t.Fatalf("refusals left %d room-days", n)
	}
}

func TestForeignHold(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	desk := newTill(t, s)
	desk.place(t, request(site.ID, "cart"))
	for name, verb := range map[string]func(context.Context, lockhouse.ShopID, string) (lockhouse.Hold, error){
		"get": desk.Get, "extend": desk.Extend, "confirm": desk.Confirm, "release": desk.Release,
	} {
		h, err := verb(t.Context(), "shop_2", "cart")
		if lockhouse.CodeOf(err) != lockhouse.CodeNotFound || h.ID != "" {
			t.Errorf("%s: got %+v, %v", name, h, err)
		}
	}
}

func TestReleasedAndConfirmed(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	desk := newTill(t, s)
	desk.place(t, request(site.ID, "cart"))
	for range 2 {
		if h, err := desk.Release(t.Context(), shop, "cart"); err != nil || h.State != lockhouse.HoldReleased {
			t.Fatal(h, err)
		}
	}
	_, err := desk.Confirm(t.Context(), shop, "cart")
	wantCode(t, err, lockhouse.CodeConflict)
	_, err = desk.Extend(t.Context(), shop, "cart")
	wantCode(t, err, lockhouse.CodeConflict)
	desk.place(t, request(site.ID, "cart"))
	once, err := desk.Confirm(t.Context(), shop, "cart")
	if err != nil {
		t.Fatal(err)
	}
	twice, err := desk.Confirm(t.Context(), shop, "cart")
	if err != nil || twice != once {
		t.Fatalf("got %+v, %v; want %+v", twice, err, once)
	}
}

// TestDaysOfTheSite: what day it is, is the site's to say, also where a day has 23 or 25 hours.
func TestDaysOfTheSite(t *testing.T) {
	s := sqlitetest.Open(t)
	far := storetest.Site(1)
	far.Zone = "Pacific/Kiritimati" // UTC+14
	locker, boxes := storetest.Locker(far.ID, 1, 9, 0, 0)
	home := storetest.Site(2)
	homeLocker, homeBoxes := storetest.Locker(home.ID, 2, 9, 0, 0)
	storetest.Update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.PutSite(far), tx.InsertLocker(locker, boxes), tx.PutSite(home), tx.InsertLocker(homeLocker, homeBoxes))
	})
	desk := newTill(t, s)
	_, _, err := desk.Place(t.Context(), request(far.ID, "far")) // there it is tomorrow already
	wantCode(t, err, lockhouse.CodePast)

	zone, _ := home.Location()
	for _, day := range []string{"2026-03-08", "2026-11-01"} { // clocks go forward, and back
		d, err := lockhouse.ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		desk.now = (d + 1).Start(zone).Add(-time.Second) // a second before midnight
		r := request(home.ID, "cart-"+day)
		r.Arrives = d
		h := desk.place(t, r)
		if h.From != d || h.Until != d+4 {
			t.Errorf("%s: room from %s to %s", day, h.From, h.Until)
		}
		desk.now = desk.now.Add(time.Second)
		r.Reference += "-late"
		_, _, err = desk.Place(t.Context(), r)
		wantCode(t, err, lockhouse.CodePast)
	}
}
