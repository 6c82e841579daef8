package postgres_test

import (
	"path/filepath"
	"testing"

	"lockhouse"
	"lockhouse/internal/postgrestest"
	"lockhouse/store"
	"lockhouse/store/backup"
	"lockhouse/store/postgres"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/sqlite"
	"lockhouse/store/storetest"
)

func TestCarry(t *testing.T) {
	for name, c := range map[string]struct{ from, to storetest.Carrier }{
		"to itself": {database(t, "a"), database(t, "b")}, "to SQLite": {database(t, "c"), file(t)}, "from SQLite": {file(t), database(t, "d")},
	} {
		t.Run(name, func(t *testing.T) { storetest.Carry(t, c.from, c.to) })
	}
}

func database(t *testing.T, name string) storetest.Carrier {
	url, err := postgrestest.Shared(t).Create(t.Context(), "carried_"+name)
	if err != nil {
		t.Fatal(err)
	}
	options := postgres.Options{URL: url}
	open := func(t *testing.T) store.Store {
		s, err := postgres.Open(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	return storetest.Carrier{
		Open: func(t *testing.T) (store.Store, func() (backup.Source, error)) {
			if err := postgres.Migrate(t.Context(), options, func(string) {}); err != nil {
				t.Fatal(err)
			}
			return open(t), func() (backup.Source, error) { return postgres.OpenSource(t.Context(), options) }
		},
		Empty: func(t *testing.T, schema int64) backup.Sink {
			s, err := postgres.NewSink(t.Context(), options, schema)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		Filled: open,
	}
}

func file(t *testing.T) storetest.Carrier {
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

// TestSinkRefuses: a database in use is not touched, nor is a newer schema taken for ours.
func TestSinkRefuses(t *testing.T) {
	options := postgres.Options{URL: pgtest.URL(t)}
	if _, err := postgres.NewSink(t.Context(), options, 9999); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("a newer schema:", err)
	}
	if _, err := postgres.NewSink(t.Context(), options, 3); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("an older schema than any:", err)
	}
	s, err := postgres.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.Build(t, s, 1, 1, 0, 0)
	source, err := postgres.OpenSource(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if _, err := postgres.NewSink(t.Context(), options, source.Schema()); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("over a store:", err)
	}
}
