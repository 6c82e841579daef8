package fleet_test

import (
	"testing"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// TestSiteHasWhatAllItsLockersHave: whoever is sent to a site does not choose the locker, so a site promises to people without a
// smartphone what every locker says that it has; one that takes no parcels any more does not count.
func TestSiteHasWhatAllItsLockersHave(t *testing.T) {
	s := sqlitetest.Open(t)
	y := newYard(s)
	site, one := storetest.Build(t, s, 1, 1, 0, 0)
	says := func(locker lockhouse.LockerID, words ...string) {
		t.Helper()
		if _, err := y.Health(t.Context(), locker, fleet.Health{Panel: lockhouse.PanelOf(words, 1_100)}); err != nil {
			t.Fatal(err)
		}
	}
	wants := func(what string) {
		t.Helper()
		storetest.View(t, s, func(tx store.Tx) error {
			got, err := tx.Site(site.ID)
			if err != nil || got.Panel.String() != what {
				t.Errorf("the site has %q, %v; want %q", got.Panel, err, what)
			}
			return nil
		})
	}
	wants("")
	says(one.ID, "keys", "scanner", "something newer")
	wants("keys scanner")
	two, boxes := storetest.Locker(site.ID, 2, 1, 0, 0)
	if err := y.Register(t.Context(), two, boxes); err != nil {
		t.Fatal(err)
	}
	wants("") // the new one has said nothing yet
	says(two.ID, "keys", "voice")
	wants("keys")
	version := func() (v int64) {
		storetest.View(t, s, func(tx store.Tx) (err error) { v, err = tx.SitesVersion(); return err })
		return v
	}
	before := version()
	says(two.ID, "keys", "voice")
	if version() != before {
		t.Error("what was said before counts as a change of the site")
	}
	says(two.ID)
	wants("none")
	if _, err := y.Retire(t.Context(), two.ID, false, false); err != nil {
		t.Fatal(err)
	}
	wants("keys scanner")
	if _, err := y.Health(t.Context(), one.ID, fleet.Health{}); err != nil { // an older agent after a step back
		t.Fatal(err)
	}
	wants("")
}
