package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/estate/fleet"
)

// aboutTold stands with each route that changes how a locker is to be.
const aboutTold = "The locker is told at once, or when it is back on its line: `actual_version` says when it has heard."

type lockerInput struct {
	ID lockhouse.LockerID `path:"id" maxLength:"64"`
}

func (a *API) operatorLocker() {
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/lockers/{id}/fault/acknowledge", id: "acknowledgeFault", tag: tagOperator, who: byOperator,
		summary: "Say that somebody has looked at a locker of which a door was forced, or whose receipts did not fit together",
		about: "Clears the faults `forced`, `contradiction`, `chain`, `gap` and `keysets` (two sets of next keys by one locker's present ones), which nothing that the locker says takes back. They come again " +
			"with the next word of that kind. After `gap`, what waits behind the missing receipts has its effect: look into the compartments first. Other faults stay until the locker is well. Twice is as good as once.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, func(ctx context.Context, in *lockerInput) (*body[standingView], error) {
		s, err := a.Fleet.Acknowledge(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return answer(a.viewStanding(s)), nil
	})
	add(a, route{
		method: http.MethodPut, path: "/v1/operator/lockers/{id}/compartments/{number}", id: "setCompartment", tag: tagOperator, who: byOperator,
		summary:  "Take a compartment out of service, or put it back",
		about:    "Out of service it is not promised to anybody, and its locker chooses it for no drop-off; what lies in it still comes out. " + aboutTold,
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, a.setCompartment)
	add(a, route{
		method: http.MethodPut, path: "/v1/operator/lockers/{id}/updates", id: "setChannel", tag: tagOperator, who: byOperator,
		summary:  "Say from which channel a locker takes new versions of its agent",
		about:    "Such as `trial`, for a few lockers that go first. Empty: as it was set up. Whom it believes, only its own settings say. " + aboutTold,
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, a.setChannel)
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/lockers/{id}/report", id: "askLocker", tag: tagOperator, who: byOperator,
		summary: "Ask a locker to say now how it is", about: "And to deliver what it has. A locker whose line is not up is `unavailable`.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, a.askLocker)
	a.lockerKeys()
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/lockers/{id}/retire", id: "retireLocker", tag: tagOperator, who: byOperator,
		summary: "Retire a locker",
		about: "Nothing is promised in it and nothing put in from now on, and it stands in the public register. What lies inside can still be collected; once it is " +
			"empty it forgets its keys, at its next contact. With parcels inside it is a `conflict` unless `forced`. `stolen`: it, or its computer, is in others' hands. Then no grant is " +
			"made for it any more, and its line and its receipts are refused at once. Twice is as good as once.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict},
	}, a.retireLocker)
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/lockers/{id}/retire/conclude", id: "concludeRetirement", tag: tagOperator, who: byOperator,
		summary: "Say in a retired locker's place that it is done",
		about: "For one whose computer was destroyed, or of which nobody hears any more: it is not asked any longer, and nothing that it says counts. It stands in the public register, with " +
			"the reason. Should it call after all, it is told to forget its keys. A locker at work is a `conflict`, and a silent one with parcels inside. Twice is as good as once.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict},
	}, a.concludeRetirement)
}

type concludeInput struct {
	ID   lockhouse.LockerID `path:"id" maxLength:"64"`
	Body struct {
		Reason string `json:"reason" enum:"destroyed,silent"`
	}
}

func (a *API) concludeRetirement(ctx context.Context, in *concludeInput) (*body[retirementView], error) {
	r, err := a.Fleet.Conclude(ctx, in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return answer(viewRetirement(r)), nil
}

type retireInput struct {
	ID   lockhouse.LockerID `path:"id" maxLength:"64"`
	Body struct {
		Forced bool `json:"forced" doc:"Although parcels lie inside."`
		Stolen bool `json:"stolen"`
	}
}

type retirementView struct {
	AskedAt *time.Time `json:"asked_at" doc:"Null: it is at work."`
	DoneAt  *time.Time `json:"done_at" doc:"When it was noted that it takes nothing more, and forgets its keys; or that it is not believed any more. Null: it is told at its next contact, once it is empty."`
	Stolen  bool       `json:"stolen"`
}

func (a *API) retireLocker(ctx context.Context, in *retireInput) (*body[retirementView], error) {
	r, err := a.Fleet.Retire(ctx, in.ID, in.Body.Forced, in.Body.Stolen)
	if err != nil {
		return nil, err
	}
	return answer(viewRetirement(r)), nil
}

func viewRetirement(r lockhouse.Retirement) retirementView {
	return retirementView{AskedAt: moment(r.AskedAt), DoneAt: moment(r.DoneAt), Stolen: r.Stolen}
}

type compartmentInput struct {
	ID     lockhouse.LockerID `path:"id" maxLength:"64"`
	Number int                `path:"number" minimum:"1" maximum:"999"`
	Body   struct {
		OutOfService bool `json:"out_of_service"`
	}
}

func (a *API) setCompartment(ctx context.Context, in *compartmentInput) (*body[standingView], error) {
	s, err := a.Fleet.SetOutOfService(ctx, in.ID, in.Number, in.Body.OutOfService)
	return a.told(ctx, s, err)
}

type channelInput struct {
	ID   lockhouse.LockerID `path:"id" maxLength:"64"`
	Body struct {
		Channel string `json:"channel" maxLength:"32" pattern:"^[a-z0-9-]*$"`
	}
}

func (a *API) setChannel(ctx context.Context, in *channelInput) (*body[standingView], error) {
	s, err := a.Fleet.SetChannel(ctx, in.ID, in.Body.Channel)
	return a.told(ctx, s, err)
}

// told tells a locker how it is to be, and answers how it stands.
func (a *API) told(ctx context.Context, s fleet.Standing, err error) (*body[standingView], error) {
	if err != nil {
		return nil, err
	}
	if err := a.Line.Tell(ctx, s.Locker.ID); err != nil { // it is told again until it keeps to it
		a.logger(requestID(ctx)).Warn("a locker could not be told at once how it is to be", slog.Any("error", err))
	}
	return answer(a.viewStanding(s)), nil
}

type outcomeView struct {
	Outcome lockhouse.Outcome `json:"outcome" enum:"done,expired,repeated,foreign,unknown,no_time,conflict,busy" doc:"What the locker says has become of it. no_time: it does not know how late it is, and does nothing."`
}

func (a *API) askLocker(ctx context.Context, in *lockerInput) (*body[outcomeView], error) {
	if _, err := a.lockerOf(ctx, in.ID); err != nil {
		return nil, err
	}
	outcome, err := a.Line.Command(ctx, in.ID, lockhouse.CommandReport)
	if err != nil {
		return nil, err
	}
	return answer(outcomeView{outcome}), nil
}
