package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/internal/postgrestest"
	"lockhouse/store"
	"lockhouse/store/backup"
	"lockhouse/store/postgres"
	"lockhouse/store/sqlite"
	"lockhouse/store/storetest"
)

// writers place, change and take away holds until the store does not keep any more.
type writers struct {
	all  sync.WaitGroup
	mu   sync.Mutex
	kept map[string]lockhouse.HoldState // as they were acknowledged last
	end  []error
}

func startWriters(s store.Store, site lockhouse.SiteID, n int) *writers {
	w := &writers{kept: map[string]lockhouse.HoldState{}}
	for client := range n {
		w.all.Go(func() {
			for i := 0; ; i++ {
				if err := w.one(s, site, fmt.Sprintf("%d-%d", client, i/2), i%2 == 1); err != nil {
					w.mu.Lock()
					w.end = append(w.end, err)
					w.mu.Unlock()
					return
				}
			}
		})
	}
	return w
}

func (w *writers) one(s store.Store, site lockhouse.SiteID, reference string, again bool) error {
	h := storetest.Hold(site, reference)
	if again {
		h.State = lockhouse.HoldReleased
	}
	err := s.Update(context.Background(), func(tx store.Tx) error {
		return errors.Join(tx.PutHold(h), tx.Say(lockhouse.Event{Kind: lockhouse.EventHoldPlaced, At: storetest.Noon, Hold: h.ID}))
	})
	if err == nil {
		w.mu.Lock()
		w.kept[reference] = h.State
		w.mu.Unlock()
	}
	return err
}

func (w *writers) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.kept)
}

// TestMove moves a store from SQLite to PostgreSQL under writers, after a move that was broken off: what was acknowledged
// is there, once, nobody writes to the file any more, and the network starts on the other.
func TestMove(t *testing.T) {
	c := config(t)
	n := open(t, c, io.Discard)
	defer n.Close()
	site, _ := storetest.Build(t, n.store, 1, 1, 0, 0)
	url, err := postgrestest.Shared(t).Create(t.Context(), "moved")
	if err != nil {
		t.Fatal(err)
	}
	there := onPostgres(t, url)
	there.DataDir = c.DataDir
	plan := MovePlan{To: there.Store, Now: time.Now, Say: func(s string) { t.Log(s) }, Progress: func(int64, int64) {}}

	w := startWriters(n.store, site.ID, 8)
	ctx, breakOff := context.WithCancel(t.Context())
	broken := plan
	broken.Progress = func(done, _ int64) {
		if done > 10 {
			breakOff()
		}
	}
	if err := Move(ctx, c, broken); err == nil {
		t.Fatal("it was not broken off")
	}
	before := w.count()
	if err := Move(t.Context(), c, plan); err != nil {
		t.Fatal(err)
	}
	w.all.Wait()
	if w.count() == before {
		t.Error("nothing was written while it moved")
	}
	for _, err := range w.end {
		if lockhouse.CodeOf(err) != lockhouse.CodeUnavailable || !strings.Contains(err.Error(), "moving") {
			t.Errorf("a writer ended with: %v", err)
		}
	}
	if _, err := sqlite.Open(t.Context(), filepath.Join(c.DataDir, databaseFile)); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("the file is opened again:", err)
	}
	found(t, there, w)
	if err := Move(t.Context(), c, plan); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("moved a second time:", err)
	}
}

// found opens the network on its other store and looks for all that was acknowledged.
func found(t *testing.T, c Config, w *writers) {
	t.Helper()
	n := open(t, c, io.Discard)
	defer n.Close()
	storetest.View(t, n.store, func(tx store.Tx) error {
		for reference, state := range w.kept {
			h, err := tx.Hold("shop_1", reference)
			if err != nil || h.State != state {
				t.Errorf("hold %s was acknowledged as %s and is %s, %v", reference, state, h.State, err)
			}
		}
		return nil
	})
	storetest.Update(t, n.store, func(tx store.Tx) error {
		return errors.Join(tx.PutHold(storetest.Hold(storetest.Site(1).ID, "goes on")), tx.Say(lockhouse.Event{Kind: lockhouse.EventHoldPlaced}))
	})
}

// TestMoveCutOffAfterTheSwitch: the file refuses writes, the database is not released; the next move ends it.
func TestMoveCutOffAfterTheSwitch(t *testing.T) {
	c := config(t)
	n := open(t, c, io.Discard)
	site, _ := storetest.Build(t, n.store, 1, 1, 0, 0)
	w := &writers{kept: map[string]lockhouse.HoldState{}}
	if err := errors.Join(w.one(n.store, site.ID, "one", false), n.Close()); err != nil {
		t.Fatal(err)
	}
	url, err := postgrestest.Shared(t).Create(t.Context(), "cut_off")
	if err != nil {
		t.Fatal(err)
	}
	there, to := onPostgres(t, url), postgres.Options{URL: url}
	there.DataDir = c.DataDir
	plan := MovePlan{To: there.Store, Now: time.Now, Say: func(string) {}, Progress: func(int64, int64) {}}
	file := filepath.Join(c.DataDir, databaseFile)
	m, err := sqlite.OpenMoving(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	none := func([]sqlite.Changes) error { return nil }
	if err := errors.Join(plan.copyAll(t.Context(), m, file, to),
		m.Switch(t.Context(), to.Describe(), time.Now(), none, func(backup.Source) error { return nil }), m.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), there, parts(time.Now, io.Discard)); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("a database that is not whole is opened:", err)
	}
	if err := Move(t.Context(), c, plan); err != nil {
		t.Fatal(err)
	}
	found(t, there, w)
}

// TestMoveKeepsPasswordsOffTheCommandLine: where every user of the machine can read them.
func TestMoveKeepsPasswordsOffTheCommandLine(t *testing.T) {
	c := config(t)
	for _, to := range []Store{
		{URL: "postgres://lockhouse:not-for-everybody@127.0.0.1/lockhouse"},
		{URL: "postgres://lockhouse@127.0.0.1/lockhouse?password=not-for-everybody"},
		{URL: "postgres://lockhouse@127.0.0.1/lockhouse", URLFile: "store.url"},
	} {
		to.Connections = c.Store.Connections
		err := Move(t.Context(), c, MovePlan{To: to, Now: time.Now, Say: func(string) {}, Progress: func(int64, int64) {}})
		if lockhouse.CodeOf(err) != lockhouse.CodeMalformed || strings.Contains(err.Error(), "not-for-everybody") || !strings.Contains(err.Error(), "url_file") {
			t.Error(err)
		}
	}
}
