package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// SiteView is the public side of a site. (Types that others embed are exported: the document is made from what reflection
// can see.)
type SiteView struct {
	SiteCard
	OpenNow     bool       `json:"open_now"`
	NextOpening *time.Time `json:"next_opening" doc:"When people can next get to the lockers; now, when it is open. Null: not within a year."`
}

// SiteCard is what does not change with the hour.
type SiteCard struct {
	ID       lockhouse.SiteID   `json:"id" example:"site_1mv0q3c9t0a2b4c6d8e0"`
	Name     string             `json:"name"`
	Alias    string             `json:"alias" doc:"The discreet name, for labels and messages: neither the host nor a shop is in it."`
	Host     string             `json:"host"`
	Kind     lockhouse.HostKind `json:"kind" example:"police"`
	Street   string             `json:"street"`
	City     string             `json:"city"`
	Region   string             `json:"region"`
	Postal   string             `json:"postal"`
	Country  string             `json:"country" doc:"ISO 3166-1 alpha-2"`
	Lat      float64            `json:"lat"`
	Lon      float64            `json:"lon"`
	Zone     string             `json:"zone" example:"America/New_York"`
	Safety   string             `json:"safety" doc:"What makes it safe, in a sentence."`
	Guarded  bool               `json:"guarded" doc:"Somebody is on duty whenever it is open."`
	StepFree bool               `json:"step_free"`
	// WithoutPhone is what all lockers there have, since nobody chooses the locker.
	WithoutPhone orNull[panelView] `json:"without_phone" doc:"What every locker there has for people without a smartphone: a PIN opens where there are keys, a printed pass where there is a scanner. Null: do not offer it, some locker has neither, or has not said what it has."`
	Artwork      artworkView       `json:"artwork"`
	AlwaysOpen   bool              `json:"always_open"`
	Hours        []openingView     `json:"hours" doc:"The usual week."`
}

type artworkView struct {
	Title   string `json:"title"`
	Artist  string `json:"artist"`
	Picture string `json:"picture" doc:"Address of the picture on this server."`
}

type openingView struct {
	Day  string `json:"day" example:"monday"`
	From string `json:"from" example:"08:00"`
	To   string `json:"to" example:"20:00" doc:"24:00 is the day's end."`
}

func viewSite(s lockhouse.Site, now time.Time) SiteView {
	v := SiteView{SiteCard: cardOf(&s)}
	if zone, err := s.Location(); err == nil {
		next, _ := s.Hours.NextOpening(now.In(zone))
		v.NextOpening, v.OpenNow = moment(next), s.Hours.OpenAt(now.In(zone))
	}
	return v
}

func cardOf(s *lockhouse.Site) SiteCard {
	return SiteCard{
		ID: s.ID, Name: s.Name, Alias: s.Alias, Host: s.Host, Kind: s.Kind, Street: s.Street, City: s.City, Region: s.Region,
		Postal: s.Postal, Country: s.Country, Lat: s.Point.Lat, Lon: s.Point.Lon, Zone: s.Zone, Safety: s.Safety, Guarded: s.Guarded,
		StepFree: s.StepFree, WithoutPhone: viewWithoutPhone(s.Panel), Artwork: artworkView(s.Artwork), Hours: viewHours(s.Hours), AlwaysOpen: s.Hours.Always(),
	}
}

// viewHours lists the week from Monday on.
func viewHours(h lockhouse.Hours) []openingView {
	out := []openingView{}
	for i := range 7 {
		day := time.Weekday((i + 1) % 7)
		for _, s := range h.Week[day] {
			out = append(out, openingView{Day: strings.ToLower(day.String()), From: clock(s.FromMin), To: clock(s.ToMin)})
		}
	}
	return out
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

type siteInput struct {
	ID lockhouse.SiteID `path:"id" maxLength:"64"`
}

// siteByID registers the one site's own address.
func (a *API) siteByID() {
	add(a, route{
		method: http.MethodGet, path: "/v1/sites/{id}", id: "getSite", tag: tagCheckout, who: byAnyKey,
		summary: "One site", about: "Its public data, open or closed.", refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeOtherCell},
	}, func(ctx context.Context, in *siteInput) (*publicAnswer[SiteView], error) {
		site, err := a.site(ctx, in.ID)
		if err != nil {
			return nil, a.inCell(err, in.ID)
		}
		return public(viewSite(site, a.Now())), nil
	})
	a.mux.HandleFunc("OPTIONS /v1/sites/{id}", preflight)
}

func (a *API) site(ctx context.Context, id lockhouse.SiteID) (site lockhouse.Site, err error) {
	err = a.Store.View(ctx, func(tx store.Tx) error {
		site, err = tx.Site(id)
		return err
	})
	return site, err
}

// publicAnswer may be read by any origin's page.
type publicAnswer[T any] struct {
	AllowOrigin string `header:"Access-Control-Allow-Origin"`
	Body        T
}

func public[T any](v T) *publicAnswer[T] { return &publicAnswer[T]{"*", v} }

// preflight answers a browser that asks whether another origin's page may send its checkout key along.
func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	allowAnyOrigin(h)
	h.Set("Access-Control-Allow-Headers", "Authorization, X-Request-Id")
	h.Set("Access-Control-Allow-Methods", "GET")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}
