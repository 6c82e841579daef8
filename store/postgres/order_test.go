package postgres_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lockhouse"
	"lockhouse/flow/hold"
	"lockhouse/store"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/storetest"
)

// TestParcelsEventsInTheirOrder: a transaction that began before another and came to a parcel after it says what it says
// behind the other, although its number is lower. One that began first holds something else meanwhile.
func TestParcelsEventsInTheirOrder(t *testing.T) {
	s := pgtest.Open(t)
	site, locker := storetest.Build(t, s, 1, 1, 0, 0)
	p := storetest.Parcel(site.ID, 1)
	storetest.Update(t, s, func(tx store.Tx) error { return tx.InsertParcel(p) })
	speak := func(tx store.Tx, note string) error {
		known, err := tx.ParcelByRef(p.Ref)
		if err != nil {
			return err
		}
		return tx.Say(lockhouse.Event{Kind: lockhouse.EventParcelOverdue, At: storetest.Noon, Parcel: known.ID, Note: note})
	}
	begun, done := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(begun); <-done })
	var older sync.WaitGroup
	older.Go(func() {
		if err := s.Update(t.Context(), func(tx store.Tx) error {
			if err := tx.SetHeard(locker.ID, storetest.Noon); err != nil {
				return err
			}
			if _, err := tx.Heard(locker.ID); err != nil { // it depends on the write, which is sent: the transaction has its number
				return err
			}
			once()
			return speak(tx, "second")
		}); err != nil {
			t.Error(err)
		}
	})
	<-begun
	storetest.Update(t, s, func(tx store.Tx) error { return speak(tx, "first") })
	close(done)
	older.Wait()
	var notes []string
	storetest.View(t, s, func(tx store.Tx) error {
		line, err := tx.Timeline(p.ID)
		for _, e := range line {
			notes = append(notes, e.Note)
		}
		return err
	})
	if !slices.Equal(notes, []string{"first", "second"}) {
		t.Errorf("the timeline is %q", notes)
	}
}

// TestHoldsChangePlaces: holds that move between two sites in both directions wait for each other, and never each for the other.
func TestHoldsChangePlaces(t *testing.T) {
	const carts, moves = 16, 6
	url := pgtest.URL(t)
	s := pgtest.OpenURL(t, url)
	var sites [2]lockhouse.Site
	for i := range sites {
		sites[i], _ = storetest.Build(t, s, i+1, carts, 0, 0)
	}
	desk := &hold.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Random: rand.Reader, Now: func() time.Time { return storetest.Noon }}
	var all sync.WaitGroup
	for cart := range carts {
		all.Go(func() {
			for move := range moves {
				_, _, err := desk.Place(t.Context(), hold.Request{Shop: "shop_1", Reference: fmt.Sprint("cart-", cart), Site: sites[(cart+move)%2].ID,
					Dimensions: storetest.Book, Arrives: storetest.Today})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := s.Close(); err != nil { // whose sessions then tell what they have counted
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var deadlocks, moved int
	if err := conn.QueryRow(t.Context(), `SELECT deadlocks, tup_updated FROM pg_stat_database WHERE datname = current_database()`).Scan(&deadlocks, &moved); err != nil {
		t.Fatal(err)
	}
	if deadlocks > 0 || moved < carts*moves {
		t.Errorf("%d deadlocks in %d changes", deadlocks, moved)
	}
}
