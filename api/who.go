package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lockhouse"
	"lockhouse/store"
)

var reflectProblem = reflect.TypeFor[Problem]()

type contextKey int

const (
	keyOfKey contextKey = iota
	keyOfSession
	keyOfTrace
	keyOfAddress
)

// keyOf gives the API key that the request came with.
func keyOf(ctx context.Context) lockhouse.Key { return ctx.Value(keyOfKey).(lockhouse.Key) }

// sessionOf gives the recipient's session.
func sessionOf(ctx context.Context) store.Session { return ctx.Value(keyOfSession).(store.Session) }

// admit lets a route's callers in and everybody else out, before anything of the request is read; nobody when there is no
// room for one more of the class.
func (a *API) admit(who caller, c class) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(hc)
		ctx, err := r.Context(), a.gate.crowded(c)
		if err == nil {
			ctx, err = a.identify(r, who)
		}
		if err != nil {
			a.refuse(r.Context(), err).write(w)
			return
		}
		next(huma.WithContext(hc, ctx))
	}
}

func (a *API) identify(r *http.Request, who caller) (context.Context, error) {
	switch {
	case who.recipient:
		return a.bySession(r)
	case len(who.scopes) > 0:
		return a.byKey(r, who.scopes)
	case who.technician:
		return context.WithValue(r.Context(), keyOfAddress, a.address(r)), a.limitAddress(r)
	case who.ownPage:
		if err := sameOrigin(r); err != nil {
			return r.Context(), err
		}
	}
	return r.Context(), a.limitAddress(r)
}

func (a *API) byKey(r *http.Request, scopes []lockhouse.Scope) (context.Context, error) {
	ctx := r.Context()
	secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	key, err := a.Auth.KeyOf(ctx, secret)
	if err != nil {
		if limited := a.limitAddress(r); limited != nil { // whoever tries keys is slowed down
			return ctx, limited
		}
		return ctx, err
	}
	if err := a.keys.allow(string(key.ID), a.Now()); err != nil {
		return ctx, err
	}
	if trace := traceOf(ctx); trace != nil {
		trace.key = key.ID
	}
	if !slices.Contains(scopes, key.Scope) {
		return ctx, lockhouse.Refuse(lockhouse.CodeForbidden, "A key of scope %s can't do this; it takes one of scope %s.", key.Scope, words(scopes))
	}
	return context.WithValue(ctx, keyOfKey, key), nil
}

// bySession takes the session's cookie. SameSite keeps other sites from sending it; the check of the request's origin
// is for browsers that do not know that word.
func (a *API) bySession(r *http.Request) (context.Context, error) {
	ctx := r.Context()
	if err := a.limitAddress(r); err != nil {
		return ctx, err
	}
	if err := sameOrigin(r); err != nil {
		return ctx, err
	}
	token := ""
	if cookie, err := r.Cookie(cookieName); err == nil {
		token = cookie.Value
	}
	session, err := a.Auth.SessionOf(ctx, token)
	if err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, keyOfSession, session), nil
}

var crossOrigin = http.NewCrossOriginProtection()

func sameOrigin(r *http.Request) error {
	if err := crossOrigin.Check(r); err != nil {
		return lockhouse.Refuse(lockhouse.CodeForbidden, "This can only be asked from the network's own pages.").Because(err)
	}
	return nil
}

// sessionCookie is the cookie of a session that lasts maxAgeS seconds; -1 takes it away.
func (a *API) sessionCookie(token string, maxAgeS int) http.Cookie {
	return http.Cookie{
		Name: cookieName, Value: token, Path: "/", MaxAge: maxAgeS, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: strings.HasPrefix(a.BaseURL, "https://"),
	}
}

func words(scopes []lockhouse.Scope) string {
	var out []string
	for _, s := range scopes {
		out = append(out, string(s))
	}
	return strings.Join(out, " or ")
}
