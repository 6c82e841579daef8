package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

type codeView struct {
	ID        string              `json:"id"`
	Name      string              `json:"name" doc:"That the locker will have."`
	ExpiresAt time.Time           `json:"expires_at" doc:"Until then a locker may come by it."`
	UsedAt    *time.Time          `json:"used_at" doc:"When its locker came; null while none has."`
	LockerID  *lockhouse.LockerID `json:"locker_id" doc:"Which came."`
}

func viewCode(e store.Enrolment) codeView {
	v := codeView{ID: b64(e.ID[:]), Name: e.Name, ExpiresAt: e.ExpiresAt.UTC(), UsedAt: moment(e.UsedAt)}
	if e.Locker != "" {
		v.LockerID = &e.Locker
	}
	return v
}

type codesView struct {
	Codes []codeView `json:"codes" doc:"Those made last first, used and lapsed ones too for a month; at most 50."`
}

type codeInput struct {
	ID string `path:"id" maxLength:"64"`
}

// listCodes lets operators see which codes for new lockers there are, and withdraw one.
func (a *API) listCodes() {
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/sites/{id}/enrolments", id: "listEnrolments", tag: tagOperator, who: byOperator,
		summary: "Codes for new lockers at a site", about: "The codes themselves are not kept.", refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, func(ctx context.Context, in *siteInput) (*body[codesView], error) {
		all, err := a.Enrol.At(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return answer(codesView{listOf(all, viewCode)}), nil
	})
	add(a, route{
		method: http.MethodDelete, path: "/v1/operator/enrolments/{id}", id: "withdrawEnrolment", tag: tagOperator, who: byOperator, status: http.StatusNoContent,
		summary: "Withdraw a code for a new locker", about: "From now on nobody comes by it. One by which a locker has come is `used`.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeUsed},
	}, a.withdrawCode)
}

func (a *API) withdrawCode(ctx context.Context, in *codeInput) (*struct{}, error) {
	raw, err := base64.RawURLEncoding.DecodeString(in.ID)
	if err != nil || len(raw) != len(credential.EnrolID{}) {
		return nil, lockhouse.Refuse(lockhouse.CodeNotFound, "There is no such code.")
	}
	return nil, a.Enrol.Withdraw(ctx, credential.EnrolID(raw))
}
