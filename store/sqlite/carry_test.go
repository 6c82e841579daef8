package sqlite_test

import (
	"path/filepath"
	"testing"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/backup"
	"lockhouse/store/sqlite"
	"lockhouse/store/storetest"
)

func TestCarry(t *testing.T) { storetest.Carry(t, carrier(t), carrier(t)) }

func carrier(t *testing.T) storetest.Carrier {
	path := filepath.Join(t.TempDir(), "lockhouse.db")
	open := func(t *testing.T) store.Store {
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	return storetest.Carrier{
		Open: func(t *testing.T) (store.Store, func() (backup.Source, error)) {
			return open(t), func() (backup.Source, error) { return sqlite.OpenSource(t.Context(), path) }
		},
		Empty: func(t *testing.T, schema int64) backup.Sink {
			s, err := sqlite.NewSink(t.Context(), path, schema)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		Filled: open,
	}
}

// TestSinkRefuses: a store that is there is not touched, nor is a newer schema taken for ours; and what was not finished is
// no store.
func TestSinkRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lockhouse.db")
	if _, err := sqlite.NewSink(t.Context(), path, 9999); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("a newer schema:", err)
	}
	for range 2 { // what the first has left does not stand in the way
		sink, err := sqlite.NewSink(t.Context(), path, 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sqlite.OpenSource(t.Context(), path); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Error("what was not finished is a store:", err)
	}
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := sqlite.NewSink(t.Context(), path, 3); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("over a store:", err)
	}
}
