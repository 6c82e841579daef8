package fleet

import (
	"lockhouse"
	"lockhouse/store"
)

// fitted notes what a locker says that it has for people without a smartphone, and what that makes of its site.
func fitted(tx store.Tx, locker lockhouse.LockerID, p lockhouse.Panel) error {
	was, err := tx.Panel(locker)
	if err != nil || was == p {
		return err
	}
	if err := tx.SetPanel(locker, p); err != nil {
		return err
	}
	l, err := tx.Locker(locker)
	if err != nil {
		return err
	}
	return atSite(tx, l.Site)
}

// atSite notes what all lockers of a site have: whoever chooses the site does not choose the locker. Those that are retired take no parcels.
func atSite(tx store.Tx, id lockhouse.SiteID) error {
	lockers, err := tx.LockersAt(id)
	if err != nil {
		return err
	}
	var all []lockhouse.Panel
	for _, l := range lockers {
		r, err := tx.Retirement(l.ID)
		if err != nil {
			return err
		}
		if !r.AskedAt.IsZero() {
			continue
		}
		p, err := tx.Panel(l.ID)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	site, err := tx.Site(id)
	if err != nil || site.Panel == lockhouse.CommonPanel(all) {
		return err
	}
	return tx.SetSitePanel(id, lockhouse.CommonPanel(all))
}
