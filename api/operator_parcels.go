package api

import (
	"context"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/store"
)

type parcelsInput struct {
	PageInput
	Site  lockhouse.SiteID      `query:"site" maxLength:"64"`
	State lockhouse.ParcelState `query:"state" enum:"announced,in_transit,dropped_off,collected,diverted,overdue,recalled,returned,refused,lost"`
	Find  string                `query:"find" maxLength:"64" doc:"The start of a tracking number, reference or parcel id."`
}

type operatorParcelsView struct {
	Parcels []OperatorParcelView `json:"parcels" doc:"Newest first."`
	Next    *string              `json:"next"`
}

// OperatorParcelView is a parcel as the operator sees it: everything but the person.
type OperatorParcelView struct {
	ID             lockhouse.ParcelID    `json:"id"`
	Ref            lockhouse.ParcelRef   `json:"ref"`
	Shop           lockhouse.ShopID      `json:"shop"`
	Reference      string                `json:"reference"`
	TrackingNumber string                `json:"tracking_number"`
	SiteID         lockhouse.SiteID      `json:"site_id"`
	Size           string                `json:"size"`
	State          lockhouse.ParcelState `json:"state"`
	LockerID       lockhouse.LockerID    `json:"locker_id" doc:"Empty until it was dropped off."`
	Compartment    int                   `json:"compartment" doc:"0 until it was dropped off."`
	AnnouncedAt    *time.Time            `json:"announced_at"`
	DroppedOffAt   *time.Time            `json:"dropped_off_at"`
	CollectBy      *time.Time            `json:"collect_by"`
	EndedAt        *time.Time            `json:"ended_at"`
}

func viewOperatorParcel(p lockhouse.Parcel) OperatorParcelView {
	return OperatorParcelView{
		ID: p.ID, Ref: p.Ref, Shop: p.Shop, Reference: p.Reference, TrackingNumber: p.Tracking, SiteID: p.Site, Size: p.Size, State: p.State,
		LockerID: p.Locker, Compartment: p.Compartment, AnnouncedAt: moment(p.AnnouncedAt), DroppedOffAt: moment(p.DroppedOffAt),
		CollectBy: moment(p.CollectBy), EndedAt: moment(p.EndedAt),
	}
}

type operatorParcelDetail struct {
	OperatorParcelView
	Timeline []eventView   `json:"timeline" doc:"Oldest first."`
	Receipts []receiptView `json:"receipts" doc:"What lockers signed about it."`
	Notices  []noticeView  `json:"notices" doc:"What its recipient was written; not to whom."`
}

type receiptView struct {
	LockerID    lockhouse.LockerID `json:"locker_id"`
	Seq         uint64             `json:"seq"`
	Kind        string             `json:"kind" example:"stored"`
	At          time.Time          `json:"at" doc:"By the locker's clock."`
	Compartment int                `json:"compartment"`
	Generation  uint32             `json:"generation"`
	Signed      string             `json:"signed" doc:"The receipt as it was signed, base64url."`
}

func viewReceipt(r store.SignedReceipt) receiptView {
	return receiptView{r.Locker, r.Seq, r.Kind.String(), r.At.UTC(), r.Compartment, r.Generation, b64(r.Raw)}
}

type noticeView struct {
	Kind   lockhouse.NoticeKind `json:"kind"`
	At     time.Time            `json:"at"`
	Tries  int                  `json:"tries"`
	DoneAt *time.Time           `json:"done_at"`
	NextAt *time.Time           `json:"next_at"`
	Error  string               `json:"error"`
}

func viewNotice(n lockhouse.Notice) noticeView {
	return noticeView{n.Kind, n.At.UTC(), n.Count, moment(n.DoneAt), moment(n.NextAt), n.LastError}
}

type parcelIDInput struct {
	ID lockhouse.ParcelID `path:"id" maxLength:"64"`
}

type eventsInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type eventsView struct {
	Events []operatorEventView `json:"events" doc:"Newest first."`
}

type operatorEventView struct {
	Seq         int64               `json:"seq"`
	Kind        lockhouse.EventKind `json:"kind"`
	At          time.Time           `json:"at"`
	Shop        lockhouse.ShopID    `json:"shop,omitempty"`
	HoldID      lockhouse.HoldID    `json:"hold_id,omitempty"`
	ParcelID    lockhouse.ParcelID  `json:"parcel_id,omitempty"`
	SiteID      lockhouse.SiteID    `json:"site_id,omitempty"`
	LockerID    lockhouse.LockerID  `json:"locker_id,omitempty"`
	Compartment int                 `json:"compartment,omitempty"`
	Note        string              `json:"note"`
}

func viewOperatorEvent(e lockhouse.Event) operatorEventView {
	return operatorEventView{e.Seq, e.Kind, e.At.UTC(), e.Shop, e.Hold, e.Parcel, e.Site, e.Locker, e.Compartment, e.Note}
}

func (a *API) operatorParcels() {
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/parcels", id: "listOperatorParcels", tag: tagOperator, who: byOperator, summary: "Find parcels",
		about: "Those that have not ended, and those that ended in the last days. A parcel in the past is found by its whole id or tracking number alone, in `find`.",
	}, a.findParcels)
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/parcels/{id}", id: "getOperatorParcel", tag: tagOperator, who: byOperator,
		summary: "A parcel: timeline, receipts, notices", refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, func(ctx context.Context, in *parcelIDInput) (*body[operatorParcelDetail], error) {
		return a.operatorParcel(ctx, in.ID)
	})
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/parcels/{id}/recall", id: "recallOperatorParcel", tag: tagOperator, who: byOperator,
		summary: "Ask for a parcel back", refusals: []lockhouse.Code{lockhouse.CodeNotFound, lockhouse.CodeConflict},
	}, func(ctx context.Context, in *parcelIDInput) (*body[operatorParcelDetail], error) {
		if _, err := a.Overdue.Recall(ctx, in.ID); err != nil {
			return nil, err
		}
		return a.operatorParcel(ctx, in.ID)
	})
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/events", id: "listEvents", tag: tagOperator, who: byOperator, summary: "What happened last",
	}, a.recentEvents)
}

func (a *API) findParcels(ctx context.Context, in *parcelsInput) (*body[operatorParcelsView], error) {
	var list []lockhouse.Parcel
	err := a.Store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.ListParcels(in.page(), store.ParcelFilter{Site: in.Site, State: in.State, Find: in.Find})
		if err == nil && len(list) == 0 && in.Find != "" && in.After == "" && in.Site == "" && in.State == "" {
			list, err = inThePast(tx, in.Find)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	after := next(in.PageInput, list, func(p lockhouse.Parcel) string { return string(p.ID) })
	return answer(operatorParcelsView{listOf(list, viewOperatorParcel), after}), nil
}

// inThePast finds one parcel by its whole id or tracking number.
func inThePast(tx store.Tx, find string) ([]lockhouse.Parcel, error) {
	p, err := tx.Parcel(lockhouse.ParcelID(find))
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		p, err = tx.ParcelByTracking(find)
	}
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return nil, nil
	}
	return []lockhouse.Parcel{p}, err
}

func (a *API) operatorParcel(ctx context.Context, id lockhouse.ParcelID) (*body[operatorParcelDetail], error) {
	var v operatorParcelDetail
	err := a.Store.View(ctx, func(tx store.Tx) error {
		p, err := tx.Parcel(id)
		if err != nil {
			return err
		}
		line, err := tx.Timeline(id)
		if err != nil {
			return err
		}
		receipts, err := tx.ReceiptsOf(id)
		if err != nil {
			return err
		}
		notices, err := tx.NoticesOf(id)
		v = operatorParcelDetail{viewOperatorParcel(p), listOf(line, viewEvent), listOf(receipts, viewReceipt), listOf(notices, viewNotice)}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(v), nil
}

func (a *API) recentEvents(ctx context.Context, in *eventsInput) (*body[eventsView], error) {
	var list []lockhouse.Event
	err := a.Store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.Recent(in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(eventsView{listOf(list, viewOperatorEvent)}), nil
}
