package sqlite

import (
	"errors"
	"testing"

	"lockhouse"
	"lockhouse/store"
)

// TestMoveThatWasKilled: while a move lives, whoever opens the file leaves its logs alone, and a second move is refused. When it
// was killed, the next who opens the file takes the logs away, or every change would be written down for ever.
func TestMoveThatWasKilled(t *testing.T) {
	s, path := opened(t)
	m, err := OpenMoving(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Begin(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenMoving(t.Context(), path); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("a second move:", err)
	}
	reopened(t, path)
	update(t, s, func(tx store.Tx) error { return tx.PutWebhook(lockhouse.Webhook{Shop: "shop_2", URL: "two"}) })
	if n, _, err := m.CatchUp(t.Context(), func([]Changes) error { return nil }); n == 0 || err != nil {
		t.Errorf("%d changes were written down, %v", n, err)
	}
	if err := m.Close(); err != nil { // as the kernel does it
		t.Fatal(err)
	}
	reopened(t, path)
	update(t, s, func(in store.Tx) error {
		left, err := all(in.(*tx), (*row).text, `SELECT name FROM sqlite_schema WHERE name LIKE 'moving%'`)
		if len(left) > 0 {
			t.Error("left:", left)
		}
		return err
	})
}

func reopened(t *testing.T, path string) {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}
