package main

import (
	"testing"

	"lockhouse/store/past"
)

// TestHotTablesHoldTheLiving: after parcels have lived and gone, every table in daily use has as many rows beside ten times
// the past, and as many as before they came; what is behind them is found.
func TestHotTablesHoldTheLiving(t *testing.T) {
	p := plan{sizes: []int{300, 3_000}, lockers: 40, rounds: 2, lives: 60, clients: 8, lookups: 20, engine: "sqlite", dir: t.TempDir()}
	if _, err := measure(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	e := files(p.dir)
	few, many := rowsOf(t, e, p.sizes[0]), rowsOf(t, e, p.sizes[1])
	lived := int64(p.rounds * p.lives)
	for _, table := range []string{"holds", "parcels", "deliveries", "tries"} {
		if few[table] != 0 || many[table] != 0 {
			t.Errorf("%s has %d and %d rows when nothing is alive", table, few[table], many[table])
		}
	}
	for _, table := range []string{"events", "notices", "receipts", "rooms", "walks", "outbox"} {
		if few[table] != many[table] {
			t.Errorf("%s has %d rows beside few parcels, %d beside many", table, few[table], many[table])
		}
	}
	if many["events"] > 2 || many["notices"] > 1 {
		t.Errorf("%d events and %d notices stay", many["events"], many["notices"])
	}
	atLockers := int64(p.lives / livesEach * p.rounds) // visited once each, with the receipts of three parcels: a strand went
	if most := atLockers * (livesEach*perParcel - past.StrandReceipts); many["receipts"] > most {
		t.Errorf("%d receipts stay, at most %d fill no strand", many["receipts"], most)
	}
	for i, has := range []map[string]int64{few, many} {
		if want := int64(p.sizes[i]) + lived; has["past"] != want || has["past_names"] != 2*want {
			t.Errorf("%d in the past with %d names, want %d", has["past"], has["past_names"], want)
		}
	}
}

func rowsOf(t *testing.T, e engine, parcels int) map[string]int64 {
	t.Helper()
	source, err := e.source(t.Context(), nameOf(parcels))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	rows := map[string]int64{}
	for _, table := range source.Tables() {
		if rows[table.Name], err = source.Count(t.Context(), table.Name); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}
