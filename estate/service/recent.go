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
		book, err := open(tx, now)
		for _, s := range list {
			if err == nil {
				var a Account
				a, err = book.account(s)
				all = append(all, a)
			}
		}
		return err
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
		book, err := open(tx, d.Now())
		if err == nil {
			a, err = book.account(s)
		}
		return err
	})
	return a, err
}

// book is what accounts are made from; each place is asked for once.
type book struct {
	tx     store.Tx
	now    time.Time
	keys   map[lockhouse.KeyID]lockhouse.Key
	places map[lockhouse.LockerID]place
}

// place is a locker where something was asked for.
type place struct {
	locker   lockhouse.Locker
	site     lockhouse.Site
	occupied map[int]bool // by compartment
}

func open(tx store.Tx, now time.Time) (*book, error) {
	list, err := tx.ListKeys()
	b := &book{tx: tx, now: now, keys: map[lockhouse.KeyID]lockhouse.Key{}, places: map[lockhouse.LockerID]place{}}
	for _, k := range list {
		b.keys[k.ID] = k
	}
	return b, err
}

func (b *book) account(s lockhouse.Service) (Account, error) {
	p, err := b.place(s.Locker)
	a := Account{Service: s, State: s.State(b.now), Locker: p.locker, Site: p.site, Occupied: p.occupied[s.Compartment],
		AskedBy: b.keys[s.AskedBy].Label, AnsweredBy: b.keys[s.ApprovedBy+s.DeclinedBy].Label}
	pending := a.State == lockhouse.ServiceAsked || a.State == lockhouse.ServiceApproved
	if pending && voided(s, b.keys) {
		a.State = lockhouse.ServiceVoid
	}
	return a, err
}

func (b *book) place(id lockhouse.LockerID) (p place, err error) {
	if known, ok := b.places[id]; ok {
		return known, nil
	}
	if p.locker, err = b.tx.Locker(id); err != nil {
		return p, err
	}
	if p.site, err = b.tx.Site(p.locker.Site); err != nil {
		return p, err
	}
	p.occupied = map[int]bool{}
	parcels, err := b.tx.ParcelsIn(id)
	for _, parcel := range parcels {
		p.occupied[parcel.Compartment] = true
	}
	b.places[id] = p
	return p, err
}

// voided tells whether one of the keys behind it was revoked.
func voided(s lockhouse.Service, keys map[lockhouse.KeyID]lockhouse.Key) bool {
	bad := func(id lockhouse.KeyID) bool { return id != "" && !keys[id].RevokedAt.IsZero() }
	return bad(s.AskedBy) || bad(s.ApprovedBy)
}
