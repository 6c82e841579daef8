package api_test

import (
	"maps"
	"testing"

	"lockhouse"
	"lockhouse/store"
)

// withHold is an announcement that keeps its own room.
func (w *world) withHold(tracking string) map[string]any {
	order := goodParcel(tracking)
	order["hold"] = w.goodHold()
	return order
}

// kept counts what is kept at the site on the day on which parcels arrive.
func (w *world) kept() (n int) {
	w.t.Helper()
	day, _ := lockhouse.ParseDay("2026-11-24")
	w.must(w.Store().View(w.t.Context(), func(tx store.Tx) error {
		room, err := tx.Room(w.site)
		for rank := range 3 {
			n += room.KeptOn(day).Of(rank + 1)
		}
		return err
	}))
	return n
}

// TestAnnounceWithRoom: a shop without a checkout keeps room and announces in one request, once however often it asks.
func TestAnnounceWithRoom(t *testing.T) {
	w := open(t, 2, nil)
	shop := w.secrets[lockhouse.ScopeShop]
	made := w.call("PUT", "/v1/parcels/o1", shop, w.withHold("T-1")).is(201)
	again := w.call("PUT", "/v1/parcels/o1", shop, w.withHold("T-1")).is(200)
	if made.at("id") != again.at("id") || made.at("timeline", 0, "kind") != "parcel.announced" || w.kept() != 1 {
		t.Fatalf("%s\n%s\n%d are kept", made.raw, again.raw, w.kept())
	}
	if h := w.call("GET", "/v1/holds/o1", shop, nil).is(200); h.at("state") != "converted" || h.at("lapses_at") != nil {
		t.Errorf("%s", h.raw)
	}
	w.call("PUT", "/v1/parcels/o1", shop, goodParcel("T-1")).is(200) // without it is the same parcel
	other := w.withHold("T-1")
	other["hold"] = map[string]any{"site_id": w.site, "parcel": map[string]any{"length_mm": 10, "width_mm": 10, "height_mm": 10, "weight_g": 10}, "arrives": "2026-11-24"}
	w.call("PUT", "/v1/parcels/o1", shop, other).refused(409, lockhouse.CodeConflict)

	w.call("PUT", "/v1/holds/o2", shop, w.goodHold()).is(201) // a hold that is there already is the one
	w.call("PUT", "/v1/parcels/o2", shop, w.withHold("T-2")).is(201)
	if w.kept() != 2 {
		t.Errorf("%d are kept", w.kept())
	}
}

// TestAnnounceWithRoomOrNotAtAll: what is refused leaves neither parcel nor hold.
func TestAnnounceWithRoomOrNotAtAll(t *testing.T) {
	w := open(t, 1, nil)
	shop := w.secrets[lockhouse.ScopeShop]
	w.call("PUT", "/v1/parcels/o1", shop, w.withHold("T-1")).is(201)
	change := func(field string, value any) map[string]any {
		order := w.withHold("T-9")
		hold := maps.Clone(w.goodHold())
		hold[field] = value
		order["hold"] = hold
		return order
	}
	full := w.call("PUT", "/v1/parcels/o9", shop, w.withHold("T-9"))
	full.refused(409, lockhouse.CodeFull)
	if full.at("alternatives") == nil {
		t.Errorf("%s", full.raw)
	}
	w.call("PUT", "/v1/parcels/o9", shop, change("site_id", "site_none")).refused(404, lockhouse.CodeNotFound)
	w.call("PUT", "/v1/parcels/o9", shop, change("arrives", "2026-11-01")).refused(422, lockhouse.CodePast)
	w.call("PUT", "/v1/parcels/o9", shop, change("arrives", "soon")).refused(400, lockhouse.CodeMalformed)
	taken := w.withHold("T-1")
	w.call("POST", "/v1/parcels/o9/recall", shop, nil).refused(404, lockhouse.CodeNotFound)
	w.call("PUT", "/v1/parcels/o9", shop, taken).refused(409, lockhouse.CodeFull)
	w.call("GET", "/v1/holds/o9", shop, nil).refused(404, lockhouse.CodeNotFound)
	w.call("GET", "/v1/parcels/o9", shop, nil).refused(404, lockhouse.CodeNotFound)
	if w.kept() != 1 {
		t.Errorf("%d are kept", w.kept())
	}
}
