package api

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/auth"
)

type linkInput struct {
	Body struct {
		Email string `json:"email" minLength:"3" maxLength:"254" example:"ada@example.org"`
	}
}

type signInInput struct {
	Body struct {
		Token    string `json:"token" maxLength:"64" doc:"What stands in the mail's link after the #."`
		PhoneKey string `json:"phone_key" maxLength:"100" doc:"This browser's public key: P-256, uncompressed, 65 bytes, base64url. Grants are bound to it."`
	}
}

type sessionAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      struct {
		ExpiresAt time.Time `json:"expires_at"`
	}
}

type signOutInput struct {
	Token string `cookie:"lockhouse_session"`
}

type signOutAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

// linkAnswerMS is what the answer to a wish for a link takes. Only the mail that is queued has to reach the disk, and by
// that time anybody could find out which addresses are known here.
const linkAnswerMS = 200

// askForLink queues a mail if somebody is known under the address.
func (a *API) askForLink(ctx context.Context, in *linkInput) (*struct{}, error) {
	answer := time.NewTimer(linkAnswerMS * time.Millisecond)
	defer answer.Stop()
	if err := a.queueLink(ctx, in); err != nil {
		return nil, err
	}
	select {
	case <-answer.C:
	case <-ctx.Done():
	}
	return nil, nil
}

func (a *API) queueLink(ctx context.Context, in *linkInput) error {
	now := a.Now()
	return a.Store.Update(ctx, func(tx store.Tx) error {
		persons, err := a.People.ByEmail(tx, in.Body.Email)
		if err != nil || len(persons) == 0 {
			return err
		}
		return tx.InsertNotice(lockhouse.Notice{
			Event: linkRequest(persons[0], now), Kind: lockhouse.NoticeSignIn, Person: persons[0], At: now,
			Attempts: lockhouse.Attempts{NextAt: now},
		})
	})
}

// linkRequest numbers a request for a link. No event of the outbox caused it, so it counts below zero; it is the same
// number for one person within a minute, and so is the mail.
func linkRequest(person lockhouse.PersonID, now time.Time) int64 {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(person), uint64(now.Unix()/60)))
	return -1 - int64(binary.BigEndian.Uint64(sum[:])>>1)
}

func (a *API) signIn(ctx context.Context, in *signInInput) (*sessionAnswer, error) {
	phoneKey, err := unb64("phone_key", in.Body.PhoneKey)
	if err != nil {
		return nil, err
	}
	token, session, err := a.Auth.SignIn(ctx, in.Body.Token, phoneKey)
	if err != nil {
		return nil, err
	}
	out := &sessionAnswer{SetCookie: a.sessionCookie(token, int(auth.SessionLife/time.Second))}
	out.Body.ExpiresAt = session.ExpiresAt.UTC()
	return out, nil
}

func (a *API) signOut(ctx context.Context, in *signOutInput) (*signOutAnswer, error) {
	if err := a.Auth.SignOut(ctx, in.Token); err != nil {
		return nil, err
	}
	return &signOutAnswer{a.sessionCookie("", -1)}, nil
}
