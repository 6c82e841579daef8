package flow_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/backup"
	"lockhouse/store/sqlite"
	"lockhouse/store/storetest"
)

// TestRestored: a network that was restored from yesterday's backup hears from its locker what it has forgotten, and knows
// again where each parcel is.
func TestRestored(t *testing.T) {
	file, elsewhere := filepath.Join(t.TempDir(), "a.db"), filepath.Join(t.TempDir(), "b.db")
	w := newHouse(t, opened(t, file), 1, 1, 1)
	gone, there := w.announce(t, "gone", storetest.Book), w.announce(t, "there", storetest.Boots)
	first := w.sign(lockhouse.ReceiptStored, gone, 1, 7)
	w.accept(t, first)
	stream := backedUp(t, file)

	var since []store.SignedReceipt
	for _, r := range []store.SignedReceipt{w.sign(lockhouse.ReceiptCollected, gone, 1, 7), w.sign(lockhouse.ReceiptStored, there, 2, 3)} {
		w.accept(t, r)
		since = append(since, r)
	}
	want := []lockhouse.Parcel{w.parcel(t, gone.ID), w.parcel(t, there.ID)}

	restored(t, stream, elsewhere)
	after := furnished(opened(t, elsewhere))
	if p := after.parcel(t, gone.ID); p.State != lockhouse.ParcelDroppedOff {
		t.Fatalf("in the backup it is %s", p.State)
	}
	tally, err := after.fleet.AcceptOwn(t.Context(), w.box.ID, append([]store.SignedReceipt{first}, since...))
	if err != nil || tally.Duplicate != 1 || tally.Fresh != 2 || tally.Applied != 3 {
		t.Fatalf("%+v, %v", tally, err)
	}
	for i, p := range []lockhouse.Parcel{after.parcel(t, gone.ID), after.parcel(t, there.ID)} {
		if p != want[i] {
			t.Errorf("it is %+v, and was %+v", p, want[i])
		}
	}
}

func opened(t *testing.T, file string) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func backedUp(t *testing.T, file string) []byte {
	t.Helper()
	source, err := sqlite.OpenSource(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var out bytes.Buffer
	if _, err := backup.Write(t.Context(), &out, source, "test", storetest.Noon, nil, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func restored(t *testing.T, stream []byte, file string) {
	t.Helper()
	whole, err := backup.Verify(bytes.NewReader(stream), func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	sink, err := sqlite.NewSink(t.Context(), file, whole.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Read(t.Context(), bytes.NewReader(stream), sink, whole.All(), func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	if err := sink.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
}
