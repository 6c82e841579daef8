package network

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/internal/postgrestest"
	"lockhouse/store/postgres/pgtest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

// onPostgres is a node of a network whose store is a PostgreSQL database, named in a file.
func onPostgres(t *testing.T, url string) Config {
	t.Helper()
	c := config(t)
	c.Store.URLFile = filepath.Join(t.TempDir(), "store.url")
	if err := os.WriteFile(c.Store.URLFile, []byte(url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestKeysOfTheNodes: the first node makes the keys; another needs the same, and makes none of its own.
func TestKeysOfTheNodes(t *testing.T) {
	url := pgtest.URL(t)
	first, second := onPostgres(t, url), onPostgres(t, url)
	n := open(t, first, io.Discard)
	defer n.Close()
	refused := func(says string) {
		t.Helper()
		other, err := Open(t.Context(), second, parts(time.Now, io.Discard))
		if err == nil {
			t.Fatal("a node with other keys came in", other.Close())
		}
		if !strings.Contains(lockhouse.SentenceOf(err), says) {
			t.Fatal(err)
		}
	}
	refused("There is no " + filepath.Join(second.DataDir, issuerFile))
	for _, name := range []string{issuerFile, peopleFile} {
		for _, of := range []string{issuerFile, peopleFile} {
			copyFile(t, filepath.Join(first.DataDir, of), filepath.Join(second.DataDir, of))
		}
		foreign := open(t, config(t), io.Discard)
		copyFile(t, filepath.Join(foreign.config.DataDir, name), filepath.Join(second.DataDir, name))
		if err := foreign.Close(); err != nil {
			t.Fatal(err)
		}
		refused(name + " is not the key that this store was begun with")
		copyFile(t, filepath.Join(first.DataDir, name), filepath.Join(second.DataDir, name))
	}
	same := open(t, second, io.Discard)
	if string(same.IssuerKey()) != string(n.IssuerKey()) {
		t.Error("two nodes sign with two keys")
	}
	if err := same.Close(); err != nil {
		t.Error(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err := errors.Join(err, os.WriteFile(to, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestMigrateIsAsked: nothing is served on a database without a schema, and the refusal names the command; after it, it is.
func TestMigrateIsAsked(t *testing.T) {
	url, err := postgrestest.Shared(t).Create(t.Context(), "not_migrated")
	if err != nil {
		t.Fatal(err)
	}
	c := onPostgres(t, url)
	if n, err := Open(t.Context(), c, parts(time.Now, io.Discard)); err == nil || !strings.Contains(err.Error(), "Run: lockhouse migrate") {
		t.Fatal(n, err)
	}
	var steps []string
	if err := Migrate(t.Context(), c, func(step string) { steps = append(steps, step) }); err != nil {
		t.Fatal(err)
	}
	if len(steps) < 2 || strings.Contains(strings.Join(steps, "\n"), "postgres://") {
		t.Errorf("said %q", steps)
	}
	if err := open(t, c, io.Discard).Close(); err != nil {
		t.Error(err)
	}
}
