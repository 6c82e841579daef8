package api

import (
	"context"
	"time"

	"lockhouse"
)

// maxTopics bounds how many holds and parcels one request is said to be about; a courier's sheet may have more.
const maxTopics = 8

// Served is what there is to say of a request that was answered. It holds nothing personal: the route instead of the path,
// no query, no address, codes and ids that name no person.
type Served struct {
	Route  string // the router's pattern; "none" when nothing answers to the path
	Status int
	Code   lockhouse.Code // empty when nothing was refused
	Began  time.Time
	Ended  time.Time
	Caller string              // the traceparent (W3C) that it came with
	Topics []lockhouse.TraceID // the holds and parcels it was about; only when Traced
	Steps  []Step              // what it was waiting for; only when Traced
}

// Step is a part of a request.
type Step struct {
	Name         string
	Began, Ended time.Time
}

// maxSteps bounds how many parts are noted.
const maxSteps = 8

// about notes which hold or parcel a request is about, for its trace and for the log.
func about[ID lockhouse.HoldID | lockhouse.ParcelID](ctx context.Context, id ID) {
	if t := traceOf(ctx); t != nil && t.traced && id != "" && len(t.topics) < maxTopics {
		t.topics = append(t.topics, lockhouse.TraceOf(id))
	}
}

// NoteStep notes what a request was waiting for, if ctx is that of a request that is traced. It is for whoever stands
// between the API and the store.
func NoteStep(ctx context.Context, name string, began, ended time.Time) {
	if t := traceOf(ctx); t != nil && t.traced && len(t.steps) < maxSteps {
		t.steps = append(t.steps, Step{name, began, ended})
	}
}

// served tells the operator's meters and traces of a request.
func (a *API) served(t *trace, route, caller string, began, ended time.Time) {
	if a.Served == nil {
		return
	}
	a.Served(&Served{Route: route, Status: t.status, Code: t.code, Began: began, Ended: ended, Caller: caller, Topics: t.topics, Steps: t.steps})
}

// Routes gives the patterns of all declared routes. They and Codes are what a meter needs to know beforehand.
func (a *API) Routes() []string { return a.routes }

// Codes gives every code that a refusal can have.
func (a *API) Codes() (codes []lockhouse.Code) {
	for code := range a.codes {
		codes = append(codes, code)
	}
	return codes
}
