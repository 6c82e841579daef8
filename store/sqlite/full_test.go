//go:build linux

package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"lockhouse"
	"lockhouse/internal/smalldisk"
	"lockhouse/store"
	"lockhouse/store/sqlite"
	"lockhouse/store/storetest"
)

// TestDiskFull fills a disk: a small one before the log has ever been moved into the file, and a bigger one on which the file
// itself can't grow. Writers are refused with a sentence that says what to do, what they had been told is there, reading
// goes on, and once there is room so does writing, without a restart.
func TestDiskFull(t *testing.T) {
	for name, disk := range map[string]struct{ all, ballast int }{
		"the log can't grow":  {6 << 20, 2 << 20},
		"the file can't grow": {26 << 20, 4 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			d := smalldisk.Mount(t, disk.all, disk.ballast)
			path := filepath.Join(d.Dir, "lockhouse.db")
			s, err := sqlite.Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			storetest.Build(t, s, 1, 1, 0, 0)
			kept := fill(t, s)
			if len(kept) < 20 {
				t.Fatalf("only %d were kept before it was full", len(kept))
			}
			for refused := 0; refused < 3; { // it stays so, and nothing breaks
				reference := fmt.Sprintf("last-%d", len(kept))
				err := s.Update(t.Context(), func(tx store.Tx) error { return heavy(tx, reference) })
				if err == nil { // one alone may have found room where a group had not
					kept = append(kept, reference)
					continue
				}
				refused++
				if e, ok := errors.AsType[*lockhouse.Error](err); !ok || e.Code != lockhouse.CodeUnavailable || !strings.Contains(e.Sentence, "room on the disk") {
					t.Fatalf("a full disk says %v", err)
				}
			}
			there(t, s, kept)
			if err := d.MakeRoom(); err != nil {
				t.Fatal(err)
			}
			storetest.Update(t, s, func(tx store.Tx) error { return heavy(tx, "afterwards") })
			there(t, s, append(kept, "afterwards"))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			intact(t, path)
			if s, err = sqlite.Open(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			there(t, s, append(kept, "afterwards"))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestLogFillsTheDisk writes one row over and over on a disk that is smaller than the log may become: what fills it is the
// log itself, and so the store makes the room that it needs.
func TestLogFillsTheDisk(t *testing.T) {
	const afterwards, inARow = 1_000, 100
	d := smalldisk.Mount(t, 24<<20, 0)
	s, err := sqlite.Open(t.Context(), filepath.Join(d.Dir, "lockhouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.Build(t, s, 1, 1, 0, 0)
	hold := storetest.Hold(storetest.Site(1).ID, "over and over")
	for refused, row, kept := 0, 0, 0; refused == 0 || kept < afterwards; {
		hold.LapsesAt = hold.LapsesAt.Add(time.Second)
		err := s.Update(t.Context(), func(tx store.Tx) error { return tx.PutHold(hold) })
		switch {
		case err == nil:
			row, kept = 0, kept+1
			continue
		case lockhouse.CodeOf(err) != lockhouse.CodeUnavailable:
			t.Fatal(err)
		}
		if refused, row, kept = refused+1, row+1, 0; row > inARow {
			t.Fatalf("refused %d times in a row: it doesn't go on by itself", row)
		}
		time.Sleep(10 * time.Millisecond) // as somebody who asks again
	}
}

// fill writes from several sides until all are refused, and gives what was acknowledged.
func fill(t *testing.T, s store.Store) (kept []string) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for client := range 4 {
		all.Go(func() {
			for n := 0; ; n++ {
				reference := fmt.Sprintf("%d-%d", client, n)
				err := s.Update(t.Context(), func(tx store.Tx) error { return heavy(tx, reference) })
				if err != nil {
					if lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
						t.Errorf("refused with %v", err)
					}
					return
				}
				mu.Lock()
				kept = append(kept, reference)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return kept
}

// heavy writes a hold, and what fills a disk.
func heavy(tx store.Tx, reference string) error {
	const messageBytes = 16 << 10
	if err := tx.PutHold(storetest.Hold(storetest.Site(1).ID, reference)); err != nil {
		return err
	}
	return tx.InsertDelivery(lockhouse.Delivery{ID: "msg_" + reference, Event: int64(len(reference)), Shop: lockhouse.ShopID(reference),
		At: storetest.Noon, Body: bytes.Repeat([]byte(reference), messageBytes/len(reference))})
}

// there checks that what was acknowledged can be read.
func there(t *testing.T, s store.Store, kept []string) {
	t.Helper()
	storetest.View(t, s, func(tx store.Tx) error {
		for _, reference := range kept {
			if _, err := tx.Hold("shop_1", reference); err != nil {
				t.Errorf("%s was acknowledged: %v", reference, err)
			}
		}
		return nil
	})
}

// intact lets SQLite look through a whole file.
func intact(t *testing.T, path string) {
	t.Helper()
	db, err := driver.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var said string
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&said); err != nil || said != "ok" {
		t.Fatalf("%s %v", said, err)
	}
}
