package auth

import (
	"context"

	"lockhouse"
	"lockhouse/store"
)

// SessionOf gives the session with this token, or unauthorised.
func (d *Desk) SessionOf(ctx context.Context, token string) (session store.Session, err error) {
	nobody := lockhouse.Refuse(lockhouse.CodeUnauthorised, "You are not signed in on this phone. Open the link from your mail, or ask for a new one.")
	if !shaped("", token) {
		return session, nobody
	}
	err = d.Store.View(ctx, func(tx store.Tx) error {
		session, err = tx.SessionByHash(hashOf(token))
		return err
	})
	if err != nil {
		return store.Session{}, unknownAs(err, nobody)
	}
	if !d.Now().Before(session.ExpiresAt) {
		return store.Session{}, nobody
	}
	return session, nil
}

// SignOut ends a session. A token that is no session's changes nothing.
func (d *Desk) SignOut(ctx context.Context, token string) error {
	if !shaped("", token) {
		return nil
	}
	err := d.Store.Update(ctx, func(tx store.Tx) error { return tx.EndSession(hashOf(token)) })
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return nil
	}
	return err
}
