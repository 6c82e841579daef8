package api

import (
	"context"
	"net/http"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/store"
)

// fewOpenings is the least number of openings out of which the public is told how long they took, and by which they are rounded
// down: out of fewer, or out of the day that goes on, somebody could read when a neighbour collected.
const fewOpenings = 10

type figuresView struct {
	SiteID  lockhouse.SiteID    `json:"site_id"`
	Name    string              `json:"name"`
	Street  string              `json:"street"`
	City    string              `json:"city"`
	Through string              `json:"through" format:"date" doc:"The last day that counts, by UTC as all days here."`
	Lockers []lockerFiguresView `json:"lockers"`
}

type lockerFiguresView struct {
	ID    lockhouse.LockerID `json:"id"`
	Name  string             `json:"name" doc:"Painted on it, such as A."`
	Month doingView          `json:"month" doc:"The last 30 days together."`
	Days  []doingView        `json:"days" doc:"The earliest first; from the first of which the locker has said something."`
}

// doingView is how a locker did, as it measured itself.
type doingView struct {
	Day       string      `json:"day" format:"date" doc:"The first, where it is several."`
	Openings  int         `json:"openings" doc:"Doors that opened."`
	Unopened  int         `json:"unopened" doc:"Locks that were let go, and no door opened."`
	TapToDoor tookView    `json:"tap_to_door" doc:"From the phone's wish, as the locker heard it, until the contact said that the door is open."`
	TapToSay  tookView    `json:"tap_to_authorised" doc:"Until the locker had written down that the phone may."`
	TapToLock tookView    `json:"tap_to_pulse" doc:"Until the lock was let go."`
	Uptime    *float64    `json:"uptime" doc:"The share of the time in which any door could have been opened: the agent ran, all lock boards answered, the disk took what it wrote. What the locker has said nothing of counts as down. Null: there was no time."`
	LineUp    *float64    `json:"line_up" doc:"The share of the time in which the network had the locker's line. Doors open without it."`
	Time      secondsView `json:"time"`
}

type tookView struct {
	P50MS *int64 `json:"p50_ms" doc:"Half of them took at most so long (3.2 % more or less). Null: too few."`
	P95MS *int64 `json:"p95_ms" doc:"95 % of them."`
}

type secondsView struct {
	AbleS      int `json:"able_s" doc:"Any door could have been opened."`
	RunningS   int `json:"running_s" doc:"The agent ran."`
	DownS      int `json:"down_s" doc:"It did not, as it said when it was back. A power cut's beginning is known to a quarter of an hour."`
	UnknownS   int `json:"unknown_s" doc:"Of which there is no word yet."`
	BoardlessS int `json:"boardless_s" doc:"A lock board did not answer."`
	DisklessS  int `json:"diskless_s" doc:"The disk took nothing."`
	LinelessS  int `json:"lineless_s" doc:"The agent ran, and had no line."`
	LineDownS  int `json:"line_down_s" doc:"The network missed the line."`
	Starts     int `json:"starts"`
}

type figureSitesView struct {
	Sites []figureSiteView `json:"sites" doc:"By id."`
	Next  *string          `json:"next"`
}

type figureSiteView struct {
	ID     lockhouse.SiteID `json:"id"`
	Name   string           `json:"name"`
	Street string           `json:"street"`
	City   string           `json:"city"`
}

func (a *API) figures() {
	missing := []lockhouse.Code{lockhouse.CodeNotFound}
	add(a, route{
		method: http.MethodGet, path: "/v1/figures", id: "listFigures", tag: tagFigures, who: anybody, summary: "Sites whose lockers' figures are public: all",
	}, a.figureSites)
	add(a, route{
		method: http.MethodGet, path: "/v1/sites/{id}/figures", id: "getFigures", tag: tagFigures, who: anybody, summary: "How a site's lockers do",
		about: "Public, and what the lockers measured of themselves: how long doors took to open, and when they could have. So that it tells " +
			"nobody when a neighbour collected, the day that goes on is left out, openings are rounded down to tens, and out of fewer than ten nothing is said.",
		refusals: missing,
	}, func(ctx context.Context, in *siteInput) (*publicAnswer[figuresView], error) {
		v, err := a.figuresOf(ctx, in.ID, a.Fleet.Today()-1, fewOpenings)
		return public(v), err
	})
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/sites/{id}/figures", id: "getOperatorFigures", tag: tagOperator, who: byOperator,
		summary: "How a site's lockers do", about: "Today too, and nothing rounded.", refusals: missing,
	}, func(ctx context.Context, in *siteInput) (*body[figuresView], error) {
		v, err := a.figuresOf(ctx, in.ID, a.Fleet.Today(), 1)
		return answer(v), err
	})
}

func (a *API) figureSites(ctx context.Context, in *PageInput) (*publicAnswer[figureSitesView], error) {
	var sites []lockhouse.Site
	err := a.Store.View(ctx, func(tx store.Tx) (err error) {
		sites, err = tx.ListSites(in.page())
		return err
	})
	view := func(s lockhouse.Site) figureSiteView { return figureSiteView{s.ID, s.Name, s.Street, s.City} }
	return public(figureSitesView{Sites: listOf(sites, view), Next: next(*in, sites, func(s lockhouse.Site) string { return string(s.ID) })}), err
}

func (a *API) figuresOf(ctx context.Context, id lockhouse.SiteID, through lockhouse.Day, few int) (v figuresView, err error) {
	site, err := a.site(ctx, id)
	if err != nil {
		return v, err
	}
	all, err := a.Fleet.DoingAt(ctx, id, through)
	v = figuresView{SiteID: id, Name: site.Name, Street: site.Street, City: site.City, Through: through.String(), Lockers: listOf(all, func(l fleet.LockerDoing) lockerFiguresView {
		view := func(d fleet.Doing) doingView { return viewDoing(d, few) }
		return lockerFiguresView{ID: l.Locker.ID, Name: l.Locker.Name, Month: view(l.Month), Days: listOf(l.Days, view)}
	})}
	return v, err
}

// viewDoing rounds down to few, and says nothing of how long fewer took.
func viewDoing(d fleet.Doing, few int) doingView {
	return doingView{
		Day: d.Day.String(), Openings: d.Open.Count() / few * few, Unopened: d.Unopened / few * few,
		TapToDoor: viewTook(d.Open, few), TapToSay: viewTook(d.Authorised, few), TapToLock: viewTook(d.Pulsed, few),
		Uptime: share(d.Uptime()), LineUp: share(d.LineUp()),
		Time: secondsView{d.AbleS, d.RunningS, d.DownS, d.UnknownS, d.BoardlessS, d.DisklessS, d.LinelessS, d.LineDownS, d.Starts},
	}
}

func viewTook(s lockhouse.Spread, few int) (v tookView) {
	if s.Count() >= few {
		p50, p95 := s.Quantile(0.5).Milliseconds(), s.Quantile(0.95).Milliseconds()
		v.P50MS, v.P95MS = &p50, &p95
	}
	return v
}

func share(of float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &of
}
