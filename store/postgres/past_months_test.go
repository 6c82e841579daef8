package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/postgres"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/storetest"
)

// TestMonths: what is moved lies in its month, which is made ahead of it and dropped as a whole; nothing lies in the rest.
func TestMonths(t *testing.T) {
	url := pgtest.URL(t)
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	moves := []time.Time{storetest.Noon, storetest.Noon.AddDate(0, 3, 0)}
	for i, at := range moves {
		p := storetest.Parcel(site.ID, i)
		p.State, p.EndedAt = lockhouse.ParcelCollected, at.AddDate(0, 0, -7)
		storetest.Update(t, s, func(tx store.Tx) error { return tx.InsertParcel(p) })
		storetest.Update(t, s, func(tx store.Tx) error { _, err := tx.MoveParcels(at, time.Time{}, at, 9); return err })
	}
	same(t, rowsOf(t, url), map[string]int{"past_2026_11": 1, "past_2026_12": 0, "past_2027_02": 1, "past_2027_03": 0, "past_rest": 0})
	for done := 1; done > 0; {
		storetest.Update(t, s, func(tx store.Tx) (err error) { done, err = tx.DropPast(storetest.Noon.AddDate(0, 1, 0), 9); return err })
	}
	same(t, rowsOf(t, url), map[string]int{"past_2026_12": 0, "past_2027_02": 1, "past_2027_03": 0, "past_rest": 0})
	storetest.View(t, s, func(tx store.Tx) error {
		if _, err := tx.Parcel(storetest.Parcel(site.ID, 0).ID); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
			t.Error("what was dropped is found:", err)
		}
		_, err := tx.Parcel(storetest.Parcel(site.ID, 1).ID)
		return err
	})
}

func same(t *testing.T, got, want map[string]int) {
	t.Helper()
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is there", name)
		}
	}
	for name, n := range want {
		if is, ok := got[name]; !ok || is != n {
			t.Errorf("%s has %d rows (%v), want %d", name, is, ok, n)
		}
	}
}

// rowsOf counts the rows of each part of the past.
func rowsOf(t *testing.T, url string) map[string]int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT relname::text, (SELECT count(*) FROM past WHERE past.tableoid = pg_class.oid)
		FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'past'::regclass`)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]int{}
	var name string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&name, &n}, func() error { parts[name] = n; return nil }); err != nil {
		t.Fatal(err)
	}
	return parts
}
