package api

import (
	"context"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/flow/unlock"
	"lockhouse/store"
)

// withoutPhoneRoutes are for who lost what opens their parcel's door without a phone.
func (a *API) withoutPhoneRoutes() {
	add(a, route{
		method: http.MethodPost, path: "/v1/recipient/parcels/{id}/renew-pin", id: "renewMyPIN", tag: tagRecipient, who: byRecipient,
		summary: "Void the PIN and the printed pass of a parcel, and get others",
		about: "For a paper that was lost, or digits that somebody saw. The locker is told at once, or when it is back on its line: `in_force` says when it has heard, and until then the former " +
			"ones open. Phones open as before. A `conflict`: nothing can be opened now, or the locker's agent is too old to be told.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict, lockhouse.CodeTooMany},
	}, a.renewMyPIN)
}

func (a *API) renewMyPIN(ctx context.Context, in *myParcelInput) (*body[myParcelView], error) {
	ids, err := a.persons(ctx)
	if err != nil {
		return nil, err
	}
	at, err := a.Unlock.Parcel(ctx, in.ID, ids...)
	if err != nil {
		return nil, err
	}
	if err := mayRenew(at); err != nil {
		return nil, err
	}
	err = a.Store.Update(ctx, func(tx store.Tx) error {
		return a.renew(tx, at.Parcel)
	})
	if err != nil {
		return nil, err
	}
	a.tellLockers(ctx, at.Locker.ID)
	if at, err = a.Unlock.Parcel(ctx, in.ID, ids...); err != nil {
		return nil, err
	}
	v, err := a.viewMine(ctx, at)
	if err != nil {
		return nil, err
	}
	return answer(v), nil
}

// renewedYears is for how long a locker is to remember that a parcel's PIN was voided: longer than any parcel lies there, since a PIN does not end by
// itself. Taken, it is forgotten with the parcel.
const renewedYears = 10

// renew voids a parcel's PIN and passes at its locker.
func (a *API) renew(tx store.Tx, p lockhouse.Parcel) error {
	return a.Fleet.Revoke(tx, p.Locker, [8]byte(p.Ref), a.Now().AddDate(renewedYears, 0, 0))
}

func mayRenew(at unlock.Place) error {
	switch {
	case !at.MayOpen():
		return lockhouse.Refuse(lockhouse.CodeConflict, "Nothing opens this parcel's door now, so there is nothing to void.")
	case !at.Panel.Renews:
		return lockhouse.Refuse(lockhouse.CodeConflict, "This locker can't void a PIN or a pass yet. Collect the parcel soon, or ask the operator.")
	}
	return nil
}

// withoutPhone adds what opens the door for who has no smartphone, or lets somebody fetch it who has none.
func (a *API) withoutPhone(ctx context.Context, v *myParcelView, at unlock.Place) error {
	var pin string
	err := a.Store.View(ctx, func(tx store.Tx) (err error) {
		pin, err = a.Unlock.PIN(tx, at.Locker, at.Parcel)
		return err
	})
	if err != nil {
		return err
	}
	if pin != "" {
		v.PIN = &pin
	}
	pass, until, err := a.pass(at.Locker, passSince(a.Now(), at.Renewed), at.Parcel.CollectBy, at.Target)
	if err != nil {
		return err
	}
	v.Pass, v.PassExpiresAt, v.InForce = &pass, &until, at.Renewed.IsZero() || at.Heard
	return nil
}

// passSince is when a pass is issued: in a later second than that in which the former ones were voided, since what was issued by then is void.
func passSince(now, renewed time.Time) time.Time {
	now = now.UTC().Truncate(time.Second)
	if renewed.IsZero() || now.After(renewed) {
		return now
	}
	return renewed.UTC().Truncate(time.Second).Add(time.Second)
}
