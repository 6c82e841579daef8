package service

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// How much of what was asked for is shown to operators. The register has all of it.
const (
	recentFor = 24 * time.Hour
	maxRecent = 200
)

// Account is an opening for service with what a second person judges it by.
type Account struct {
	Service             lockhouse.Service
	State               lockhouse.ServiceState
	Locker              lockhouse.Locker
	Site                lockhouse.Site
	Occupied            bool   // a parcel lies in the compartment, as far as the network knows
	AskedBy, AnsweredBy string // the two keys' labels: the operators' own words; "" where nobody has answered
}

// Recent gives what was asked for in the last 24 hours, newest first, at most 200.
func (d *Desk) Recent(ctx context.Context) (all []Account, err error) {
	now := d.Now()
	err = d.Store.View(ctx, func(tx store.Tx) error {
		all = nil
		list, err := tx.ServicesSince(now.Add(-recentFor), maxRecent)
		if err != nil || len(list) == 0 {
			return err
		}
		keys, err := keysOf(tx)
		if err != nil {
			return err
		}
		for _, s := range list {
			a, err := account(tx, s, keys, now)
			if err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

// Account gives one.
func (d *Desk) Account(ctx context.Context, ref lockhouse.ParcelRef) (a Account, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		s, err := tx.Service(ref)
		if err != nil {
			return err
		}
		keys, err := keysOf(tx)
		if err != nil {
			return err
		}
		a, err = account(tx, s, keys, d.Now())
		return err
	})
	return a, err
}

func keysOf(tx store.Tx) (map[lockhouse.KeyID]lockhouse.Key, error) {
	list, err := tx.ListKeys()
	keys := map[lockhouse.KeyID]lockhouse.Key{}
	for _, k := range list {
		keys[k.ID] = k
	}
	return keys, err
}

func account(tx store.Tx, s lockhouse.Service, keys map[lockhouse.KeyID]lockhouse.Key, now time.Time) (a Account, err error) {
	a = Account{Service: s, State: s.State(now), AskedBy: keys[s.AskedBy].Label, AnsweredBy: keys[s.ApprovedBy+s.DeclinedBy].Label}
	if a.Locker, err = tx.Locker(s.Locker); err != nil {
		return a, err
	}
	if a.Site, err = tx.Site(a.Locker.Site); err != nil {
		return a, err
	}
	parcels, err := tx.ParcelsIn(s.Locker)
	for _, p := range parcels {
		a.Occupied = a.Occupied || p.Compartment == s.Compartment
	}
	pending := a.State == lockhouse.ServiceAsked || a.State == lockhouse.ServiceApproved
	if err == nil && pending && voided(s, keys) {
		a.State = lockhouse.ServiceVoid
	}
	return a, err
}

// voided tells whether one of the keys behind it was revoked.
func voided(s lockhouse.Service, keys map[lockhouse.KeyID]lockhouse.Key) bool {
	bad := func(id lockhouse.KeyID) bool { return id != "" && !keys[id].RevokedAt.IsZero() }
	return bad(s.AskedBy) || bad(s.ApprovedBy)
}
