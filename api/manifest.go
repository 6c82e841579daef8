package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/flow/hold"
	"lockhouse/flow/manifest"
	"lockhouse/store"
	"lockhouse/trust/person"
)

type parcelOrder struct {
	ReferenceInput
	Body struct {
		TrackingNumber string `json:"tracking_number" minLength:"1" maxLength:"40" example:"LX1041" doc:"The carrier's number, as printed on the label: letters, digits and -"`
		Recipient      struct {
			Name     string `json:"name" minLength:"1" maxLength:"120"`
			Email    string `json:"email" minLength:"3" maxLength:"254" example:"ada@example.org"`
			Phone    string `json:"phone,omitempty" maxLength:"16" example:"+12025550100" doc:"E.164"`
			Language string `json:"language,omitempty" maxLength:"35" example:"es" doc:"BCP 47. Mails are written in en, es or hi; otherwise in en."`
			PIN      bool   `json:"pin_by_mail,omitempty" doc:"For who has no smartphone: the mail that calls to the locker also carries the PIN for its panel. Otherwise it stands on their page alone."`
		} `json:"recipient" doc:"Whom to tell. Kept sealed, and shown to nobody but themselves."`
		Hold *roomOrder `json:"hold,omitempty" doc:"For a shop that did not keep room before: keeps it with the announcement, in one step. Leave it out where the reference has a hold."`
	}
}

// parcelView is a parcel as its shop sees it.
type parcelView struct {
	ID             lockhouse.ParcelID    `json:"id"`
	Reference      string                `json:"reference"`
	TrackingNumber string                `json:"tracking_number"`
	SiteID         lockhouse.SiteID      `json:"site_id"`
	Size           string                `json:"size"`
	State          lockhouse.ParcelState `json:"state" enum:"announced,in_transit,dropped_off,collected,diverted,overdue,recalled,returned,refused,lost"`
	AnnouncedAt    *time.Time            `json:"announced_at"`
	DroppedOffAt   *time.Time            `json:"dropped_off_at"`
	CollectBy      *time.Time            `json:"collect_by" doc:"The end of the site's holding time."`
	EndedAt        *time.Time            `json:"ended_at" doc:"When it was collected, returned or lost."`
	Timeline       []eventView           `json:"timeline" doc:"Oldest first."`
}

type eventView struct {
	Kind        lockhouse.EventKind `json:"kind" example:"parcel.dropped_off"`
	At          time.Time           `json:"at"`
	Note        string              `json:"note" doc:"A word or two, such as a fault's code; often empty."`
	Compartment int                 `json:"compartment,omitempty"`
}

func viewEvent(e lockhouse.Event) eventView {
	return eventView{Kind: e.Kind, At: e.At.UTC(), Note: e.Note, Compartment: e.Compartment}
}

func viewParcel(p lockhouse.Parcel, line []lockhouse.Event) parcelView {
	return parcelView{
		ID: p.ID, Reference: p.Reference, TrackingNumber: p.Tracking, SiteID: p.Site, Size: p.Size, State: p.State,
		AnnouncedAt: moment(p.AnnouncedAt), DroppedOffAt: moment(p.DroppedOffAt), CollectBy: moment(p.CollectBy), EndedAt: moment(p.EndedAt),
		Timeline: listOf(line, viewEvent),
	}
}

func (a *API) manifest() {
	add(a, route{
		method: http.MethodPut, path: "/v1/parcels/{reference}", id: "announceParcel", tag: tagParcel, who: byShop,
		summary: "Announce a parcel", status: http.StatusOK, also: []int{http.StatusCreated},
		about: "Turns the hold of the same reference into a parcel. The same announcement again gives the same parcel (200) and takes a corrected " +
			"recipient, who is written to again if the mail address is another. A hold that has lapsed takes room again if there is any; otherwise `full`, with `alternatives`. " +
			"A shop without a checkout may give `hold` and needs no hold before: room is kept and the parcel announced, or neither.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeClosed, lockhouse.CodeFull, lockhouse.CodeConflict, lockhouse.CodePast,
			lockhouse.CodeTooLarge, lockhouse.CodeUsed, lockhouse.CodeOtherCell},
	}, a.announce)
	add(a, route{
		method: http.MethodGet, path: "/v1/parcels/{reference}", id: "getParcel", tag: tagParcel, who: byShop, summary: "A parcel and its timeline",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, func(ctx context.Context, in *ReferenceInput) (*body[parcelView], error) {
		p, line, err := a.Manifest.Get(ctx, keyOf(ctx).Shop, in.Reference)
		if err != nil {
			return nil, err
		}
		about(ctx, p.ID)
		return answer(viewParcel(p, line)), nil
	})
	add(a, route{
		method: http.MethodPost, path: "/v1/parcels/{reference}/recall", id: "recallParcel", tag: tagParcel, who: byShop,
		summary:  "Ask for a parcel back",
		about:    "One that was not dropped off yet is no longer expected; one that lies in a locker is taken out by the courier. Twice is as good as once.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict},
	}, func(ctx context.Context, in *ReferenceInput) (*body[parcelView], error) {
		shop := keyOf(ctx).Shop
		if _, err := a.Overdue.RecallOfShop(ctx, shop, in.Reference); err != nil {
			return nil, err
		}
		p, line, err := a.Manifest.Get(ctx, shop, in.Reference)
		if err != nil {
			return nil, err
		}
		about(ctx, p.ID)
		return answer(viewParcel(p, line)), nil
	})
}

func (a *API) announce(ctx context.Context, in *parcelOrder) (*statusAnswer[parcelView], error) {
	r := in.Body.Recipient
	contact := person.Contact{Name: r.Name, Email: r.Email, Phone: r.Phone, Language: r.Language, PINByMail: r.PIN}
	if err := contact.Check(); err != nil {
		return nil, err
	}
	shop, now := keyOf(ctx).Shop, a.Now()
	order := manifest.Order{Shop: shop, Reference: in.Reference, Tracking: in.Body.TrackingNumber}
	var wanted hold.Request
	if in.Body.Hold != nil {
		var err error
		if wanted, err = in.Body.Hold.request(shop, in.Reference); err != nil {
			return nil, err
		}
		order.Room = a.roomWithin(wanted)
	}
	var line []lockhouse.Event
	p, created, err := a.Manifest.Announce(ctx, order, func(tx store.Tx, p lockhouse.Parcel) (err error) {
		if err := a.keep(tx, p, contact, now); err != nil {
			return err
		}
		line, err = tx.Timeline(p.ID)
		return err
	})
	if err != nil && order.Room != nil {
		return nil, a.elsewhere(ctx, a.inCell(err, wanted.Site), wanted)
	}
	if err != nil {
		return nil, a.withAlternatives(ctx, err, in.Reference)
	}
	if line == nil { // it has ended, and nobody was kept any more
		if _, line, err = a.Manifest.Get(ctx, shop, in.Reference); err != nil {
			return nil, err
		}
	}
	about(ctx, p.ID)
	return made(created, viewParcel(p, line)), nil
}

// roomWithin has the room that a shop wants kept within its announcement.
func (a *API) roomWithin(r hold.Request) *manifest.Room {
	return &manifest.Room{Site: r.Site, Dimensions: r.Dimensions,
		Keep: func(tx store.Tx, parcel lockhouse.ParcelID, now time.Time) (lockhouse.Hold, error) {
			return a.Holds.PlaceFor(tx, parcel, r, now)
		}}
}

// keep keeps a parcel's recipient. Where the mailbox is another than before, that is said: its reader was told nothing yet.
func (a *API) keep(tx store.Tx, p lockhouse.Parcel, c person.Contact, now time.Time) error {
	sessions, err := tx.SessionsOf(p.Person)
	if err != nil {
		return err
	}
	before, err := person.Newest(tx, a.People, c.Email)
	if err != nil {
		return err
	}
	c.OwnPIN = before.OwnPIN
	moved, err := a.People.Keep(tx, p.Person, c, now)
	if err != nil || !moved {
		return err
	}
	if p.Inside() && len(sessions) > 0 { // who read the old mailbox may have been granted the door
		full, err := a.revokePhones(tx, []lockhouse.LockerID{p.Locker}, sessions)
		if err != nil {
			return err
		}
		if full != nil {
			a.Log.Warn("a locker keeps no more revocations: phones of a corrected recipient can open until their grants end", slog.String("locker", string(p.Locker)))
		}
	}
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventParcelReaddressed, At: lockhouse.AsKept(now), Shop: p.Shop, Parcel: p.ID, Site: p.Site})
}
