package auth

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// NewLink draws the token of a one-time mail link for a person and keeps its hash, good for LinkLife. It works within
// the caller's transaction.
func (d *Desk) NewLink(tx store.Tx, person lockhouse.PersonID) (token string, err error) {
	token, err = draw("", d.Random)
	if err != nil {
		return "", err
	}
	return token, tx.InsertLink(store.Link{Hash: hashOf(token), Person: person, ExpiresAt: d.Now().Add(LinkLife)})
}

// SignIn uses up a link and opens a session for its person, bound to the phone's public key, all or nothing. The
// token that it gives is the session's, for a cookie.
func (d *Desk) SignIn(ctx context.Context, linkToken string, phoneKey []byte) (token string, session store.Session, err error) {
	if err := CheckPhoneKey(phoneKey); err != nil {
		return "", store.Session{}, err
	}
	unknown := lockhouse.Refuse(lockhouse.CodeNotFound, "We don't know this link. Open it from the newest mail, or ask for a new one here.")
	if !shaped("", linkToken) {
		return "", store.Session{}, unknown
	}
	token, err = draw("", d.Random)
	if err != nil {
		return "", store.Session{}, err
	}
	now, hash := d.Now(), hashOf(linkToken)
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		link, err := tx.LinkByHash(hash)
		if err != nil {
			return unknownAs(err, unknown)
		}
		if err := usable(link, now); err != nil {
			return err
		}
		session = store.Session{Hash: hashOf(token), Person: link.Person, PhoneKey: phoneKey, ExpiresAt: now.Add(SessionLife)}
		return enter(tx, hash, session, now)
	})
	if err != nil {
		return "", store.Session{}, err
	}
	return token, session, nil
}

func enter(tx store.Tx, link [32]byte, session store.Session, now time.Time) error {
	if err := tx.UseLink(link, now); err != nil {
		return err
	}
	return tx.InsertSession(session)
}

// usable refuses a link that was used or whose time is over.
func usable(link store.Link, now time.Time) error {
	if !link.UsedAt.IsZero() {
		return lockhouse.Refuse(lockhouse.CodeUsed,
			"This link was used already; it works once. If that was you in another browser, go on there; otherwise ask for a new link here.")
	}
	if !now.Before(link.ExpiresAt) {
		return lockhouse.Refuse(lockhouse.CodeLapsed, "This link is too old. Ask for a new one here; it comes by mail within a minute.")
	}
	return nil
}
