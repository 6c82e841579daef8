// Package pgtest opens real PostgreSQL stores for tests: a database of its own for each, on one server for each test
// binary, as durable as in production. A package that uses it ends its tests by postgrestest.Main.
package pgtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"lockhouse/internal/postgrestest"
	"lockhouse/store/postgres"
)

// template is a migrated, empty database, which is copied for each test.
const template = "lockhouse_empty"

var (
	migrated   sync.Once
	migrateErr error
	databases  atomic.Int64
)

// Open gives an empty store that is closed when the test ends.
func Open(t testing.TB) *postgres.Store {
	t.Helper()
	return OpenURL(t, URL(t))
}

// OpenURL gives a store on a database that is there: another node's.
func OpenURL(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// URL gives the address of an empty, migrated database.
func URL(t testing.TB) string {
	t.Helper()
	server := postgrestest.Shared(t)
	migrated.Do(func() { migrateErr = prepare(server) })
	if migrateErr != nil {
		t.Fatal(migrateErr)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := command(server, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	return server.URL(name)
}

func prepare(server *postgrestest.Server) error {
	url, err := server.Create(context.Background(), template)
	if err != nil {
		return err
	}
	return postgres.Migrate(context.Background(), postgres.Options{URL: url}, func(string) {})
}

func command(server *postgrestest.Server, sql string) error {
	conn, err := pgx.Connect(context.Background(), server.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), sql)
	return err
}
