// Package unlock says which door may open for whom: which parcels are a person's to collect, in which compartment they
// lie, and what a grant for that may hold. The door itself is opened at the locker, by the locker, with or without a
// network; what it says of it afterwards arrives in receipts and is remembered here for the parcel's timeline.
package unlock

import (
	"context"
	"crypto/ecdh"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// Desk is where recipients ask, and where the lockers' news of doors arrives. Its fields are set once.
type Desk struct {
	Store  store.Store
	Now    func() time.Time
	Issuer ecdh.KeyExchanger // the issuer key, from which PINs follow; nil: there are none
}

// Place is one parcel of a person's and where it is.
type Place struct {
	Parcel       lockhouse.Parcel
	Site         lockhouse.Site
	Locker       lockhouse.Locker        // zero unless the parcel lies in one
	Compartments []lockhouse.Compartment // the locker's, to draw it
	Panel        lockhouse.Panel         // what the locker has for people without a smartphone
	Renewed      time.Time               // when PIN and pass were voided last and made anew; zero for never
	Heard        bool                    // the locker keeps to all that it was told
	Target       lockhouse.Target        // what a grant may hold; zero when nothing can be opened now
}

// MayOpen tells whether there is a door to open.
func (p Place) MayOpen() bool { return p.Target.Verb == lockhouse.VerbCollect }

// Parcels gives what shops have sent to a person, newest first. A person may be known under several ids: each shop's
// announcement makes its own.
func (d *Desk) Parcels(ctx context.Context, persons ...lockhouse.PersonID) (places []Place, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		for _, person := range persons {
			parcels, err := tx.ParcelsOf(person)
			if err != nil {
				return err
			}
			for _, parcel := range parcels {
				p, err := d.place(tx, parcel)
				if err != nil {
					return err
				}
				places = append(places, p)
			}
		}
		return nil
	})
	slices.SortStableFunc(places, func(a, b Place) int { return b.Parcel.AnnouncedAt.Compare(a.Parcel.AnnouncedAt) })
	return places, err
}

// Parcel gives one of the persons' parcels, or not_found: a stranger's parcel is none at all.
func (d *Desk) Parcel(ctx context.Context, id lockhouse.ParcelID, persons ...lockhouse.PersonID) (p Place, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		parcel, err := tx.Parcel(id)
		if err != nil {
			return err
		}
		if !slices.Contains(persons, parcel.Person) {
			return unknown()
		}
		p, err = d.place(tx, parcel)
		return err
	})
	return p, err
}

func (d *Desk) place(tx store.Tx, parcel lockhouse.Parcel) (p Place, err error) {
	p.Parcel = parcel
	if p.Site, err = tx.Site(parcel.Site); err != nil || !parcel.Inside() {
		return p, err
	}
	if p.Locker, err = tx.Locker(parcel.Locker); err != nil {
		return p, err
	}
	if p.Compartments, err = tx.Compartments(parcel.Locker); err != nil {
		return p, err
	}
	if err = d.withoutPhone(tx, &p); err != nil {
		return p, err
	}
	target, err := MayCollect(parcel)
	if err != nil {
		return p, nil
	}
	r, err := tx.Retirement(parcel.Locker)
	if err == nil && r.Believed() { // nobody is sent to a locker that is in others' hands
		p.Target = target
	}
	return p, err
}

// withoutPhone adds what concerns people without a smartphone.
func (d *Desk) withoutPhone(tx store.Tx, p *Place) (err error) {
	if p.Panel, err = tx.Panel(p.Locker.ID); err != nil {
		return err
	}
	desired, actual, err := tx.DesiredVersions(p.Locker.ID)
	if err != nil {
		return err
	}
	p.Heard = desired == actual
	p.Renewed, err = d.renewed(tx, p.Parcel)
	return err
}

func (d *Desk) renewed(tx store.Tx, p lockhouse.Parcel) (time.Time, error) {
	list, err := tx.Revocations(p.Locker)
	return lockhouse.Renewed(list, p.Ref, d.Now()), err
}

// PIN gives what opens a parcel's door at the panel of the locker that it lies in, or "" where nothing does. It exists from
// the moment at which the locker's receipt told of the drop-off, because the compartment's generation is part of it.
func (d *Desk) PIN(tx store.Tx, l lockhouse.Locker, p lockhouse.Parcel) (string, error) {
	if _, err := MayCollect(p); err != nil || d.Issuer == nil {
		return "", nil
	}
	secret, err := credential.AgreePINSecret(d.Issuer, l.StaticKey, l.AdvertKey, l.ID)
	if err != nil {
		return "", err
	}
	renewed, err := d.renewed(tx, p)
	if err != nil {
		return "", err
	}
	return secret.PIN(p.Ref, p.Generation, renewed), nil
}

// Remember hears a locker speak of a door, and writes it into the parcel's timeline. It changes no parcel: an opened
// door is not a collected parcel.
func (d *Desk) Remember(tx store.Tx, r lockhouse.Receipt) error {
	kind, ok := doorEvents[r.Kind]
	if !ok {
		return nil
	}
	e := lockhouse.Event{Kind: kind, At: r.Moment(d.Now()), Locker: r.Locker, Compartment: r.Compartment}
	if r.Ref != (lockhouse.ParcelRef{}) {
		p, err := tx.ParcelByRef(r.Ref)
		if err != nil {
			return err
		}
		e.Parcel, e.Shop = p.ID, p.Shop
	}
	locker, err := tx.Locker(r.Locker)
	if err != nil {
		return err
	}
	e.Site = locker.Site
	return tx.Say(e)
}
