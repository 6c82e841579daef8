package api

import (
	"context"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/estate/fleet"
	"lockhouse/store"
)

// roomDays is how many days an operator sees the room of, from today.
const roomDays = 14

type operatorSitesView struct {
	Sites []operatorSiteView `json:"sites" doc:"By id."`
	Next  *string            `json:"next"`
}

type operatorSiteView struct {
	Site        SiteView        `json:"site"`
	Closed      bool            `json:"closed" doc:"Takes no more parcels."`
	HoldingDays int             `json:"holding_days"`
	Lockers     []LockerSummary `json:"lockers"`
}

// LockerSummary says in one line how a locker is.
type LockerSummary struct {
	ID           lockhouse.LockerID `json:"id"`
	Name         string             `json:"name"`
	HeardAt      *time.Time         `json:"heard_at" doc:"When its line was last up; null when never."`
	Fault        string             `json:"fault" doc:"Empty when there is none."`
	Compartments int                `json:"compartments"`
	Occupied     int                `json:"occupied"`
	Open         int                `json:"open" doc:"Doors that stand open."`
	Retired      bool               `json:"retired" doc:"It is over: it has forgotten its keys, or is not believed any more."`
}

func summarise(s fleet.Standing) LockerSummary {
	v := LockerSummary{ID: s.Locker.ID, Name: s.Locker.Name, HeardAt: moment(s.HeardAt), Fault: s.Fault,
		Compartments: len(s.Compartments), Occupied: len(s.Parcels), Retired: !s.Retirement.Believed()}
	for _, door := range s.Doors {
		if door == lockhouse.DoorOpen {
			v.Open++
		}
	}
	return v
}

type operatorSiteDetail struct {
	Site        SiteView        `json:"site"`
	Closed      bool            `json:"closed"`
	HoldingDays int             `json:"holding_days"`
	Lockers     []standingView  `json:"lockers"`
	Room        []roomOfDayView `json:"room" doc:"From today at the site, day by day."`
}

type standingView struct {
	LockerSummary
	AgentVersion   string            `json:"agent_version" doc:"Of the agent that it said it runs when its line last came up. Empty: it has said none."`
	DesiredVersion uint64            `json:"desired_version" doc:"Rises with each change of what the locker is to be like. 0: nothing was ever asked of it."`
	ActualVersion  uint64            `json:"actual_version" doc:"What the locker says it keeps to. Behind the other, it has not heard yet."`
	UpdateChannel  string            `json:"update_channel" doc:"From where it is to take new versions of its agent. Empty: as it was set up."`
	Panel          orNull[panelView] `json:"panel" doc:"What it says that it has for people without a smartphone. Null: its agent is older, or was never heard."`
	Retirement     retirementView    `json:"retirement"`
	Keys           keysetView        `json:"keys" doc:"Of the locker's own."`
	Doors          []doorView        `json:"doors"`
}

type doorView struct {
	CompartmentView
	Door         lockhouse.Door      `json:"door" enum:"shut,open,unknown"`
	OutOfService bool                `json:"out_of_service"`
	ParcelID     *lockhouse.ParcelID `json:"parcel_id" doc:"What lies in it; null when it is free."`
}

type roomOfDayView struct {
	Day   string           `json:"day" format:"date"`
	Sizes []roomOfRankView `json:"sizes"`
}

type roomOfRankView struct {
	Size     string `json:"size"`
	Capacity int    `json:"capacity" doc:"Compartments in service."`
	Kept     int    `json:"kept" doc:"Parcels and holds that count on this size. Smaller ones may lie in bigger compartments."`
}

func (a *API) operator() {
	missing := []lockhouse.Code{lockhouse.CodeNotFound}
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/sites", id: "listOperatorSites", tag: tagOperator, who: byOperator,
		summary: "Sites and how their lockers are",
	}, a.operatorSites)
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/sites/{id}", id: "getOperatorSite", tag: tagOperator, who: byOperator,
		summary: "A site: doors, faults, room by day", refusals: missing,
	}, func(ctx context.Context, in *siteInput) (*body[operatorSiteDetail], error) {
		return a.operatorSite(ctx, in.ID)
	})
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/sites/{id}/close", id: "closeSite", tag: tagOperator, who: byOperator,
		summary: "Take no more parcels", about: "Those inside can still be collected.", refusals: missing,
	}, a.siteVerb(a.Sites.Close))
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/sites/{id}/reopen", id: "reopenSite", tag: tagOperator, who: byOperator,
		summary: "Take parcels again", refusals: missing,
	}, a.siteVerb(a.Sites.Reopen))
	a.operatorLocker()
	a.operatorParcels()
}

func (a *API) siteVerb(verb func(context.Context, lockhouse.SiteID) error) func(context.Context, *siteInput) (*body[operatorSiteDetail], error) {
	return func(ctx context.Context, in *siteInput) (*body[operatorSiteDetail], error) {
		if err := verb(ctx, in.ID); err != nil {
			return nil, err
		}
		return a.operatorSite(ctx, in.ID)
	}
}

func (a *API) operatorSites(ctx context.Context, in *PageInput) (*body[operatorSitesView], error) {
	var sites []lockhouse.Site
	err := a.Store.View(ctx, func(tx store.Tx) (err error) {
		sites, err = tx.ListSites(in.page())
		return err
	})
	if err != nil {
		return nil, err
	}
	v := operatorSitesView{Sites: []operatorSiteView{}, Next: next(*in, sites, func(s lockhouse.Site) string { return string(s.ID) })}
	for _, s := range sites {
		lockers, err := a.Fleet.StandingsAt(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		v.Sites = append(v.Sites, operatorSiteView{viewSite(s, a.Now()), s.Closed, s.HoldingDays, listOf(lockers, summarise)})
	}
	return answer(v), nil
}

func (a *API) operatorSite(ctx context.Context, id lockhouse.SiteID) (*body[operatorSiteDetail], error) {
	s, err := a.site(ctx, id)
	if err != nil {
		return nil, err
	}
	lockers, err := a.Fleet.StandingsAt(ctx, id)
	if err != nil {
		return nil, err
	}
	room, err := a.room(ctx, s)
	if err != nil {
		return nil, err
	}
	return answer(operatorSiteDetail{viewSite(s, a.Now()), s.Closed, s.HoldingDays, listOf(lockers, a.viewStanding), room}), nil
}

func (a *API) viewStanding(s fleet.Standing) standingView {
	inside := map[int]*lockhouse.ParcelID{}
	for _, p := range s.Parcels {
		inside[p.Compartment] = &p.ID
	}
	v := standingView{LockerSummary: summarise(s), AgentVersion: s.Agent, DesiredVersion: s.Desired, ActualVersion: s.Actual, UpdateChannel: s.Channel,
		Panel: viewPanel(s.Panel), Retirement: viewRetirement(s.Retirement), Keys: viewKeyset(s.Keys), Doors: []doorView{}}
	for _, c := range s.Compartments {
		door, known := s.Doors[c.Number]
		if !known {
			door = lockhouse.DoorUnknown
		}
		v.Doors = append(v.Doors, doorView{a.viewCompartment(c), door, c.OutOfService, inside[c.Number]})
	}
	return v
}

// room counts what there is and what is kept, for each size and day.
func (a *API) room(ctx context.Context, s lockhouse.Site) ([]roomOfDayView, error) {
	zone, err := s.Location()
	if err != nil {
		return nil, err
	}
	today := lockhouse.DayOf(a.Now().In(zone))
	var room capacity.Room
	err = a.Store.View(ctx, func(tx store.Tx) (err error) {
		room, err = tx.Room(s.ID)
		return err
	})
	days := []roomOfDayView{}
	for day := today; day < today+roomDays; day++ {
		v := roomOfDayView{Day: day.String(), Sizes: []roomOfRankView{}}
		for _, z := range a.Options.Sizes {
			v.Sizes = append(v.Sizes, roomOfRankView{z.Name, room.Have.Of(z.Rank), room.KeptOn(day).Of(z.Rank)})
		}
		days = append(days, v)
	}
	return days, err
}
