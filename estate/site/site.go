// Package site keeps the places at which parcels can be collected: written down, closed, opened again, and read from
// files by the hundred.
package site

import (
	"context"
	"errors"

	"lockhouse"
	"lockhouse/store"
)

// Desk is where an operator keeps sites. Its field is set once.
type Desk struct {
	Store store.Store
}

// Put writes a site down, in place of the one with the same id if there is one.
func (d *Desk) Put(ctx context.Context, s lockhouse.Site) error {
	if err := check(s); err != nil {
		return err
	}
	return d.Store.Update(ctx, func(tx store.Tx) error { return put(tx, s) })
}

// Close lets a site take no more parcels; those inside can still be collected. Holds there stay, and are refused when
// they are announced.
func (d *Desk) Close(ctx context.Context, id lockhouse.SiteID) error {
	return d.Store.Update(ctx, func(tx store.Tx) error { return tx.SetSiteClosed(id, true) })
}

// Reopen lets a site take parcels again.
func (d *Desk) Reopen(ctx context.Context, id lockhouse.SiteID) error {
	return d.Store.Update(ctx, func(tx store.Tx) error { return tx.SetSiteClosed(id, false) })
}

// Import writes sites down in one transaction: all of them or, at the first that is refused, none. Now and then it tells
// progress, which may be nil and must return at once, how many are done.
func (d *Desk) Import(ctx context.Context, sites []lockhouse.Site, progress func(done, of int)) error {
	if n := len(sites); n > MaxImportRows {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "%d sites at once; import at most %d.", n, MaxImportRows)
	}
	for _, s := range sites {
		if err := check(s); err != nil {
			return err
		}
	}
	return d.Store.Update(ctx, func(tx store.Tx) error {
		for i, s := range sites {
			if err := put(tx, s); err != nil {
				return err
			}
			if done := i + 1; progress != nil && (done%progressEvery == 0 || done == len(sites)) {
				progress(done, len(sites))
			}
		}
		return nil
	})
}

const progressEvery = 100

// put writes a site down. Where that moves it into another time zone, how its lockers are to be has the next version.
func put(tx store.Tx, s lockhouse.Site) error {
	was, err := tx.Site(s.ID)
	if err != nil && lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		return err
	}
	if err := tx.PutSite(s); err != nil || was.Zone == s.Zone {
		return err
	}
	lockers, err := tx.LockersAt(s.ID)
	for _, l := range lockers {
		err = errors.Join(err, raise(tx, l.ID))
	}
	return err
}

func raise(tx store.Tx, locker lockhouse.LockerID) error {
	version, _, err := tx.DesiredVersions(locker)
	if err != nil {
		return err
	}
	return tx.SetDesiredVersion(locker, version+1)
}

func check(s lockhouse.Site) error {
	if len(s.ID) < 6 || len(s.ID) > 64 || s.ID[:5] != "site_" {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "A site's id is site_ and 1 to 59 characters.").With("field", "id")
	}
	return s.Check()
}
