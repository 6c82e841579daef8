package postgres_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"testing"

	"lockhouse/internal/postgrestest"
	"lockhouse/store"
	"lockhouse/store/postgres"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/storetest"
	"lockhouse/trust/person"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Engine{
		Open: func(t *testing.T) store.Store { return pgtest.Open(t) },
		Book: func(t *testing.T) person.Book { return postgres.NewBook(newSeal(t)) },
	})
}

func newSeal(t *testing.T) *person.Seal {
	t.Helper()
	seal, err := person.NewSeal(bytes.Repeat([]byte{7}, person.MasterKeyBytes), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return seal
}
