package postgres_test

import (
	"fmt"
	"reflect"
	"testing"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/storetest"
)

// TestNobodyDecidesByWhatWas: one node remembers a site, another changes it; from then on the first decides by what it is
// now, whether it writes or refuses, alone and in a crowd.
func TestNobodyDecidesByWhatWas(t *testing.T) {
	url := pgtest.URL(t)
	here, there := pgtest.OpenURL(t, url), pgtest.OpenURL(t, url)
	site, _ := storetest.Build(t, here, 1, 1, 0, 0)
	closed := lockhouse.Refuse(lockhouse.CodeClosed, "closed")
	visit := func(tx store.Tx) error {
		s, err := tx.Site(site.ID)
		if err != nil {
			return err
		}
		if s.Closed {
			return closed
		}
		return said(tx, "")
	}
	for round := range 6 {
		shut := round%2 == 1
		storetest.Update(t, there, func(tx store.Tx) error { return tx.SetSiteClosed(site.ID, shut) })
		for i, err := range together(t, here, 1+round*6, func(_ int, tx store.Tx) error { return visit(tx) }) {
			if (err != nil) != shut || shut && lockhouse.CodeOf(err) != lockhouse.CodeClosed {
				t.Fatalf("round %d, client %d: the site is closed: %v; it was told %v", round, i, shut, err)
			}
		}
	}
}

// TestKeysInAnUpdate: one node remembers a locker, another sees it change its keys; an Update of the first that needs them asks Rekeying, and has
// those of now. A mail with a PIN of before would open nothing once the locker has forgotten the former keys.
func TestKeysInAnUpdate(t *testing.T) {
	url := pgtest.URL(t)
	here, there := pgtest.OpenURL(t, url), pgtest.OpenURL(t, url)
	_, locker := storetest.Build(t, here, 1, 1, 0, 0)
	storetest.View(t, here, func(tx store.Tx) error { _, err := tx.Locker(locker.ID); return err })
	now := lockhouse.Rekeying{Number: 1, Present: storetest.Keyset(10)}
	storetest.Update(t, there, func(tx store.Tx) error { return tx.SetRekeying(locker.ID, now) })
	storetest.Update(t, here, func(tx store.Tx) error {
		l, err := tx.Locker(locker.ID)
		if err != nil {
			return err
		}
		r, err := tx.Rekeying(l.ID)
		if !reflect.DeepEqual(r, now) {
			t.Errorf("%+v", r)
		}
		return err
	})
}

// TestOwnSiteIsSeen: who changes a site sees it so, however often it was remembered otherwise.
func TestOwnSiteIsSeen(t *testing.T) {
	s := pgtest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	for round := range 3 {
		site.Name = fmt.Sprint("named for the ", round)
		storetest.Update(t, s, func(tx store.Tx) error {
			if _, err := tx.Site(site.ID); err != nil {
				return err
			}
			if err := tx.PutSite(site); err != nil {
				return err
			}
			got, err := tx.Site(site.ID)
			if got.Name != site.Name {
				t.Errorf("got %q, want %q", got.Name, site.Name)
			}
			return err
		})
	}
}
