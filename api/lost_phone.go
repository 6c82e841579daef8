package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// lostPhone is what there is to do when a phone is in wrong hands: what it was granted lives on in it, without a network, until it
// ends; so the lockers must hear of it.
func (a *API) lostPhone() {
	add(a, route{
		method: http.MethodPost, path: "/v1/recipient/sign-out-others", id: "signOutOthers", tag: tagRecipient, who: byRecipient,
		summary: "Sign out my other phones", status: http.StatusNoContent,
		about: "For a phone that was lost. Its sessions end, and what it was granted opens nothing any more: the lockers in which parcels of mine lie are told at " +
			"once, or when they are back on their lines. This phone is signed in as before. PINs and passes, which the other phone shows, are made anew with it: print them again. (A locker whose " +
			"agent is too old to be told of that takes those that were copied off the phone: collect soon.)",
		refusals: []lockhouse.Code{lockhouse.CodeTooMany},
	}, a.signOutOthers)
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/lockers/{id}/revocations", id: "revoke", tag: tagOperator, who: byOperator,
		summary: "Take back what a phone was granted at a locker, or one grant",
		about: "By its name, as receipts give it: a phone's (the first 8 bytes of SHA-256 of its key) or a grant's. What the phone is granted later is good. The locker is told at " +
			"once, or when it is back on its line: `actual_version` says when it has heard. It keeps 64 at a time.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeTooMany},
	}, a.revoke)
}

type revocationInput struct {
	ID   lockhouse.LockerID `path:"id" maxLength:"64"`
	Body struct {
		Name  string `json:"name" pattern:"^[0-9a-f]{16}$" example:"5f0c9f6d2b1a4e77" doc:"8 bytes in hex."`
		Hours int    `json:"hours,omitempty" minimum:"1" maximum:"1080" default:"24" doc:"Until the last of those grants has ended by itself: 24 for phones, up to 1080 for a pass on paper."`
	}
}

func (a *API) revoke(ctx context.Context, in *revocationInput) (*body[standingView], error) {
	var name [8]byte
	if _, err := hex.Decode(name[:], []byte(in.Body.Name)); err != nil {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "A name has 16 hex digits.").With("field", "name")
	}
	s, err := a.Fleet.RevokeAt(ctx, in.ID, name, a.Now().Add(time.Duration(in.Body.Hours)*time.Hour))
	if err != nil {
		return nil, err
	}
	a.tellLockers(ctx, in.ID)
	return answer(a.viewStanding(s)), nil
}

// tellLockers says to them how they are to be, if they are there. Each is told again until it keeps to it.
func (a *API) tellLockers(ctx context.Context, lockers ...lockhouse.LockerID) {
	for _, id := range lockers {
		if err := a.Line.Tell(ctx, id); err != nil {
			a.logger(requestID(ctx)).Warn("a locker could not be told at once how it is to be", slog.Any("error", err))
		}
	}
}

// signOutOthers ends the sessions whatever becomes of the rest: a locker that keeps no more revocations is the person's to hear of.
func (a *API) signOutOthers(ctx context.Context, _ *struct{}) (*struct{}, error) {
	ids, err := a.persons(ctx)
	if err != nil {
		return nil, err
	}
	mine := sessionOf(ctx)
	var lockers []lockhouse.LockerID
	var full error
	err = a.Store.Update(ctx, func(tx store.Tx) error {
		sessions, err := sessionsBut(tx, mine, ids)
		if err != nil {
			return err
		}
		if lockers, err = lockersOf(tx, ids); err != nil {
			return err
		}
		if full, err = a.revokePhones(tx, lockers, sessions); err != nil {
			return err
		}
		if len(sessions) > 0 {
			unheard, err := a.renewAll(tx, ids)
			if full = cmp.Or(full, unheard); err != nil {
				return err
			}
		}
		for _, s := range sessions {
			if err := tx.EndSession(s.Hash); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.tellLockers(ctx, lockers...)
	return nil, full
}

// sessionsBut gives the persons' sessions on other phones.
func sessionsBut(tx store.Tx, mine store.Session, ids []lockhouse.PersonID) (others []store.Session, err error) {
	for _, id := range ids {
		all, err := tx.SessionsOf(id)
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			if !bytes.Equal(s.PhoneKey, mine.PhoneKey) {
				others = append(others, s)
			}
		}
	}
	return others, nil
}

// lockersOf lists where parcels of the persons lie.
func lockersOf(tx store.Tx, ids []lockhouse.PersonID) (lockers []lockhouse.LockerID, err error) {
	for _, id := range ids {
		parcels, err := tx.ParcelsOf(id)
		if err != nil {
			return nil, err
		}
		for _, p := range parcels {
			if p.Inside() && !slices.Contains(lockers, p.Locker) {
				lockers = append(lockers, p.Locker)
			}
		}
	}
	return lockers, nil
}

// renewAll voids the PINs and passes of the persons' parcels, which every phone of theirs has shown, at lockers that can be told.
func (a *API) renewAll(tx store.Tx, ids []lockhouse.PersonID) (full, err error) {
	for _, id := range ids {
		parcels, err := tx.ParcelsOf(id)
		if err != nil {
			return nil, err
		}
		for _, p := range parcels {
			if !p.Inside() {
				continue
			}
			has, err := tx.Panel(p.Locker)
			if err == nil && has.Renews {
				err = a.renew(tx, p)
			}
			switch {
			case lockhouse.CodeOf(err) == lockhouse.CodeTooMany:
				full = err
			case err != nil:
				return nil, err
			}
		}
	}
	return full, nil
}

// revokePhones takes back what the sessions' phones were granted at the lockers. Full is the refusal of one that keeps no more.
func (a *API) revokePhones(tx store.Tx, lockers []lockhouse.LockerID, sessions []store.Session) (full, err error) {
	until := a.Now().Add(recipientGrantLife)
	for _, locker := range lockers {
		for _, s := range sessions {
			err := a.Fleet.Revoke(tx, locker, credential.Thumbprint(s.PhoneKey), until)
			switch {
			case lockhouse.CodeOf(err) == lockhouse.CodeTooMany:
				full = err
			case err != nil:
				return nil, err
			}
		}
	}
	return full, nil
}
