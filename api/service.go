package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/estate/service"
)

type serviceInput struct {
	ID   lockhouse.LockerID `path:"id" maxLength:"64"`
	Body struct {
		Compartment int                     `json:"compartment" minimum:"1" maximum:"999"`
		Reason      lockhouse.ServiceReason `json:"reason" enum:"stuck_door,cleaning,inspection,safety,assistance" doc:"One word: it stands in the public register."`
		PhoneKey    string                  `json:"phone_key" maxLength:"128" doc:"Of the phone that will stand at the door: P-256, uncompressed, 65 bytes, base64url."`
	}
}

type serviceRefInput struct {
	Ref string `path:"ref" maxLength:"64"`
}

// ServiceView is an opening for service.
type ServiceView struct {
	Ref         string                  `json:"ref" doc:"By which the register names it."`
	LockerID    lockhouse.LockerID      `json:"locker_id"`
	Compartment int                     `json:"compartment"`
	Reason      lockhouse.ServiceReason `json:"reason" enum:"stuck_door,cleaning,inspection,safety,assistance"`
	AskedBy     lockhouse.KeyID         `json:"asked_by"`
	AskedAt     time.Time               `json:"asked_at"`
	ApproveBy   time.Time               `json:"approve_by" doc:"Until then a second person may say yes."`
	ApprovedBy  *lockhouse.KeyID        `json:"approved_by"`
	ApprovedAt  *time.Time              `json:"approved_at"`
	OpenedAt    *time.Time              `json:"opened_at" doc:"By the locker's word."`
	DeclinedBy  *lockhouse.KeyID        `json:"declined_by" doc:"Where it is the key that asked, it was taken back."`
	DeclinedAt  *time.Time              `json:"declined_at"`

	State      lockhouse.ServiceState `json:"state" enum:"asked,approved,opened,declined,lapsed,missed,void" doc:"asked: a second person may answer. approved: the phone may open. lapsed: nobody said yes in time. missed: it was approved, and not opened in time. void: one of the two keys was revoked."`
	OpenBy     *time.Time             `json:"open_by" doc:"Until then the phone may open; null unless it was approved."`
	Mine       bool                   `json:"mine" doc:"The key that asks now asked for it, and so can't approve it."`
	AskedName  string                 `json:"asked_name" doc:"The label of the key that asked for it."`
	AnswerName string                 `json:"answer_name" doc:"That of the key that approved or declined it; empty while nobody has."`
	SiteID     lockhouse.SiteID       `json:"site_id"`
	Site       string                 `json:"site" doc:"The site's name."`
	LockerName string                 `json:"locker_name" doc:"Painted on it, such as A."`
	Occupied   bool                   `json:"occupied" doc:"A parcel lies in the compartment."`
	PhoneKey   string                 `json:"phone_key" doc:"Of the phone that may open it, base64url."`
}

func viewService(ctx context.Context, c service.Account) ServiceView {
	s := c.Service
	v := ServiceView{Ref: s.Ref.String(), LockerID: s.Locker, Compartment: s.Compartment, Reason: s.Reason, AskedBy: s.AskedBy, AskedAt: s.AskedAt.UTC(),
		ApproveBy: s.AskedAt.Add(lockhouse.ServiceApproval).UTC(), ApprovedAt: moment(s.ApprovedAt), OpenedAt: moment(s.OpenedAt), DeclinedAt: moment(s.DeclinedAt),
		State: c.State, Mine: s.AskedBy == keyOf(ctx).ID, AskedName: c.AskedBy, AnswerName: c.AnsweredBy,
		SiteID: c.Site.ID, Site: c.Site.Name, LockerName: c.Locker.Name, Occupied: c.Occupied, PhoneKey: b64(s.PhoneKey)}
	if s.ApprovedBy != "" {
		v.ApprovedBy, v.OpenBy = &s.ApprovedBy, moment(s.ApprovedAt.Add(lockhouse.ServiceOpening))
	}
	if s.DeclinedBy != "" {
		v.DeclinedBy = &s.DeclinedBy
	}
	return v
}

type servicesView struct {
	Services []ServiceView `json:"services" doc:"Of the last 24 hours, newest first; at most 200. The register has all."`
}

type serviceGrantView struct {
	ServiceView
	Locker     lockerView `json:"locker"`
	Grant      *string    `json:"grant" doc:"For the phone that was named, one compartment, once. Null while it may not be opened."`
	GrantUntil *time.Time `json:"grant_until"`
}

func (a *API) operatorService() {
	missing := []lockhouse.Code{lockhouse.CodeNotFound}
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/lockers/{id}/services", id: "askService", tag: tagOperator, who: byOperator, status: http.StatusCreated,
		summary:  "Ask for a compartment to be opened for service",
		about:    "It opens nothing by itself: a second person, with an operator's key of their own, has to approve it within 15 minutes. It stands in the public register from now on.",
		refusals: missing,
	}, a.askService)
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/services/{ref}/approve", id: "approveService", tag: tagOperator, who: byOperator,
		summary:  "Approve an opening for service, as the second person",
		about:    "Whoever asked for it can't. From now on, and for 15 minutes, the phone that was named may open the one compartment, once. Whose parcel lies in it is told.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict, lockhouse.CodeLapsed},
	}, a.approveService)
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/services/{ref}/decline", id: "declineService", tag: tagOperator, who: byOperator,
		summary:  "Decline an opening for service, or take it back",
		about:    "By anybody, as long as it is not approved; whoever asked for it takes it back by this. It stands in the register, as its asking does. Twice is as good as once.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict},
	}, a.declineService)
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/services", id: "listServices", tag: tagOperator, who: byOperator,
		summary: "Openings for service that were asked for lately", about: "With what a second person judges them by.",
	}, a.listServices)
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/services/{ref}", id: "getService", tag: tagOperator, who: byOperator,
		summary: "An opening for service, with its grant where it may be opened", refusals: missing,
	}, a.getService)
	a.register()
}

func (a *API) askService(ctx context.Context, in *serviceInput) (*body[ServiceView], error) {
	key, err := base64.RawURLEncoding.DecodeString(in.Body.PhoneKey)
	if err != nil {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "phone_key must be base64url.").With("field", "phone_key")
	}
	s, err := a.Service.Ask(ctx, lockhouse.Service{Locker: in.ID, Compartment: in.Body.Compartment, Reason: in.Body.Reason, PhoneKey: key, AskedBy: keyOf(ctx).ID})
	if err != nil {
		return nil, err
	}
	return a.accountOf(ctx, s.Ref)
}

// accountOf answers with an opening for service as it stands.
func (a *API) accountOf(ctx context.Context, ref lockhouse.ParcelRef) (*body[ServiceView], error) {
	c, err := a.Service.Account(ctx, ref)
	if err != nil {
		return nil, err
	}
	return answer(viewService(ctx, c)), nil
}

func (a *API) listServices(ctx context.Context, _ *struct{}) (*body[servicesView], error) {
	all, err := a.Service.Recent(ctx)
	if err != nil {
		return nil, err
	}
	return answer(servicesView{listOf(all, func(c service.Account) ServiceView { return viewService(ctx, c) })}), nil
}

// serviceRef reads a reference; what can't be one is not there.
func serviceRef(text string) (ref lockhouse.ParcelRef, err error) {
	if ref.UnmarshalText([]byte(text)) != nil {
		return ref, lockhouse.Refuse(lockhouse.CodeNotFound, "There is no such opening for service.")
	}
	return ref, nil
}

func (a *API) approveService(ctx context.Context, in *serviceRefInput) (*body[ServiceView], error) {
	ref, err := serviceRef(in.Ref)
	if err != nil {
		return nil, err
	}
	if _, err := a.Service.Approve(ctx, ref, keyOf(ctx).ID); err != nil {
		return nil, err
	}
	return a.accountOf(ctx, ref)
}

func (a *API) declineService(ctx context.Context, in *serviceRefInput) (*body[ServiceView], error) {
	ref, err := serviceRef(in.Ref)
	if err != nil {
		return nil, err
	}
	if _, err := a.Service.Decline(ctx, ref, keyOf(ctx).ID); err != nil {
		return nil, err
	}
	return a.accountOf(ctx, ref)
}

func (a *API) getService(ctx context.Context, in *serviceRefInput) (*body[serviceGrantView], error) {
	ref, err := serviceRef(in.Ref)
	if err != nil {
		return nil, err
	}
	o, err := a.Service.Find(ctx, ref)
	if err != nil {
		return nil, err
	}
	c, err := a.Service.Account(ctx, ref)
	if err != nil {
		return nil, err
	}
	v := serviceGrantView{ServiceView: viewService(ctx, c), Locker: a.viewLocker(o.Locker, o.Compartments)}
	if o.Target.Verb == lockhouse.VerbService {
		grant, until, err := a.grant(o.Locker, o.Service.PhoneKey, o.Until.Sub(a.Now()), o.Target)
		if err != nil {
			return nil, err
		}
		v.Grant, v.GrantUntil = &grant, moment(until)
	}
	return answer(v), nil
}
