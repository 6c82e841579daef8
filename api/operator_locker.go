package api

import (
	"context"
	"net/http"

	"lockhouse"
)

type lockerInput struct {
	ID lockhouse.LockerID `path:"id" maxLength:"64"`
}

func (a *API) operatorLocker() {
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/lockers/{id}/fault/acknowledge", id: "acknowledgeFault", tag: tagOperator, who: byOperator,
		summary: "Say that somebody has looked at a locker whose receipts did not fit together",
		about: "Clears the faults `contradiction`, `chain` and `gap`, which nothing that the locker says takes back. They come again with the next receipt that " +
			"does not fit. After `gap`, what waits behind the missing receipts has its effect: look into the compartments first. Other faults stay until the locker is well. Twice is as good as once.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, func(ctx context.Context, in *lockerInput) (*body[standingView], error) {
		s, err := a.Fleet.Acknowledge(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return answer(a.viewStanding(s)), nil
	})
}
