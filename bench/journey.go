package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"lockhouse"
	"lockhouse/bench/load"
)

// round is where a client is on its way: as a shop it announces parcels for one site, as a courier it brings them there
// together, as a recipient it collects those of the visit before at another. Each cycle announces one and collects one,
// and every visitOf-th has a visit in between.
type round struct {
	client int
	site   int     // for which is announced
	coming []want  // still to be announced
	here   []want  // announced, for the courier to bring
	lying  []lying // brought, to be collected
}

// lying is a parcel in its compartment.
type lying struct {
	site int
	ref  lockhouse.ParcelRef
}

// Steps: to reserve is to keep room and announce the parcel, to store is a courier's visit with all parcels for the site,
// to pick up is to hand in what the locker signed when the recipient had been there.
func (h *house) Steps() []load.Step {
	return []load.Step{{Name: "reserve", From: 0, Until: 1}, {Name: "store", From: 1, Until: 2}, {Name: "pick up", From: 2, Until: 3}}
}

func (h *house) Cycle(ctx context.Context, client int, did func(bool)) error {
	r := h.rounds[client]
	if len(r.lying) == 0 {
		return fmt.Errorf("client %d has nothing to collect: it was not brought on its way", client)
	}
	w := r.coming[0]
	if err := h.reserve(ctx, client, w); err != nil {
		return err
	}
	did(true)
	r.coming, r.here = r.coming[1:], append(r.here, w)
	visits := len(r.coming) == 0
	if visits {
		if err := h.deliver(ctx, r); err != nil {
			return err
		}
	}
	did(visits)
	p := r.lying[0]
	receipts, err := h.lockers[p.site].Collect(p.ref, h.by)
	if err != nil {
		return err
	}
	if err := h.handIn(ctx, client, receipts); err != nil {
		return err
	}
	did(true)
	r.lying = r.lying[1:]
	return nil
}

// setOut brings every client on its way: a visit lies behind it.
func (h *house) setOut(ctx context.Context) error {
	for _, r := range h.rounds {
		r.coming = h.clients[r.client].visit(h.population, r.site)
		for len(r.coming) > 0 {
			if err := h.reserve(ctx, r.client, r.coming[0]); err != nil {
				return err
			}
			r.here, r.coming = append(r.here, r.coming[0]), r.coming[1:]
		}
		if err := h.deliver(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// deliver brings what was announced, and turns to the client's next site.
func (h *house) deliver(ctx context.Context, r *round) error {
	refs, err := h.visit(ctx, r.client, r.here)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		r.lying = append(r.lying, lying{r.site, ref})
	}
	if r.site += len(h.rounds); r.site >= h.population.Sites {
		r.site = r.client
	}
	r.coming, r.here = h.clients[r.client].visit(h.population, r.site), nil
	return nil
}

// put has standing parcels stored.
func (h *house) put(ctx context.Context, client int, parcels []want) error {
	for _, w := range parcels {
		if err := h.reserve(ctx, client, w); err != nil {
			return err
		}
	}
	_, err := h.visit(ctx, client, parcels)
	return err
}

// reserve keeps room and announces the parcel, as a shop does whose checkout does not ask first.
func (h *house) reserve(ctx context.Context, client int, w want) error {
	d := inside[w.size]
	return h.callers[client].call(ctx, http.MethodPut, "/v1/parcels/"+w.reference, h.keys.shop, fmt.Appendf(nil,
		`{"tracking_number":%q,"recipient":{"name":"Recipient %s","email":"%s@bench.example","language":"en"},`+
			`"hold":{"site_id":%q,"arrives":%q,"parcel":{"length_mm":%d,"width_mm":%d,"height_mm":%d,"weight_g":%d}}}`,
		tracking(w), w.reference, w.reference, siteID(w.site), h.arrives, d.LengthMM, d.WidthMM, d.HeightMM, d.Grams), nil)
}

// visit is a courier's at a locker, for parcels of one site: the grant for its doors is drawn, each parcel is put in, and
// what the locker signed is handed in as its own line does, in order and in one piece.
func (h *house) visit(ctx context.Context, client int, parcels []want) (refs []lockhouse.ParcelRef, err error) {
	locker := h.lockers[parcels[0].site]
	targets, err := h.drawGrant(ctx, h.callers[client], locker.Noun.ID)
	if err != nil {
		return nil, err
	}
	var receipts []string
	for _, w := range parcels {
		ref, ok := targets[tracking(w)]
		if !ok {
			return nil, fmt.Errorf("the courier's grant does not name %s", w.reference)
		}
		size, _ := lockhouse.DefaultSizes().Named(w.size)
		signed, err := locker.Store(ref, size.Rank, h.by)
		if err != nil {
			return nil, err
		}
		refs, receipts = append(refs, ref), append(receipts, signed...)
	}
	return refs, h.handIn(ctx, client, receipts)
}

// drawGrant asks for what opens the locker's doors to the courier, and gives the parcels that it names, by number.
func (h *house) drawGrant(ctx context.Context, c *caller, locker lockhouse.LockerID) (map[string]lockhouse.ParcelRef, error) {
	var sheet struct {
		Grant   string `json:"grant"`
		Targets []struct {
			Ref      lockhouse.ParcelRef `json:"ref"`
			Tracking string              `json:"tracking_number"`
		} `json:"targets"`
	}
	err := c.call(ctx, http.MethodPost, "/v1/courier/manifest", h.keys.courier,
		fmt.Appendf(nil, `{"locker_id":%q,"phone_key":%q}`, locker, h.phone), &sheet)
	if err == nil && sheet.Grant == "" {
		err = fmt.Errorf("there is no grant for %s", locker)
	}
	named := map[string]lockhouse.ParcelRef{}
	for _, t := range sheet.Targets {
		named[t.Tracking] = t.Ref
	}
	return named, err
}

// handIn brings receipts to the network, and refuses an answer that leaves one without effect.
func (h *house) handIn(ctx context.Context, client int, receipts []string) error {
	var tally struct {
		Accepted int `json:"accepted"`
		Waiting  int `json:"waiting"`
	}
	err := h.callers[client].call(ctx, http.MethodPost, "/v1/receipts", "", asJSON(map[string][]string{"receipts": receipts}), &tally)
	if err == nil && (tally.Accepted != len(receipts) || tally.Waiting != 0) {
		err = fmt.Errorf("of %d receipts %d were accepted and %d wait", len(receipts), tally.Accepted, tally.Waiting)
	}
	return err
}

func tracking(w want) string { return "LX-" + strings.ToUpper(w.reference) }
