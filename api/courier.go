package api

import (
	"context"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/flow/dropoff"
	"lockhouse/trust/auth"
)

type stopsView struct {
	Stops []stopView `json:"stops"`
}

type stopView struct {
	Site    SiteView     `json:"site"`
	Lockers []lockerName `json:"lockers"`
	Deliver []taskView   `json:"deliver" doc:"To put in."`
	TakeOut []taskView   `json:"take_out" doc:"To take back."`
}

type lockerName struct {
	ID   lockhouse.LockerID `json:"id"`
	Name string             `json:"name"`
}

type taskView struct {
	ParcelID       lockhouse.ParcelID    `json:"parcel_id"`
	Ref            lockhouse.ParcelRef   `json:"ref" doc:"The parcel's name at the locker."`
	TrackingNumber string                `json:"tracking_number"`
	Size           string                `json:"size"`
	State          lockhouse.ParcelState `json:"state"`
	LockerID       lockhouse.LockerID    `json:"locker_id,omitempty" doc:"Where it lies, if it is to be taken out."`
	Compartment    int                   `json:"compartment,omitempty"`
}

func viewTask(p lockhouse.Parcel) taskView {
	v := taskView{ParcelID: p.ID, Ref: p.Ref, TrackingNumber: p.Tracking, Size: p.Size, State: p.State}
	if p.Inside() {
		v.LockerID, v.Compartment = p.Locker, p.Compartment
	}
	return v
}

type trackingInput struct {
	Tracking string `path:"tracking" maxLength:"40" example:"LX1041"`
}

type sheetInput struct {
	Body struct {
		LockerID lockhouse.LockerID `json:"locker_id" maxLength:"64"`
		PhoneKey string             `json:"phone_key" maxLength:"100" doc:"The phone's public key: P-256, uncompressed, 65 bytes, base64url. The grant is good on that phone alone."`
	}
}

type sheetView struct {
	Grant     *string      `json:"grant" doc:"What opens the doors, as Latch has it, base64url; null when there is nothing to do."`
	Locker    lockerView   `json:"locker"`
	Targets   []targetView `json:"targets" doc:"What the grant allows, in its order."`
	More      int          `json:"more" doc:"How many did not fit: ask again after these."`
	ExpiresAt time.Time    `json:"expires_at"`
	Mail      *string      `json:"mail" doc:"For the first message to the locker, base64url; null unless this network lets phones carry mail and the locker's line is down."`
}

type targetView struct {
	Index          int                 `json:"index"`
	Verb           string              `json:"verb" enum:"store,take_out"`
	Ref            lockhouse.ParcelRef `json:"ref"`
	TrackingNumber string              `json:"tracking_number"`
	Size           string              `json:"size"`
	Compartment    int                 `json:"compartment,omitempty" doc:"For take_out. For store the locker chooses."`
}

func viewTarget(index int, item dropoff.Item) targetView {
	v := targetView{Index: index, Verb: "store", Ref: item.Target.Ref, TrackingNumber: item.Parcel.Tracking, Size: item.Parcel.Size}
	if item.Target.Verb == lockhouse.VerbTakeOut {
		v.Verb, v.Compartment = "take_out", item.Target.Compartment
	}
	return v
}

func (a *API) courier() {
	add(a, route{
		method: http.MethodGet, path: "/v1/courier/stops", id: "listStops", tag: tagCourier, who: byCourier, summary: "Where there is something to do",
	}, func(ctx context.Context, _ *struct{}) (*body[stopsView], error) {
		stops, err := a.DropOff.Stops(ctx)
		if err != nil {
			return nil, err
		}
		return answer(stopsView{listOf(stops, a.viewStop)}), nil
	})
	add(a, route{
		method: http.MethodPost, path: "/v1/courier/parcels/{tracking}/handed-over", id: "handOver", tag: tagCourier, who: byCourier,
		summary: "The carrier has it", about: "Twice is as good as once.", refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict},
	}, func(ctx context.Context, in *trackingInput) (*body[taskView], error) {
		p, err := a.Manifest.HandedOver(ctx, in.Tracking)
		if err != nil {
			return nil, err
		}
		about(ctx, p.ID)
		return answer(viewTask(p)), nil
	})
	add(a, route{
		method: http.MethodPost, path: "/v1/courier/manifest", id: "drawManifest", tag: tagCourier, who: byCourier,
		summary: "The grant for one locker",
		about: "Names each parcel that is to be put in, with the size it needs, and each that is to be taken out. Good for 12 hours and without a " +
			"network: the locker checks it itself.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, a.drawManifest)
}

func (a *API) viewStop(s dropoff.Stop) stopView {
	return stopView{
		Site:    viewSite(s.Site, a.Now()),
		Lockers: listOf(s.Lockers, func(l lockhouse.Locker) lockerName { return lockerName{l.ID, l.Name} }),
		Deliver: listOf(s.Deliver, viewTask), TakeOut: listOf(s.TakeOut, viewTask),
	}
}

func (a *API) drawManifest(ctx context.Context, in *sheetInput) (*body[sheetView], error) {
	phoneKey, err := unb64("phone_key", in.Body.PhoneKey)
	if err != nil {
		return nil, err
	}
	if err := auth.CheckPhoneKey(phoneKey); err != nil {
		return nil, err
	}
	sheet, err := a.DropOff.Manifest(ctx, in.Body.LockerID)
	if err != nil {
		return nil, err
	}
	v := sheetView{Locker: a.viewLocker(sheet.Locker, sheet.Compartments), Targets: []targetView{}, More: sheet.More, ExpiresAt: a.Now().UTC()}
	for i, item := range sheet.Items {
		about(ctx, item.Parcel.ID)
		v.Targets = append(v.Targets, viewTarget(i, item))
	}
	if len(sheet.Items) == 0 {
		return answer(v), nil
	}
	grant, until, err := a.grant(sheet.Locker, phoneKey, courierGrantLife, sheet.Targets()...)
	if err != nil {
		return nil, err
	}
	v.Grant, v.ExpiresAt = &grant, until
	if v.Mail, err = a.mailWith(ctx, sheet.Locker); err != nil {
		return nil, err
	}
	return answer(v), nil
}
