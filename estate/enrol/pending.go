package enrol

import (
	"context"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// maxListed is how many of a site's codes are shown; there is a handful at a time.
const maxListed = 50

// At gives a site's codes, used or not, those made last first, as long as they are kept. The codes themselves are not: they are shown once.
func (d *Desk) At(ctx context.Context, site lockhouse.SiteID) (all []store.Enrolment, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		if _, err := tx.Site(site); err != nil {
			return err
		}
		all, err = tx.EnrolmentsAt(site, maxListed)
		return err
	})
	return all, err
}

// Withdraw makes a code useless, from now on. One that was used is `used`: its locker is there.
func (d *Desk) Withdraw(ctx context.Context, id credential.EnrolID) error {
	return d.Store.Update(ctx, func(tx store.Tx) error {
		e, err := tx.Enrolment(id)
		if err != nil {
			return err
		}
		if !e.UsedAt.IsZero() {
			return lockhouse.Refuse(lockhouse.CodeUsed, "A locker has come by this code already. Retire that one if it should not be here.").With("locker", string(e.Locker))
		}
		return tx.DeleteEnrolment(id)
	})
}
