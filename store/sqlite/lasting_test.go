package sqlite

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"lockhouse"
	"lockhouse/store"
)

// opened gives a store with a site, a locker of two compartments and a webhook.
func opened(t *testing.T) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lockhouse.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	update(t, s, func(tx store.Tx) error {
		return errors.Join(
			tx.PutSite(lockhouse.Site{ID: "site_1", Name: "one", Zone: "UTC", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}),
			tx.InsertLocker(lockhouse.Locker{ID: "lkr_1", Site: "site_1", Name: "A"}, []lockhouse.Compartment{{Number: 1, Rank: 1}, {Number: 2, Rank: 1}}),
			tx.PutWebhook(lockhouse.Webhook{Shop: "shop_1", URL: "one"}))
	})
	return s, path
}

func update(t *testing.T, s *Store, do func(store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

// as gives the site's and the webhook's names and how many compartments are in service, as a transaction sees them.
func as(tx store.Tx) (name, url string, inService int, err error) {
	site, err := tx.Site("site_1")
	if err != nil {
		return "", "", 0, err
	}
	hook, err := tx.Webhook("shop_1")
	if err != nil {
		return "", "", 0, err
	}
	boxes, err := tx.Compartments("lkr_1")
	for _, c := range boxes {
		if !c.OutOfService {
			inService++
		}
	}
	return site.Name, hook.URL, inService, err
}

func expect(t *testing.T, tx store.Tx, wantName, wantURL string, want int) {
	t.Helper()
	name, url, boxes, err := as(tx)
	if err != nil || name != wantName || url != wantURL || boxes != want {
		t.Errorf("got %q, %q, %d, %v; want %q, %q, %d", name, url, boxes, err, wantName, wantURL, want)
	}
}

func seesNow(t *testing.T, s *Store, name, url string, boxes int) {
	t.Helper()
	for range readers + 1 { // each of the pool's
		err := s.View(t.Context(), func(tx store.Tx) error { expect(t, tx, name, url, boxes); return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	update(t, s, func(tx store.Tx) error { expect(t, tx, name, url, boxes); return nil })
}

func changeAll(tx store.Tx, name string, out bool) error {
	return errors.Join(
		tx.PutSite(lockhouse.Site{ID: "site_1", Name: name, Zone: "UTC", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}),
		tx.PutWebhook(lockhouse.Webhook{Shop: "shop_1", URL: name}), tx.SetOutOfService("lkr_1", 1, out))
}

// TestWhatIsRememberedIsRight: a transaction sees what it has changed itself, a snapshot what it began with, everybody what
// was committed, and nobody what came to nothing.
func TestWhatIsRememberedIsRight(t *testing.T) {
	s, _ := opened(t)
	seesNow(t, s, "one", "one", 2)
	err := s.View(t.Context(), func(before store.Tx) error {
		expect(t, before, "one", "one", 2)
		update(t, s, func(tx store.Tx) error {
			if err := changeAll(tx, "two", true); err != nil {
				return err
			}
			expect(t, tx, "two", "two", 1)
			return nil
		})
		expect(t, before, "one", "one", 2)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seesNow(t, s, "two", "two", 1)
	no := lockhouse.Refuse(lockhouse.CodeConflict, "No.")
	err = s.Update(t.Context(), func(tx store.Tx) error {
		if err := changeAll(tx, "three", false); err != nil {
			return err
		}
		expect(t, tx, "three", "three", 2)
		return no
	})
	if !errors.Is(err, no) {
		t.Fatal(err)
	}
	seesNow(t, s, "two", "two", 1)
}

// TestNeighboursDoNotRemember: what a neighbour in the same commit has changed is seen, and not kept. The commit fails here, and
// the next change has the same version.
func TestNeighboursDoNotRemember(t *testing.T) {
	s, _ := opened(t)
	seesNow(t, s, "one", "one", 2)
	told := inOneGroup(t, s,
		func(store.Tx) error { return nil },
		func(tx store.Tx) error { return changeAll(tx, "lost", true) },
		func(tx store.Tx) error {
			expect(t, tx, "lost", "lost", 1)
			return s.writer.conn.Exec(`ROLLBACK`) // as when a disk is full
		})
	for _, err := range told {
		if lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
			t.Errorf("got %v", err)
		}
	}
	seesNow(t, s, "one", "one", 2)
	update(t, s, func(tx store.Tx) error { return changeAll(tx, "three", true) })
	seesNow(t, s, "three", "three", 1)
}

// TestAnotherProcessChanges: what somebody else writes into the file is seen too.
func TestAnotherProcessChanges(t *testing.T) {
	s, path := opened(t)
	seesNow(t, s, "one", "one", 2)
	db, err := sqlite3.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Exec(`UPDATE sites SET name = 'elsewhere'; UPDATE webhooks SET url = 'elsewhere'; UPDATE compartments SET out_of_service = 1`)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	seesNow(t, s, "elsewhere", "elsewhere", 0)
}

// TestWhatALockerSaysForgetsNothing: doors, marks and lines change all day long, and what is remembered stays.
func TestWhatALockerSaysForgetsNothing(t *testing.T) {
	s, _ := opened(t)
	version := func() (v int64) {
		update(t, s, func(in store.Tx) error {
			var err error
			v, _, err = in.(*tx).conn.settled()
			return err
		})
		return v
	}
	before := version()
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.SetDoor("lkr_1", 1, lockhouse.DoorOpen, time.Now()), tx.SetHeard("lkr_1", time.Now()), tx.SetFault("lkr_1", "board"),
			tx.SetAppliedThrough("lkr_1", 7))
	})
	if after := version(); after != before {
		t.Errorf("the version went from %d to %d", before, after)
	}
	update(t, s, func(tx store.Tx) error { return tx.SetSiteClosed("site_1", true) })
	if after := version(); after == before {
		t.Error("the version stayed when a site was closed")
	}
}

// TestRememberedIsBounded: however many sites are asked for, no more than maxRemembered are kept.
func TestRememberedIsBounded(t *testing.T) {
	l := &lasting{}
	for n := range maxRemembered + 10 {
		keep(l, ofWebhooks, 1, lockhouse.ShopID(time.Unix(int64(n), 0).String()), lockhouse.Webhook{})
	}
	if len(l.webhooks) != maxRemembered {
		t.Errorf("%d are kept", len(l.webhooks))
	}
}
