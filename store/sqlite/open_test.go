package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3/driver"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/sqlite"
	"lockhouse/store/storetest"
	"lockhouse/trust/person"
)

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lockhouse.db")
	for round := range 2 {
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			storetest.Build(t, s, 1, 1, 0, 0)
		}
		storetest.View(t, s, func(tx store.Tx) error { _, err := tx.Site(storetest.Site(1).ID); return err })
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		err = s.Update(t.Context(), func(store.Tx) error { return nil })
		if lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
			t.Errorf("after closing: %v", err)
		}
		err = s.View(t.Context(), func(store.Tx) error { return nil })
		if lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
			t.Errorf("after closing: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("closing again: %v", err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the file: %v, %v", info.Mode(), err)
	}
}

// TestNewerFile: an older binary does not touch what a newer one wrote.
func TestNewerFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lockhouse.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := driver.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = sqlite.Open(t.Context(), path)
	if lockhouse.CodeOf(err) != lockhouse.CodeConflict || !strings.Contains(err.Error(), "newer") {
		t.Fatalf("got %v", err)
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lockhouse.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database "), 1_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := sqlite.Open(t.Context(), path); err == nil {
		t.Error("a text file was opened as a store", s.Close())
	}
	if s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "no", "such", "folder", "x.db")); err == nil {
		t.Error("a file in no folder was opened", s.Close())
	}
}

// TestNoNameOnDisk: what a contact says stands nowhere in the files, and after forgetting not even its seal.
func TestNoNameOnDisk(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "lockhouse.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	book := sqlite.NewBook(newSeal(t))
	c := person.Contact{Name: "Rosalind Unforgettable", Email: "rosalind@franklin.example", Phone: "+12025550199"}
	storetest.Update(t, s, func(tx store.Tx) error {
		_, err := book.Keep(tx, "per_1", c, storetest.Noon)
		return err
	})
	contains := func(secret string) bool {
		t.Helper()
		files, err := filepath.Glob(path + "*")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			content, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(content, []byte(secret)) {
				return true
			}
		}
		return false
	}
	for _, secret := range []string{c.Name, c.Email, c.Phone, "rosalind", "Unforgettable"} {
		if contains(secret) {
			t.Errorf("%q stands in the file", secret)
		}
	}
	if !contains("per_1") {
		t.Fatal("not even the id stands in the file: this test looks in the wrong place")
	}
	storetest.Update(t, s, func(tx store.Tx) error { return book.Forget(tx, "per_1") })
	if err := s.Close(); err != nil { // moves the log into the file
		t.Fatal(err)
	}
	if contains("per_1") {
		t.Error("a forgotten person's record is still in the file")
	}
}
