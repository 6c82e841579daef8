package site_test

import (
	"testing"

	"lockhouse"
	"lockhouse/estate/site"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// A site that turns out to be in another time zone has its lockers told so; whatever else changes of it, or of another, is nothing to them.
func TestZoneOfASite(t *testing.T) {
	s := sqlitetest.Open(t)
	at, locker := storetest.Build(t, s, 1, 1, 0, 0)
	_, other := storetest.Build(t, s, 2, 1, 0, 0)
	d := &site.Desk{Store: s}
	for _, c := range []struct {
		change  func()
		version uint64
	}{{func() { at.Name = "Elsewhere" }, 0}, {func() { at.Zone = "Europe/Paris" }, 1}, {func() {}, 1}, {func() { at.Zone = "Asia/Tokyo" }, 2}} {
		c.change()
		if err := d.Import(t.Context(), []lockhouse.Site{at, storetest.Site(2), storetest.Site(3)}, nil); err != nil {
			t.Fatal(err)
		}
		for id, version := range map[lockhouse.LockerID]uint64{locker.ID: c.version, other.ID: 0} {
			storetest.View(t, s, func(tx store.Tx) error {
				got, _, err := tx.DesiredVersions(id)
				if got != version {
					t.Errorf("%s in %s: version %d, want %d", id, at.Zone, got, version)
				}
				return err
			})
		}
	}
	at.Zone = "Local"
	if err := d.Put(t.Context(), at); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		t.Errorf("wherever somebody's machine is: %v", err)
	}
}
