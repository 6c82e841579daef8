package sqlite_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"lockhouse/store"
	"lockhouse/store/sqlite"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
	"lockhouse/trust/person"
)

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Engine{
		Open: func(t *testing.T) store.Store { return sqlitetest.Open(t) },
		Book: func(t *testing.T) person.Book { return sqlite.NewBook(newSeal(t)) },
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
