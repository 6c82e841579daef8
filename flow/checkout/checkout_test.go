package checkout_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/checkout"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

func newDesk(s store.Store) *checkout.Desk {
	return &checkout.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Now: func() time.Time { return storetest.Noon }}
}

func question() checkout.Question {
	return checkout.Question{Near: storetest.Site(0).Point, Dimensions: storetest.Book, Day: storetest.Today}
}

// ask has the desk catch up with the store before it is asked: what follows by itself, follows a moment later.
func ask(t testing.TB, d *checkout.Desk, q checkout.Question) (checkout.Answer, error) {
	t.Helper()
	if err := d.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d.Offers(t.Context(), q)
}

// offered gives the ids of the sites that are offered, or why there are none.
func offered(t *testing.T, d *checkout.Desk, q checkout.Question) (ids []lockhouse.SiteID, why lockhouse.Code) {
	t.Helper()
	a, err := ask(t, d, q)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range a.Sites {
		ids = append(ids, o.Site.ID)
	}
	if a.NoneBecause != nil {
		why = a.NoneBecause.Code
	}
	return ids, why
}

func TestNearestFirst(t *testing.T) {
	s := sqlitetest.Open(t)
	for n := 4; n > 0; n-- {
		storetest.Build(t, s, n, 1, 0, 0)
	}
	desk := newDesk(s)
	q := question()
	q.Limit = 3
	a, err := ask(t, desk, q)
	if err != nil || len(a.Sites) != 3 || a.Size.Name != "S" {
		t.Fatalf("got %+v, %v", a, err)
	}
	for i, o := range a.Sites {
		if want := storetest.Site(i + 1); o.Site.ID != want.ID || o.DistanceM < 111*(i+1) || o.DistanceM > 112*(i+1) || o.From != q.Day || o.Until != q.Day+4 {
			t.Errorf("offer %d: %s, %d m away, %s to %s", i, o.Site.ID, o.DistanceM, o.From, o.Until)
		}
	}
}

// TestFollowsChanges: what an operator does to sites is seen by the next question.
func TestFollowsChanges(t *testing.T) {
	s := sqlitetest.Open(t)
	near, _ := storetest.Build(t, s, 1, 1, 0, 0)
	far, _ := storetest.Build(t, s, 2, 1, 0, 0)
	desk := newDesk(s)
	expect := func(want ...lockhouse.SiteID) {
		t.Helper()
		if got, _ := offered(t, desk, question()); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	expect(near.ID, far.ID)
	storetest.Update(t, s, func(tx store.Tx) error { return tx.SetSiteClosed(near.ID, true) })
	expect(far.ID)
	near.Point.Lat += 1
	storetest.Update(t, s, func(tx store.Tx) error { return tx.PutSite(near) })
	expect(far.ID, near.ID)
	storetest.Build(t, s, 0, 1, 0, 0)
	expect(storetest.Site(0).ID, far.ID, near.ID)
}

func TestFiltersAndReasons(t *testing.T) {
	s := sqlitetest.Open(t)
	library := storetest.Site(1)
	library.Kind, library.Guarded, library.StepFree = lockhouse.HostLibrary, false, false
	library.Hours.Week[storetest.Today.Weekday()] = nil
	locker, boxes := storetest.Locker(library.ID, 1, 1, 0, 0)
	storetest.Update(t, s, func(tx store.Tx) error {
		if err := tx.PutSite(library); err != nil {
			return err
		}
		return tx.InsertLocker(locker, boxes)
	})
	police, _ := storetest.Build(t, s, 2, 1, 1, 0)
	desk := newDesk(s)
	for name, c := range map[string]struct {
		ask  func(*checkout.Question)
		want []lockhouse.SiteID
		why  lockhouse.Code
	}{
		"any":                    {func(q *checkout.Question) { q.Day++ }, []lockhouse.SiteID{library.ID, police.ID}, ""},
		"never a police station": {func(q *checkout.Question) { q.Day++; q.NotKinds = []lockhouse.HostKind{lockhouse.HostPolice} }, []lockhouse.SiteID{library.ID}, ""},
		"police only":            {func(q *checkout.Question) { q.Kinds = []lockhouse.HostKind{lockhouse.HostPolice} }, []lockhouse.SiteID{police.ID}, ""},
		"guarded":                {func(q *checkout.Question) { q.Day++; q.Guarded = true }, []lockhouse.SiteID{police.ID}, ""},
		"step-free":              {func(q *checkout.Question) { q.Day++; q.StepFree = true }, []lockhouse.SiteID{police.ID}, ""},
		"closed that day":        {func(q *checkout.Question) { q.Kinds = []lockhouse.HostKind{lockhouse.HostLibrary} }, nil, lockhouse.CodeClosed},
		"no such kind here":      {func(q *checkout.Question) { q.Kinds = []lockhouse.HostKind{lockhouse.HostBank} }, nil, lockhouse.CodeNotFound},
		"yesterday":              {func(q *checkout.Question) { q.Day-- }, nil, lockhouse.CodePast},
		"too large for the site": {func(q *checkout.Question) {
			q.Day++
			q.Dimensions, q.Kinds = storetest.Boots, []lockhouse.HostKind{lockhouse.HostLibrary}
		}, nil, lockhouse.CodeTooLarge},
		"too large for all": {func(q *checkout.Question) { q.Dimensions = storetest.Lamp }, nil, lockhouse.CodeTooLarge},
		"too large to be":   {func(q *checkout.Question) { q.Dimensions.LengthMM = 900 }, nil, lockhouse.CodeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			q := question()
			c.ask(&q)
			if got, why := offered(t, desk, q); !slices.Equal(got, c.want) || why != c.why {
				t.Errorf("got %v because %q, want %v because %q", got, why, c.want, c.why)
			}
		})
	}
}

func TestTooLargeSaysByHowMuch(t *testing.T) {
	q := question()
	q.Dimensions = lockhouse.Dimensions{LengthMM: 300, WidthMM: 420, HeightMM: 900, Grams: 400}
	a, err := ask(t, newDesk(sqlitetest.Open(t)), q)
	if err != nil || a.NoneBecause == nil {
		t.Fatal(a, err)
	}
	if f := a.NoneBecause.Facts; f["limit"] != "middle_edge_mm" || f["over"] != 10 {
		t.Errorf("got %v", f)
	}
}

func TestFull(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	desk := newDesk(s)
	storetest.Update(t, s, func(tx store.Tx) error {
		return storetest.KeepRoom(tx, site.ID, storetest.Today+4, storetest.Today+4, 1, 1)
	})
	if got, why := offered(t, desk, question()); got != nil || why != lockhouse.CodeFull {
		t.Fatalf("got %v because %q", got, why)
	}
	q := question()
	q.Day += 5
	if got, _ := offered(t, desk, q); len(got) != 1 {
		t.Fatal("full on days that are free")
	}
}

func TestBadQuestions(t *testing.T) {
	desk := newDesk(sqlitetest.Open(t))
	for name, spoil := range map[string]func(*checkout.Question){
		"beyond the pole":     func(q *checkout.Question) { q.Near.Lat = 90.1 },
		"beyond the line":     func(q *checkout.Question) { q.Near.Lon = -181 },
		"no weight":           func(q *checkout.Question) { q.Dimensions.Grams = 0 },
		"kilometres":          func(q *checkout.Question) { q.Dimensions.LengthMM = 5_001 },
		"an unknown kind":     func(q *checkout.Question) { q.Kinds = []lockhouse.HostKind{"castle"} },
		"unknown and not":     func(q *checkout.Question) { q.NotKinds = []lockhouse.HostKind{"castle"} },
		"too many":            func(q *checkout.Question) { q.Limit = checkout.MaxOffers + 1 },
		"fewer than none":     func(q *checkout.Question) { q.Limit = -1 },
		"a path as reference": func(q *checkout.Question) { q.Reference = "../x" },
	} {
		q := question()
		spoil(&q)
		if _, err := desk.Offers(t.Context(), q); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, why := offered(t, desk, question()); why != lockhouse.CodeNotFound {
		t.Errorf("a network without sites: %q", why)
	}
}

// TestOpeningHours: what is said of now is the site's now.
func TestOpeningHours(t *testing.T) {
	s := sqlitetest.Open(t)
	site := storetest.Site(1)
	site.Hours = lockhouse.Hours{}
	site.Hours.Week[storetest.Today.Weekday()] = []lockhouse.Span{{FromMin: 13 * 60, ToMin: 20 * 60}}
	locker, boxes := storetest.Locker(site.ID, 1, 1, 0, 0)
	storetest.Update(t, s, func(tx store.Tx) error {
		if err := tx.PutSite(site); err != nil {
			return err
		}
		return tx.InsertLocker(locker, boxes)
	})
	a, err := ask(t, newDesk(s), question())
	if err != nil || len(a.Sites) != 1 {
		t.Fatal(a, err)
	}
	if o := a.Sites[0]; o.OpenNow || !o.NextOpening.Equal(storetest.Noon.Add(time.Hour)) {
		t.Errorf("open now %v, next %v", o.OpenNow, o.NextOpening)
	}
}

// BenchmarkOffers asks a city of 1,405 sites, every second of which is full.
func BenchmarkOffers(b *testing.B) {
	s := sqlitetest.Open(b)
	storetest.Update(b, s, func(tx store.Tx) error {
		for n := range 1_405 {
			site := storetest.Site(n)
			site.Point.Lon += float64(n%37) / 1_000
			locker, boxes := storetest.Locker(site.ID, n, 1, 1, 1)
			locker.ID = lockhouse.LockerIDOf([8]byte{6: byte(n >> 8), 7: byte(n)})
			if err := tx.PutSite(site); err != nil {
				return err
			}
			if err := tx.InsertLocker(locker, boxes); err != nil {
				return err
			}
			if err := storetest.KeepRoom(tx, site.ID, storetest.Today, storetest.Today+4, 1, 3*(n%2)); err != nil {
				return err
			}
		}
		return nil
	})
	desk := newDesk(s)
	if err := desk.CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			q := question()
			q.Near = storetest.Site(n % 1_405).Point
			if a, err := desk.Offers(b.Context(), q); err != nil || len(a.Sites) != 10 {
				b.Error(fmt.Sprint(a, err))
			}
		}
	})
}
