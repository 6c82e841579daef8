// Package service opens a compartment for somebody who is neither courier nor recipient, where a door sticks or something in
// it smells. Nothing here opens a door: it takes two people, each with an operator's key of their own, before one phone may
// open one compartment, once, within a quarter of an hour. Each step is entered in the public register before it has any
// effect, and whoever's parcel lies inside is told.
//
// An operator's key is made at the terminal of the network's machine alone (api/operator_keys.go), so that nobody makes
// themselves a second person.
package service

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// Desk is where openings for service are asked for, approved, and heard of. Its fields are set once.
type Desk struct {
	Store  store.Store
	Now    func() time.Time
	Random io.Reader
}

// Ask asks for a compartment to be opened by the phone with this key.
func (d *Desk) Ask(ctx context.Context, s lockhouse.Service) (lockhouse.Service, error) {
	if _, err := credential.ParseKey(s.PhoneKey); err != nil {
		return s, lockhouse.Refuse(lockhouse.CodeMalformed, "phone_key must be a P-256 public key, uncompressed, 65 bytes.").With("field", "phone_key").Because(err)
	}
	s.Ref, s.AskedAt = lockhouse.NewParcelRef(d.Random), lockhouse.AsKept(d.Now())
	return s, d.Store.Update(ctx, func(tx store.Tx) error {
		l, err := tx.Locker(s.Locker)
		if err != nil {
			return err
		}
		boxes, err := tx.Compartments(s.Locker)
		if err != nil {
			return err
		}
		if err := mayAsk(s, boxes); err != nil {
			return err
		}
		if err := tx.InsertService(s); err != nil {
			return err
		}
		return d.enter(tx, lockhouse.EntryServiceAsked, s, l, s.AskedAt)
	})
}

// Approve is the second person's yes. The same person's, twice, is as good as once.
func (d *Desk) Approve(ctx context.Context, ref lockhouse.ParcelRef, by lockhouse.KeyID) (s lockhouse.Service, err error) {
	now := lockhouse.AsKept(d.Now())
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if s, err = tx.Service(ref); err != nil {
			return err
		}
		if s.ApprovedBy == by {
			return nil
		}
		if err := errors.Join(mayApprove(s, by, now), goodKeys(tx, s.AskedBy)); err != nil {
			return err
		}
		s.ApprovedBy, s.ApprovedAt = by, now
		return d.decided(tx, lockhouse.EntryServiceApproved, s, now)
	})
	return s, err
}

// Decline is a second person's no; whoever asked takes it back by it. It is entered in the register too: that somebody wanted a door
// open stays there. Twice is as good as once.
func (d *Desk) Decline(ctx context.Context, ref lockhouse.ParcelRef, by lockhouse.KeyID) (s lockhouse.Service, err error) {
	now := lockhouse.AsKept(d.Now())
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if s, err = tx.Service(ref); err != nil || s.DeclinedBy != "" {
			return err
		}
		if err := mayDecline(s); err != nil {
			return err
		}
		s.DeclinedBy, s.DeclinedAt = by, now
		return d.decided(tx, lockhouse.EntryServiceDeclined, s, now)
	})
	return s, err
}

// decided keeps what a second person said, and enters it in the register.
func (d *Desk) decided(tx store.Tx, kind lockhouse.EntryKind, s lockhouse.Service, now time.Time) error {
	l, err := tx.Locker(s.Locker)
	if err != nil {
		return err
	}
	if err := tx.UpdateService(s); err != nil {
		return err
	}
	return d.enter(tx, kind, s, l, now)
}

// goodKeys refuses what was asked for or approved with a key that was revoked since: it may have been a thief's.
func goodKeys(tx store.Tx, ids ...lockhouse.KeyID) error {
	keys, err := tx.ListKeys()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(keys, func(k lockhouse.Key) bool { return k.ID == id && k.RevokedAt.IsZero() }) {
			return lockhouse.Refuse(lockhouse.CodeForbidden, "One of the two keys behind this opening was revoked. Ask anew.")
		}
	}
	return nil
}

// Opening is what a phone needs to open it.
type Opening struct {
	Service      lockhouse.Service
	Locker       lockhouse.Locker
	Compartments []lockhouse.Compartment
	Target       lockhouse.Target // zero while it may not be opened
	Until        time.Time        // when it may not be opened any more
}

// Find gives an opening, and what a grant for it may hold.
func (d *Desk) Find(ctx context.Context, ref lockhouse.ParcelRef) (o Opening, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		if o.Service, err = tx.Service(ref); err != nil {
			return err
		}
		if o.Locker, err = tx.Locker(o.Service.Locker); err != nil {
			return err
		}
		if o.Compartments, err = tx.Compartments(o.Service.Locker); err != nil || o.Service.ApprovedBy == "" {
			return err
		}
		return goodKeys(tx, o.Service.AskedBy, o.Service.ApprovedBy)
	})
	if err == nil && o.Service.State(d.Now()) == lockhouse.ServiceApproved {
		o.Target = lockhouse.Target{Ref: ref, Verb: lockhouse.VerbService, Compartment: o.Service.Compartment}
		o.Until = o.Service.ApprovedAt.Add(lockhouse.ServiceOpening)
	}
	return o, err
}

// Heard hears the locker speak of the door of an opening for service: when it is open, the register has it, and whose parcel lies
// inside is told. So it is each time: a locker whose journal was lost may open a second time, and that least of all is to be hidden.
// What is about something else is not its own.
func (d *Desk) Heard(tx store.Tx, r lockhouse.Receipt) (own bool, err error) {
	s, err := tx.Service(r.Ref)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return false, nil
	}
	if err != nil || r.Kind != lockhouse.ReceiptOpened || r.Locker != s.Locker || r.Compartment != s.Compartment {
		return err == nil, err
	}
	l, err := tx.Locker(r.Locker)
	if err != nil {
		return true, err
	}
	at := lockhouse.AsKept(r.Moment(d.Now()))
	if s.OpenedAt.IsZero() {
		s.OpenedAt = at
		if err := tx.UpdateService(s); err != nil {
			return true, err
		}
	}
	if err := d.enter(tx, lockhouse.EntryServiceOpened, s, l, at); err != nil {
		return true, err
	}
	return true, d.tell(tx, s, l, at)
}

// tell says that the door was opened, and of whose parcel.
func (d *Desk) tell(tx store.Tx, s lockhouse.Service, l lockhouse.Locker, at time.Time) error {
	e := lockhouse.Event{Kind: lockhouse.EventDoorService, At: at, Site: l.Site, Locker: l.ID, Compartment: s.Compartment, Note: string(s.Reason)}
	parcels, err := tx.ParcelsIn(s.Locker)
	if err != nil {
		return err
	}
	for _, p := range parcels {
		if p.Compartment == s.Compartment {
			e.Parcel, e.Shop = p.ID, p.Shop
		}
	}
	return tx.Say(e)
}

// Shut hears the locker say that the door of an opening for service is shut again.
func (d *Desk) Shut(tx store.Tx, r lockhouse.Receipt) error {
	s, err := tx.Service(r.Ref)
	if err != nil {
		return err
	}
	l, err := tx.Locker(r.Locker)
	if err != nil {
		return err
	}
	return d.enter(tx, lockhouse.EntryServiceShut, s, l, r.Moment(d.Now()))
}

func (d *Desk) enter(tx store.Tx, kind lockhouse.EntryKind, s lockhouse.Service, l lockhouse.Locker, at time.Time) error {
	return tx.Enter(lockhouse.Entry{At: at, Kind: kind, Site: l.Site, Locker: s.Locker, Compartment: s.Compartment, Reason: string(s.Reason), Ref: s.Ref.String()})
}
