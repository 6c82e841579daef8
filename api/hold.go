package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/flow/checkout"
	"lockhouse/flow/hold"
)

// maxAlternatives is how many sites a "full" comes with.
const maxAlternatives = 3

// ReferenceInput names a shop's hold or parcel in the address.
type ReferenceInput struct {
	Reference string `path:"reference" maxLength:"64" example:"order-1041" doc:"Your own name for it: letters, digits and . _ ~ : -"`
}

type holdInput struct {
	ReferenceInput
	Body roomOrder
}

// roomOrder is what a shop says of the room that it wants.
type roomOrder struct {
	SiteID  lockhouse.SiteID `json:"site_id" maxLength:"64"`
	Parcel  dimensions       `json:"parcel"`
	Arrives string           `json:"arrives" format:"date" example:"2026-11-24" doc:"The day the parcel will arrive, a date at the site."`
}

func (o roomOrder) request(shop lockhouse.ShopID, reference string) (hold.Request, error) {
	arrives, err := lockhouse.ParseDay(o.Arrives)
	return hold.Request{Shop: shop, Reference: reference, Site: o.SiteID, Dimensions: o.Parcel.noun(), Arrives: arrives}, err
}

type holdView struct {
	ID        lockhouse.HoldID    `json:"id"`
	Reference string              `json:"reference"`
	SiteID    lockhouse.SiteID    `json:"site_id"`
	Size      string              `json:"size"`
	From      string              `json:"from" format:"date" doc:"Room is kept from this day"`
	Until     string              `json:"until" format:"date" doc:"to the end of this one."`
	State     lockhouse.HoldState `json:"state" enum:"placed,confirmed,converted,released,lapsed"`
	LapsesAt  *time.Time          `json:"lapses_at" doc:"When it lapses unless something happens; null once it belongs to a parcel."`
}

func viewHold(h lockhouse.Hold) holdView {
	v := holdView{ID: h.ID, Reference: h.Reference, SiteID: h.Site, Size: h.Size, From: h.From.String(), Until: h.Until.String(), State: h.State}
	if h.State != lockhouse.HoldConverted {
		v.LapsesAt = moment(h.LapsesAt)
	}
	return v
}

// statusAnswer says whether something was made or was there already.
type statusAnswer[T any] struct {
	Status int
	Body   T
}

func made[T any](created bool, v T) *statusAnswer[T] {
	if created {
		return &statusAnswer[T]{http.StatusCreated, v}
	}
	return &statusAnswer[T]{http.StatusOK, v}
}

func (a *API) hold() {
	add(a, route{
		method: http.MethodPut, path: "/v1/holds/{reference}", id: "placeHold", tag: tagHold, who: byShop,
		summary: "Keep room", status: http.StatusOK, also: []int{http.StatusCreated},
		about: "One hold for each reference. The same request again gives the same hold (200); another site, size or day replaces it in one step, " +
			"and the old room is free the moment the new one is kept. It lapses by itself unless it is extended or confirmed. Refused as `full` " +
			"or `closed`, it comes with `alternatives`: the nearest sites with room, in the shape of `GET /v1/sites`.",
		refusals: []lockhouse.Code{lockhouse.CodeFull, lockhouse.CodeTooLarge, lockhouse.CodePast, lockhouse.CodeClosed,
			lockhouse.CodeNotFound, lockhouse.CodeUsed, lockhouse.CodeOtherCell},
	}, a.placeHold)
	add(a, holdRoute(http.MethodGet, "", "getHold", "A hold as it is now"), holdVerb(a.Holds.Get))
	add(a, holdRoute(http.MethodDelete, "", "releaseHold", "Give the room back"), holdVerb(a.Holds.Release))
	add(a, holdRoute(http.MethodPost, "/extend", "extendHold", "More time at checkout"), holdVerb(a.Holds.Extend))
	add(a, holdRoute(http.MethodPost, "/confirm", "confirmHold", "The order was paid"),
		func(ctx context.Context, in *ReferenceInput) (*body[holdView], error) {
			h, err := a.Holds.Confirm(ctx, keyOf(ctx).Shop, in.Reference)
			if err != nil {
				return nil, a.withAlternatives(ctx, err, in.Reference)
			}
			about(ctx, h.ID)
			return answer(viewHold(h)), nil
		})
}

func holdRoute(method, verb, id, summary string) route {
	r := route{method: method, path: "/v1/holds/{reference}" + verb, id: id, tag: tagHold, who: byShop, summary: summary, status: http.StatusOK,
		refusals: []lockhouse.Code{lockhouse.CodeNotFound}}
	if method != http.MethodGet {
		r.refusals = append(r.refusals, lockhouse.CodeConflict, lockhouse.CodeUsed)
	}
	switch verb {
	case "/extend":
		r.about = "Gives a placed hold its time anew, up to two hours after it was placed."
		r.refusals = append(r.refusals, lockhouse.CodeLapsed)
	case "/confirm":
		r.about = "From now on it keeps room until its last day is over. One that has lapsed takes room again if there is any; otherwise `full`, " +
			"with `alternatives`."
		r.refusals = append(r.refusals, lockhouse.CodeFull, lockhouse.CodeClosed, lockhouse.CodePast)
	case "":
		if method == http.MethodDelete {
			r.about = "The cart was abandoned or the order cancelled. Once the parcel is announced, recall that instead."
		}
	}
	return r
}

// verbOfHold is a verb of the room that takes a shop's reference and gives the hold.
type verbOfHold func(context.Context, lockhouse.ShopID, string) (lockhouse.Hold, error)

func holdVerb(verb verbOfHold) func(context.Context, *ReferenceInput) (*body[holdView], error) {
	return func(ctx context.Context, in *ReferenceInput) (*body[holdView], error) {
		h, err := verb(ctx, keyOf(ctx).Shop, in.Reference)
		if err != nil {
			return nil, err
		}
		about(ctx, h.ID)
		return answer(viewHold(h)), nil
	}
}

func (a *API) placeHold(ctx context.Context, in *holdInput) (*statusAnswer[holdView], error) {
	r, err := in.Body.request(keyOf(ctx).Shop, in.Reference)
	if err != nil {
		return nil, err
	}
	h, created, err := a.Holds.Place(ctx, r)
	if err != nil {
		return nil, a.elsewhere(ctx, a.inCell(err, r.Site), r)
	}
	about(ctx, h.ID)
	return made(created, viewHold(h)), nil
}

// withAlternatives tells a shop where there is room, when its hold can't be kept where it was.
func (a *API) withAlternatives(ctx context.Context, refused error, reference string) error {
	if !another(refused) {
		return refused
	}
	shop := keyOf(ctx).Shop
	h, err := a.Holds.Get(ctx, shop, reference)
	if err != nil {
		return refused
	}
	return a.elsewhere(ctx, refused, hold.Request{Shop: shop, Reference: reference, Site: h.Site, Dimensions: h.Dimensions, Arrives: h.From})
}

// another tells whether another site would do: this one is full or closed.
func another(refused error) bool {
	code := lockhouse.CodeOf(refused)
	return code == lockhouse.CodeFull || code == lockhouse.CodeClosed
}

// elsewhere adds the sites that are nearest to the one that refused and have room. That there are none to add is no
// reason to fail.
func (a *API) elsewhere(ctx context.Context, refused error, r hold.Request) error {
	full, ok := errors.AsType[*lockhouse.Error](refused)
	if !ok || !another(refused) {
		return refused
	}
	site, err := a.site(ctx, r.Site)
	if err != nil {
		return refused
	}
	found, err := a.Checkout.Offers(ctx, checkout.Question{
		Near: site.Point, Dimensions: r.Dimensions, Day: r.Arrives, Shop: r.Shop, Reference: r.Reference, Except: site.ID, Limit: maxAlternatives,
	})
	if err != nil {
		return refused
	}
	// A copy: the room's error may be one that many requests share.
	told := *full
	told.Facts = maps.Clone(full.Facts)
	return told.With("alternatives", listOf(found.Sites, a.viewOffer))
}
