package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"lockhouse"
	"lockhouse/bench/load"
	"lockhouse/sim/paper"
)

// Steps: to reserve is to hold room and to announce the parcel; to store is to draw the courier's grant for the locker
// and to hand in what the locker signed then.
func (h *house) Steps() []load.Step {
	return []load.Step{{Name: "reserve", From: 0, Until: 2}, {Name: "hold alone", From: 0, Until: 1},
		{Name: "store", From: 2, Until: 4}, {Name: "receipts alone", From: 3, Until: 4}, {Name: "pick up", From: 4, Until: 5}}
}

func (h *house) Cycle(ctx context.Context, client int, did func()) error {
	w := h.clients[client].next(h.population, client, len(h.clients))
	ref, err := h.store(ctx, w, did)
	if err != nil {
		return err
	}
	receipts, err := h.lockers[w.site].Collect(ref, h.by)
	if err != nil {
		return err
	}
	if err := h.handIn(ctx, receipts); err != nil {
		return err
	}
	did()
	return nil
}

// put has a standing parcel stored.
func (h *house) put(ctx context.Context, w want) error {
	_, err := h.store(ctx, w, func() {})
	return err
}

// store walks a parcel from checkout into its compartment.
func (h *house) store(ctx context.Context, w want, did func()) (ref lockhouse.ParcelRef, err error) {
	if err := h.reserve(ctx, w, did); err != nil {
		return ref, err
	}
	locker := h.lockers[w.site]
	ref, err = h.drawGrant(ctx, locker, w)
	if err != nil {
		return ref, err
	}
	did()
	size, _ := lockhouse.DefaultSizes().Named(w.size)
	receipts, err := locker.Store(ref, size.Rank, h.by)
	if err != nil {
		return ref, err
	}
	if err := h.handIn(ctx, receipts); err != nil {
		return ref, err
	}
	did()
	return ref, nil
}

// reserve holds room and announces the parcel.
func (h *house) reserve(ctx context.Context, w want, did func()) error {
	d := inside[w.size]
	err := call(ctx, h.http, http.MethodPut, h.url+"/v1/holds/"+w.reference, h.keys.shop, map[string]any{
		"site_id": siteID(w.site), "arrives": h.arrives,
		"parcel": map[string]int{"length_mm": d.LengthMM, "width_mm": d.WidthMM, "height_mm": d.HeightMM, "weight_g": d.Grams},
	}, nil)
	if err != nil {
		return err
	}
	did()
	err = call(ctx, h.http, http.MethodPut, h.url+"/v1/parcels/"+w.reference, h.keys.shop, map[string]any{
		"tracking_number": tracking(w),
		"recipient":       map[string]string{"name": "Recipient " + w.reference, "email": w.reference + "@bench.example", "language": "en"},
	}, nil)
	if err == nil {
		did()
	}
	return err
}

// drawGrant asks for what opens the locker's doors to the courier, and finds the parcel among its targets.
func (h *house) drawGrant(ctx context.Context, c *paper.Locker, w want) (ref lockhouse.ParcelRef, err error) {
	var sheet struct {
		Grant   string `json:"grant"`
		Targets []struct {
			Ref      lockhouse.ParcelRef `json:"ref"`
			Tracking string              `json:"tracking_number"`
		} `json:"targets"`
	}
	err = call(ctx, h.http, http.MethodPost, h.url+"/v1/courier/manifest", h.keys.courier,
		map[string]any{"locker_id": c.Noun.ID, "phone_key": h.phone}, &sheet)
	if err != nil {
		return ref, err
	}
	for _, t := range sheet.Targets {
		if t.Tracking == tracking(w) && sheet.Grant != "" {
			return t.Ref, nil
		}
	}
	return ref, errors.New("the courier's grant does not name the parcel")
}

// handIn brings receipts to the network, and refuses an answer that leaves one without effect.
func (h *house) handIn(ctx context.Context, receipts []string) error {
	var tally struct {
		Accepted int `json:"accepted"`
		Waiting  int `json:"waiting"`
	}
	err := call(ctx, h.http, http.MethodPost, h.url+"/v1/receipts", "", map[string]any{"receipts": receipts}, &tally)
	if err == nil && (tally.Accepted != len(receipts) || tally.Waiting != 0) {
		err = fmt.Errorf("of %d receipts %d were accepted and %d wait", len(receipts), tally.Accepted, tally.Waiting)
	}
	return err
}

func tracking(w want) string { return "LX-" + strings.ToUpper(w.reference) }
