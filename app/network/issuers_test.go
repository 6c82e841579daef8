package network

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/storetest"
)

// TestIssuerChanges: the next key is made and told of, signs once every locker knows it, wherever the change is cut, and the former
// one is forgotten when nothing that it signed can be good any more.
func TestIssuerChanges(t *testing.T) {
	c := Defaults()
	c.DataDir = t.TempDir()
	now := time.Now()
	start := func() *Network {
		t.Helper()
		n, err := Open(t.Context(), c, Parts{Now: func() time.Time { return now }, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	n := start()
	_, locker := storetest.Build(t, n.Store(), 1, 1, 0, 0)
	first := n.IssuerKey()
	keeps := func(version uint64) {
		storetest.Update(t, n.Store(), func(tx store.Tx) error { return tx.SetActualVersion(locker.ID, version) })
	}
	told := func() [][]byte {
		t.Helper()
		want, err := n.Fleet().Desired(t.Context(), locker.ID)
		if err != nil {
			t.Fatal(err)
		}
		return want.Issuers
	}
	again := func() {
		t.Helper()
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		n = start()
	}
	if err := n.SwitchIssuer(t.Context()); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Fatalf("a switch to nothing: %v", err)
	}
	for range 2 {
		if err := n.NextIssuer(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	again()
	both := told()
	if len(both) != 2 || !bytes.Equal(both[0], first) || !bytes.Equal(n.IssuerKey(), first) {
		t.Fatalf("told of %d keys", len(both))
	}
	if err := n.SwitchIssuer(t.Context()); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Fatalf("a locker does not know the next key yet: %v", err)
	}
	keeps(1)
	next, err := os.ReadFile(filepath.Join(c.DataDir, nextIssuerFile))
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(filepath.Join(c.DataDir, issuerFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.SwitchIssuer(t.Context()); err != nil {
		t.Fatal(err)
	}
	again()
	if bytes.Equal(n.IssuerKey(), first) || len(told()) != 2 {
		t.Fatal("it did not switch")
	}
	for name, text := range map[string][]byte{issuerFile: was, nextIssuerFile: next} { // as if the switch had been cut, or on another node
		if err := os.WriteFile(filepath.Join(c.DataDir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second := n.IssuerKey()
	again()
	if !bytes.Equal(n.IssuerKey(), second) || len(told()) != 2 {
		t.Fatal("what was decided was not finished")
	}
	if err := n.ForgetIssuer(t.Context(), false); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Fatalf("the former key is forgotten too early: %v", err)
	}
	now = now.Add(46 * 24 * time.Hour)
	if err := n.ForgetIssuer(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	again()
	if got := told(); len(got) != 1 || !bytes.Equal(got[0], second) {
		t.Errorf("told of %d keys", len(got))
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}
