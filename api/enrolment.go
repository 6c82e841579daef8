package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
)

// How often one address may try codes: a technician mistypes, and nobody guesses 90 bits.
const (
	enrolPerS  = 0.2
	enrolBurst = 12
)

type invitationInput struct {
	Body struct {
		SiteID lockhouse.SiteID `json:"site_id" maxLength:"64"`
		Name   string           `json:"name" minLength:"1" maxLength:"40" doc:"Painted on the locker, such as A."`
	}
}

type invitationView struct {
	ID        string    `json:"id" doc:"By which the list of codes names it."`
	Code      string    `json:"code" doc:"What the technician types at the locker: lockhouse-agent enrol. Shown now and never again."`
	ExpiresAt time.Time `json:"expires_at"`
}

type enrolmentInput struct {
	ID string `path:"id" maxLength:"64" doc:"Follows from the code."`
}

type enrolmentView struct {
	Challenge string `json:"challenge"`
	IssuerKey string `json:"issuer_key"`
}

type sealedInput struct {
	ID   string `path:"id" maxLength:"64" doc:"Follows from the code."`
	Body struct {
		Sealed string `json:"sealed" maxLength:"65000" doc:"What the locker says, base64url."`
	}
}

type sealedView struct {
	Sealed string `json:"sealed" doc:"What it is told."`
}

func (a *API) enrolment() {
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/enrolments", id: "inviteLocker", tag: tagOperator, who: byOperator, status: http.StatusCreated,
		summary:  "A code for a new locker",
		about:    "For one locker, once, within a day. The locker makes its keys itself, and locker and network recognise each other by the code.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, func(ctx context.Context, in *invitationInput) (*body[invitationView], error) {
		i, err := a.Enrol.Invite(ctx, in.Body.SiteID, in.Body.Name)
		if err != nil {
			return nil, err
		}
		return answer(invitationView{b64(i.ID[:]), i.Code, i.ExpiresAt.UTC()}), nil
	})
	a.listCodes()
	refusals := []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeLapsed}
	add(a, route{
		method: http.MethodGet, path: "/v1/enrolments/{id}", id: "meetLocker", tag: tagAbout, who: byTechnician, summary: "What a new locker needs to use its code",
		about: "For lockhouse-agent. The code itself is not sent.", refusals: refusals,
	}, a.meetLocker)
	add(a, route{
		method: http.MethodPut, path: "/v1/enrolments/{id}", id: "enrolLocker", tag: tagAbout, who: byTechnician, summary: "Enrol a new locker",
		about:    "For lockhouse-agent. Both ways sealed with keys that follow from the code. The same locker is answered again, any other is not.",
		refusals: append(refusals, lockhouse.CodeForbidden, lockhouse.CodeUsed, lockhouse.CodeConflict),
	}, a.enrolLocker)
}

// enrolID reads what names an enrolment, for an address that has not asked for too many. What can't be one is as unknown as
// one that is not there.
func (a *API) enrolID(ctx context.Context, text string) (id credential.EnrolID, err error) {
	if err := a.enrols.allow(ctx.Value(keyOfAddress).(string), a.Now()); err != nil {
		return id, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != len(id) {
		return id, lockhouse.Refuse(lockhouse.CodeNotFound, "This code is not known. Ask the network's operator for another.")
	}
	return credential.EnrolID(raw), nil
}

func (a *API) meetLocker(ctx context.Context, in *enrolmentInput) (*body[enrolmentView], error) {
	id, err := a.enrolID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	m, err := a.Enrol.Offer(ctx, id)
	if err != nil {
		return nil, err
	}
	return answer(enrolmentView{Challenge: b64(m.Challenge), IssuerKey: b64(m.Issuer)}), nil
}

func (a *API) enrolLocker(ctx context.Context, in *sealedInput) (*body[sealedView], error) {
	id, err := a.enrolID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	ask, err := base64.RawURLEncoding.DecodeString(in.Body.Sealed)
	if err != nil {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "sealed must be base64url.").With("field", "sealed")
	}
	sealed, err := a.Enrol.Answer(ctx, id, ask)
	if err != nil {
		return nil, err
	}
	return answer(sealedView{b64(sealed)}), nil
}
