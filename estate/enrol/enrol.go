// Package enrol is how a new locker comes to its network: an operator makes a code, a technician types it at the steel, and
// locker and network recognise each other by it (trust/credential has how). The locker makes its keys itself, and shows that
// it holds them; the network tells it by which keys to know it, and where to call.
//
// A code is good for a day and for one locker. To the very locker that used it the answer is given again: what was done, and
// not heard of, is asked for once more.
package enrol

import (
	"context"
	"crypto/ecdh"
	"fmt"
	"io"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// CodeLife is how long a code is good.
const CodeLife = 24 * time.Hour

// What is over is forgotten so much later, so many at a time.
const (
	keptFor     = 30 * 24 * time.Hour
	forgotAtOne = 100
)

// Fleet is where lockers are registered.
type Fleet interface {
	Add(tx store.Tx, l lockhouse.Locker, boxes []lockhouse.Compartment) error
}

// Desk enrols lockers. Its fields are set once, by the assembly.
type Desk struct {
	Store   store.Store
	Fleet   Fleet
	Sizes   lockhouse.Sizes
	Issuer  ecdh.KeyExchanger
	Issuers [][]byte // the public keys by which lockers know the network, 65 bytes each; the first is Issuer's
	Network string   // its name
	LineURL string   // where lockers call
	Now     func() time.Time
	Random  io.Reader
}

// Invitation is what an operator hands to a technician.
type Invitation struct {
	ID        credential.EnrolID
	Code      string // shown once
	ExpiresAt time.Time
}

// Invite makes a code for a locker that is to stand at a site, with a name of 1 to 40 characters.
func (d *Desk) Invite(ctx context.Context, site lockhouse.SiteID, name string) (Invitation, error) {
	if err := lockhouse.CheckLockerName(name); err != nil {
		return Invitation{}, err
	}
	code, err := credential.NewEnrolCode(d.Random)
	if err != nil {
		return Invitation{}, err
	}
	key, err := code.Key()
	if err != nil {
		return Invitation{}, err
	}
	now := d.Now()
	e := store.Enrolment{Public: key.PublicKey().Bytes(), Challenge: make([]byte, credential.EnrolChallengeBytes), Site: site, Name: name,
		ExpiresAt: lockhouse.AsKept(now.Add(CodeLife))}
	e.ID = credential.EnrolIDOf(e.Public)
	if _, err := io.ReadFull(d.Random, e.Challenge); err != nil {
		return Invitation{}, fmt.Errorf("drawing a challenge: %w", err)
	}
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.Site(site); err != nil {
			return err
		}
		if _, err := tx.DeleteEnrolments(now.Add(-keptFor), forgotAtOne); err != nil {
			return err
		}
		return tx.InsertEnrolment(e)
	})
	return Invitation{e.ID, code.String(), e.ExpiresAt}, err
}

// Offer gives what a locker needs to use its code: the challenge, and the issuer key that it shall agree with.
func (d *Desk) Offer(ctx context.Context, id credential.EnrolID) (credential.Enrolment, error) {
	e, err := d.find(ctx, id)
	return credential.Enrolment{Challenge: e.Challenge, Issuer: d.Issuers[0]}, err
}

func (d *Desk) find(ctx context.Context, id credential.EnrolID) (e store.Enrolment, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		e, err = tx.Enrolment(id)
		return err
	})
	if err != nil {
		return store.Enrolment{}, err
	}
	return e, d.usable(e)
}

func (d *Desk) usable(e store.Enrolment) error {
	if !d.Now().Before(e.ExpiresAt) {
		return lockhouse.Refuse(lockhouse.CodeLapsed, "This code's day is over. Ask the network's operator for another.")
	}
	return nil
}

// Answer registers the locker that asks, and gives what it is told, sealed for it alone.
func (d *Desk) Answer(ctx context.Context, id credential.EnrolID, sealed []byte) ([]byte, error) {
	e, err := d.find(ctx, id)
	if err != nil {
		return nil, err
	}
	meeting := credential.Enrolment{Challenge: e.Challenge, Issuer: d.Issuers[0]}
	keys, err := meeting.Agree(d.Issuer, e.Public)
	if err != nil {
		return nil, err
	}
	locker, boxes, err := d.open(meeting, keys, sealed)
	if err != nil {
		return nil, err
	}
	locker.Site, locker.Name = e.Site, e.Name
	answer := wire.EnrolAnswer{Network: d.Network, Locker: locker.ID, Name: e.Name, LineURL: d.LineURL}
	for _, key := range d.Issuers {
		answer.IssuerKeys = append(answer.IssuerKeys, key)
	}
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		answer.Site, err = d.admit(tx, id, locker, boxes)
		return err
	})
	if err != nil {
		return nil, err
	}
	plain, err := wire.EncodeEnrol(answer)
	if err != nil {
		return nil, err
	}
	return keys.SealAnswer(plain, sealed)
}

// open reads what a locker says, and believes it where it shows that it holds its keys.
func (d *Desk) open(meeting credential.Enrolment, keys credential.EnrolKeys, sealed []byte) (l lockhouse.Locker, boxes []lockhouse.Compartment, err error) {
	plain, err := keys.OpenAsk(sealed)
	if err != nil {
		return l, nil, lockhouse.Refuse(lockhouse.CodeForbidden, "This was not said by who has the code.").Because(err)
	}
	ask, err := wire.DecodeEnrolAsk(plain)
	if err != nil {
		return l, nil, err
	}
	if l, boxes, err = wire.DecodeCard([]byte(ask.Card)); err != nil {
		return l, nil, err
	}
	proof := credential.Possession{Receipt: ask.ReceiptProof, Static: ask.StaticProof}
	if err := meeting.Check(proof, d.Issuer, l.StaticKey, l.ReceiptKey, []byte(ask.Card)); err != nil {
		return l, nil, lockhouse.Refuse(lockhouse.CodeForbidden, "This locker does not hold the keys on its card.").Because(err)
	}
	return l, boxes, d.Sizes.Check(boxes)
}

// admit uses the code up for this locker, and gives the name of the site where it stands.
func (d *Desk) admit(tx store.Tx, id credential.EnrolID, l lockhouse.Locker, boxes []lockhouse.Compartment) (site string, err error) {
	e, err := tx.Enrolment(id)
	if err != nil {
		return "", err
	}
	if !e.UsedAt.IsZero() && e.Locker != l.ID {
		return "", lockhouse.Refuse(lockhouse.CodeUsed, "This code was used for another locker. Ask the network's operator for another code.")
	}
	at, err := tx.Site(e.Site)
	if err != nil {
		return "", err
	}
	switch known, err := tx.Locker(l.ID); {
	case err == nil:
		if err = theSame(tx, known, l); err == nil {
			err = atWork(tx, l.ID)
		}
		if err != nil || !e.UsedAt.IsZero() {
			return at.Name, err
		}
	case lockhouse.CodeOf(err) != lockhouse.CodeNotFound:
		return "", err
	default:
		if err := d.Fleet.Add(tx, l, boxes); err != nil {
			return "", err
		}
	}
	return at.Name, tx.UseEnrolment(id, l.ID, lockhouse.AsKept(d.Now()))
}

// theSame refuses a locker that is registered otherwise.
func theSame(tx store.Tx, known, l lockhouse.Locker) error {
	r, err := tx.Rekeying(l.ID)
	if err != nil {
		return err
	}
	if keys := r.Present; string(keys.Static) != string(l.StaticKey) || string(keys.Receipt) != string(l.ReceiptKey) || string(keys.Shared) != string(l.AdvertKey) {
		return lockhouse.Refuse(lockhouse.CodeConflict, "A locker of this id is registered with other keys. Give this one a new state_dir, so that it makes an identity of its own.")
	}
	if known.Site != l.Site || known.Name != l.Name {
		return lockhouse.Refuse(lockhouse.CodeConflict, "This locker is registered as %s at %s. Make a code for that, or retire it first.", known.Name, known.Site)
	}
	return nil
}

// atWork refuses a locker that was retired: the keys that it had are nobody's any more.
func atWork(tx store.Tx, id lockhouse.LockerID) error {
	r, err := tx.Retirement(id)
	if err == nil && !r.AskedAt.IsZero() {
		err = lockhouse.Refuse(lockhouse.CodeConflict,
			"This locker was retired, and is known by these keys no more. Start its agent once, which hears of it and forgets them, or give it a new state_dir; then enrol it.")
	}
	return err
}
