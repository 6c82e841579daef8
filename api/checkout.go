package api

import (
	"context"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/flow/checkout"
)

type sitesInput struct {
	Lat float64 `query:"lat" required:"true" minimum:"-90" maximum:"90" example:"38.9072" doc:"Degrees, WGS 84."`
	Lon float64 `query:"lon" required:"true" minimum:"-180" maximum:"180" example:"-77.0369" doc:"Degrees, WGS 84."`
	ParcelInput
	Day          string               `query:"day" required:"true" format:"date" example:"2026-11-24" doc:"The day the parcel would arrive, a date at the site."`
	Reference    string               `query:"reference" maxLength:"64" example:"cart-1041" doc:"Your cart: the room of its own hold counts as free, so that it never finds its own site full."`
	Kind         []lockhouse.HostKind `query:"kind" maxItems:"13" doc:"Only these kinds of host, separated by commas."`
	NotKind      []lockhouse.HostKind `query:"not_kind" maxItems:"13" example:"[\"police\"]" doc:"None of these kinds."`
	StepFree     bool                 `query:"step_free" doc:"Only sites without a step."`
	Guarded      bool                 `query:"guarded" doc:"Only sites with somebody on duty whenever they are open."`
	WithoutPhone bool                 `query:"without_phone" doc:"Only sites from which people without a smartphone can collect."`
	Limit        int                  `query:"limit" minimum:"1" maximum:"50" default:"10"`
}

// ParcelInput is dimensions as query parameters, all of them needed.
type ParcelInput struct {
	LengthMM int `query:"length_mm" required:"true" minimum:"1" maximum:"5000" example:"300" doc:"An edge, in whole millimetres. Edges may come in any order."`
	WidthMM  int `query:"width_mm" required:"true" minimum:"1" maximum:"5000" example:"200" doc:"Another edge."`
	HeightMM int `query:"height_mm" required:"true" minimum:"1" maximum:"5000" example:"100" doc:"The third edge."`
	WeightG  int `query:"weight_g" required:"true" minimum:"1" maximum:"1000000" example:"850" doc:"Mass in whole grams."`
}

type offersView struct {
	AsOf        time.Time           `json:"as_of" doc:"All that was written until then is in this answer, holds of a moment ago perhaps not yet. What counts is the hold."`
	Size        string              `json:"size" doc:"The size of compartment that the parcel needs; empty when it fits none."`
	Sites       []offerView         `json:"sites" doc:"Nearest first."`
	NoneBecause orNull[noneBecause] `json:"none_because" doc:"Why sites is empty."`
}

type offerView struct {
	SiteView
	DistanceM int    `json:"distance_m" doc:"As the crow flies."`
	From      string `json:"from" format:"date" doc:"A hold would keep room from this day"`
	Until     string `json:"until" format:"date" doc:"to the end of this one."`
}

type noneBecause struct {
	Code     lockhouse.Code `json:"code" example:"too_large"`
	Sentence string         `json:"sentence"`
	Facts    map[string]any `json:"facts,omitempty" doc:"Such as limit, is, most and over for a parcel that is too large."`
}

func (a *API) viewOffer(o checkout.Offer) offerView {
	return offerView{SiteView: viewSite(*o.Site, a.Now()), DistanceM: o.DistanceM, From: o.From.String(), Until: o.Until.String()}
}

func (a *API) checkout() {
	add(a, route{
		method: http.MethodGet, path: "/v1/sites", id: "findSites", tag: tagCheckout, who: byCheckout,
		summary: "Sites near a point that have room",
		about: "For this parcel, on this day, nearest first, from memory: `as_of` says how fresh. Promises nothing: `PUT /v1/holds/{reference}` does. Where the list is empty, " +
			"`none_because` says why: `too_large` (which limit, and by how much), `past`, `closed`, `full`, or `not_found` when no site passes the filters.",
	}, func(ctx context.Context, in *sitesInput) (*offersAnswer, error) {
		q, err := in.question(keyOf(ctx).Shop)
		if err != nil {
			return nil, err
		}
		found, err := a.Checkout.Offers(ctx, q)
		if err != nil {
			return nil, err
		}
		return a.writeOffers(found)
	})
	a.mux.HandleFunc("OPTIONS /v1/sites", preflight)
	a.siteByID()
}

func (in *sitesInput) question(shop lockhouse.ShopID) (checkout.Question, error) {
	day, err := lockhouse.ParseDay(in.Day)
	if err != nil {
		return checkout.Question{}, err
	}
	return checkout.Question{
		Near:       lockhouse.Point{Lat: in.Lat, Lon: in.Lon},
		Dimensions: lockhouse.Dimensions{LengthMM: in.LengthMM, WidthMM: in.WidthMM, HeightMM: in.HeightMM, Grams: in.WeightG},
		Day:        day, Shop: shop, Reference: in.Reference, Kinds: in.Kind, NotKinds: in.NotKind, StepFree: in.StepFree,
		Guarded: in.Guarded, WithoutPhone: in.WithoutPhone, Limit: in.Limit,
	}, nil
}
