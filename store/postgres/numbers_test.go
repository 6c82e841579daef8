package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/postgres"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/storetest"
)

// TestNumbersGoOnAfterACopy puts in rows of a server that had seen more transactions, as pg_restore does. As they are, the
// next event would be numbered below the mark and never be heard: the store is refused until it was migrated.
func TestNumbersGoOnAfterACopy(t *testing.T) {
	o := postgres.Options{URL: pgtest.URL(t)}
	conn, err := pgx.Connect(t.Context(), o.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	const copied = int64(1) << 50
	if _, err := conn.Exec(t.Context(), `INSERT INTO events VALUES ($1, 'locker.started', 0, '', '', '', '', '', 0, '')`, copied); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Open(t.Context(), o); lockhouse.CodeOf(err) != lockhouse.CodeConflict || !strings.Contains(err.Error(), "lockhouse migrate") {
		t.Fatalf("opened, or nobody says what to do: %v", err)
	}
	if err := postgres.Migrate(t.Context(), o, func(string) {}); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		storetest.Update(t, s, func(tx store.Tx) error {
			return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: time.Now()})
		})
	}
	storetest.View(t, s, func(tx store.Tx) error {
		after, err := tx.EventsAfter(copied, 9)
		if len(after) != 2 {
			t.Errorf("%d events after the copied one: %+v", len(after), after)
		}
		return err
	})
}

// TestTooManyEventsInATransaction: beyond the limit the transaction fails, and no two events have one number.
func TestTooManyEventsInATransaction(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	const numbers = `SELECT count(DISTINCT event_numbers(1)) FROM generate_series(1, $1::int)`
	for _, most := range []int{65_535, 65_535} { // each transaction begins anew
		var n int
		if err := conn.QueryRow(t.Context(), numbers, most).Scan(&n); err != nil || n != most {
			t.Fatalf("%d numbers, %v", n, err)
		}
	}
	if err := conn.QueryRow(t.Context(), numbers, 65_536).Scan(new(int)); err == nil {
		t.Error("one more was numbered")
	}
	if err := conn.QueryRow(t.Context(), `SELECT event_numbers(65536)`).Scan(new(int)); err == nil {
		t.Error("one more was numbered at once")
	}
}
