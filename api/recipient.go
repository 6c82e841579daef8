package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/flow/unlock"
	"lockhouse/store"
)

type myParcelsView struct {
	Parcels   []myParcelView `json:"parcels" doc:"Newest first."`
	PINByMail bool           `json:"pin_by_mail" doc:"Whether my mails carry the PIN, as I chose, or as the shop of the latest parcel was asked."`
}

// myParcelView is a parcel as its recipient sees it.
type myParcelView struct {
	ID             lockhouse.ParcelID    `json:"id"`
	Ref            lockhouse.ParcelRef   `json:"ref" doc:"The parcel's name at the locker."`
	State          lockhouse.ParcelState `json:"state"`
	TrackingNumber string                `json:"tracking_number"`
	Shop           string                `json:"shop"`
	Site           SiteView              `json:"site"`
	Size           string                `json:"size"`
	DroppedOffAt   *time.Time            `json:"dropped_off_at"`
	CollectBy      *time.Time            `json:"collect_by"`
	CollectedAt    *time.Time            `json:"collected_at"`
	Place          orNull[placeView]     `json:"place" doc:"Where it lies; null unless it lies in a locker."`
	OnLine         bool                  `json:"on_line" doc:"Whether the locker can be opened over the network just now, from a browser without Bluetooth."`
	Grant          *string               `json:"grant" doc:"What opens its door from this phone, as Latch has it, base64url. Good without a network until it expires."`
	GrantExpiresAt *time.Time            `json:"grant_expires_at"`
	PIN            *string               `json:"pin" doc:"For the panel at the locker, where it has one: 8 digits that open this parcel's door, without a phone and without a network, until it is taken."`
	Pass           *string               `json:"pass" doc:"The same on paper: digits for a QR code, which the panel's scanner reads. Good once."`
	PassExpiresAt  *time.Time            `json:"pass_expires_at"`
	InForce        bool                  `json:"in_force" doc:"Whether the locker knows this PIN and takes this pass. False: they were made anew, or something else is to be told to the locker, and it has not heard yet; until then the former ones open."`
	Mail           *string               `json:"mail" doc:"For the first message to its locker, base64url; null unless this network lets phones carry mail and the locker's line is down."`
}

type placeView struct {
	Locker      lockerView        `json:"locker"`
	Compartment int               `json:"compartment"`
	Generation  uint32            `json:"generation"`
	Panel       orNull[panelView] `json:"panel" doc:"What the locker has for people without a smartphone. Null: it has not said; there may be a panel."`
}

type myParcelInput struct {
	ID lockhouse.ParcelID `path:"id" maxLength:"64"`
}

func (a *API) recipient() {
	add(a, route{
		method: http.MethodPost, path: "/v1/recipient/link", id: "askForLink", tag: tagRecipient, who: byOwnPage, status: http.StatusAccepted,
		summary: "Ask for a sign-in link by mail",
		about:   "The answer is the same whether or not anybody is known under that address. At most one mail a minute.",
	}, a.askForLink)
	add(a, route{
		method: http.MethodPost, path: "/v1/recipient/sign-in", id: "signIn", tag: tagRecipient, who: byOwnPage, summary: "Use a mail link",
		about:    "Registers this browser's key and sets the session's cookie. A link works once.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeUsed, lockhouse.CodeLapsed},
	}, a.signIn)
	add(a, route{
		method: http.MethodPost, path: "/v1/recipient/sign-out", id: "signOut", tag: tagRecipient, who: byOwnPage,
		summary: "End the session", status: http.StatusNoContent,
	}, a.signOut)
	add(a, route{
		method: http.MethodGet, path: "/v1/recipient/parcels", id: "listMyParcels", tag: tagRecipient, who: byRecipient, summary: "My parcels",
		about: "With a fresh grant for each that can be opened now, good for 24 hours, so that it opens without a network at the locker. " +
			"PIN and pass open the same door without this phone, for whoever has them.",
	}, a.myParcels)
	add(a, route{
		method: http.MethodPost, path: "/v1/recipient/parcels/{id}/extend", id: "extendMyParcel", tag: tagRecipient, who: byRecipient,
		summary:  "More time to collect",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict, lockhouse.CodeFull},
	}, a.extendMyParcel)
}

// persons gives all whom the signed-in mailbox stands for: each shop's announcement made one, and the link went to the
// mailbox.
func (a *API) persons(ctx context.Context) (ids []lockhouse.PersonID, err error) {
	me := sessionOf(ctx).Person
	err = a.Store.View(ctx, func(tx store.Tx) error {
		contact, err := a.People.Contact(tx, me)
		if err != nil {
			return err
		}
		ids, err = a.People.ByEmail(tx, contact.Email)
		return err
	})
	if err == nil && !slices.Contains(ids, me) {
		ids = append(ids, me)
	}
	return ids, err
}

func (a *API) myParcels(ctx context.Context, _ *struct{}) (*body[myParcelsView], error) {
	ids, err := a.persons(ctx)
	if err != nil {
		return nil, err
	}
	places, err := a.Unlock.Parcels(ctx, ids...)
	if err != nil {
		return nil, err
	}
	v := myParcelsView{Parcels: []myParcelView{}}
	if v.PINByMail, err = a.mailsPIN(ctx); err != nil {
		return nil, err
	}
	for _, p := range places {
		mine, err := a.viewMine(ctx, p)
		if err != nil {
			return nil, err
		}
		v.Parcels = append(v.Parcels, mine)
	}
	return answer(v), nil
}

func (a *API) extendMyParcel(ctx context.Context, in *myParcelInput) (*body[myParcelView], error) {
	ids, err := a.persons(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := a.Overdue.Extend(ctx, in.ID, ids...); err != nil {
		return nil, err
	}
	p, err := a.Unlock.Parcel(ctx, in.ID, ids...)
	if err != nil {
		return nil, err
	}
	v, err := a.viewMine(ctx, p)
	if err != nil {
		return nil, err
	}
	return answer(v), nil
}

func (a *API) viewMine(ctx context.Context, at unlock.Place) (v myParcelView, err error) {
	p := at.Parcel
	v = myParcelView{
		ID: p.ID, Ref: p.Ref, State: p.State, TrackingNumber: p.Tracking, Site: viewSite(at.Site, a.Now()), Size: p.Size,
		DroppedOffAt: moment(p.DroppedOffAt), CollectBy: moment(p.CollectBy),
	}
	if v.Shop, err = a.shopName(ctx, p.Shop); err != nil {
		return v, err
	}
	if p.State == lockhouse.ParcelCollected {
		v.CollectedAt = moment(p.EndedAt)
	}
	if at.Locker.ID != "" {
		if v.OnLine, err = a.onLine(ctx, at.Locker.ID); err != nil {
			return v, err
		}
		v.Place = some(placeView{a.viewLocker(at.Locker, at.Compartments), p.Compartment, p.Generation, viewPanel(at.Panel)})
	}
	if at.MayOpen() {
		about(ctx, p.ID)
		grant, until, err := a.grant(at.Locker, sessionOf(ctx).PhoneKey, recipientGrantLife, at.Target)
		if err != nil {
			return v, err
		}
		v.Grant, v.GrantExpiresAt = &grant, &until
		if v.Mail, err = a.mailWith(ctx, at.Locker); err != nil {
			return v, err
		}
		err = a.withoutPhone(ctx, &v, at)
		return v, err
	}
	return v, nil
}

func (a *API) shopName(ctx context.Context, id lockhouse.ShopID) (name string, err error) {
	err = a.Store.View(ctx, func(tx store.Tx) error {
		name, err = tx.ShopName(id)
		return err
	})
	return name, err
}
