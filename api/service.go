package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/store"
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
}

func viewService(s lockhouse.Service) ServiceView {
	v := ServiceView{Ref: s.Ref.String(), LockerID: s.Locker, Compartment: s.Compartment, Reason: s.Reason, AskedBy: s.AskedBy, AskedAt: s.AskedAt.UTC(),
		ApproveBy: s.AskedAt.Add(lockhouse.ServiceApproval).UTC(), ApprovedAt: moment(s.ApprovedAt), OpenedAt: moment(s.OpenedAt)}
	if s.ApprovedBy != "" {
		v.ApprovedBy = &s.ApprovedBy
	}
	return v
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
	return answer(viewService(s)), nil
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
	s, err := a.Service.Approve(ctx, ref, keyOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return answer(viewService(s)), nil
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
	v := serviceGrantView{ServiceView: viewService(o.Service), Locker: a.viewLocker(o.Locker, o.Compartments)}
	if o.Target.Verb == lockhouse.VerbService {
		grant, until, err := a.grant(o.Locker, o.Service.PhoneKey, o.Until.Sub(a.Now()), o.Target)
		if err != nil {
			return nil, err
		}
		v.Grant, v.GrantUntil = &grant, moment(until)
	}
	return answer(v), nil
}

type registerInput struct {
	After int64 `query:"after" minimum:"0" doc:"The number of the last entry that you have."`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type entryView struct {
	N           int64               `json:"n"`
	At          time.Time           `json:"at"`
	Kind        lockhouse.EntryKind `json:"kind" enum:"service.asked,service.approved,service.opened,service.shut,locker.retired"`
	SiteID      lockhouse.SiteID    `json:"site_id"`
	LockerID    lockhouse.LockerID  `json:"locker_id"`
	Compartment int                 `json:"compartment" doc:"0 where it is about all of a locker."`
	Reason      string              `json:"reason"`
	Ref         string              `json:"ref" doc:"What belongs together has one."`
	Prev        string              `json:"prev" doc:"The hash of the entry before, base64url; docs/decisions says of what."`
	Hash        string              `json:"hash" doc:"Its own, as the next one names it."`
}

type entriesView struct {
	Entries []entryView `json:"entries" doc:"Oldest first."`
}

func (a *API) register() {
	add(a, route{
		method: http.MethodGet, path: "/v1/register", id: "readRegister", tag: tagAbout, who: anybody, summary: "The public register",
		about: "What was done that people should be able to see: openings for service, lockers that were retired. Entries are only ever added, and each holds the hash of " +
			"the one before: whoever keeps the last hash they saw finds out if anything before it is changed. It names nobody.",
	}, func(ctx context.Context, in *registerInput) (*body[entriesView], error) {
		var entries []lockhouse.Entry
		err := a.Store.View(ctx, func(tx store.Tx) (err error) {
			entries, err = tx.Entries(in.After, in.Limit)
			return err
		})
		if err != nil {
			return nil, err
		}
		return answer(entriesView{listOf(entries, viewEntry)}), nil
	})
}

func viewEntry(e lockhouse.Entry) entryView {
	hash := e.Hash()
	return entryView{N: e.N, At: e.At.UTC(), Kind: e.Kind, SiteID: e.Site, LockerID: e.Locker, Compartment: e.Compartment, Reason: e.Reason, Ref: e.Ref,
		Prev: b64(e.Prev[:]), Hash: b64(hash[:])}
}
