package postgres

import (
	"time"

	"lockhouse"
	"lockhouse/store/past"
)

const holdColumns = `id, shop, reference, site, length_mm, width_mm, height_mm, weight_g, size, rank, from_day, until_day,
	state, lapses_at, placed_at, parcel`

const noHold = "There is no such hold."

func readHold(r *row) lockhouse.Hold {
	return lockhouse.Hold{ID: lockhouse.HoldID(r.text()), Shop: lockhouse.ShopID(r.text()), Reference: r.text(),
		Site: lockhouse.SiteID(r.text()), Dimensions: r.dims(), Size: r.text(), Rank: r.int(),
		From: lockhouse.Day(r.int()), Until: lockhouse.Day(r.int()), State: lockhouse.HoldState(r.text()),
		LapsesAt: r.time(), PlacedAt: r.time(), Parcel: lockhouse.ParcelID(r.text())}
}

func (t *tx) Hold(shop lockhouse.ShopID, reference string) (lockhouse.Hold, error) {
	var names []int64
	h, there, err := t.hold(shop, reference, named(past.NameOfOrder(shop, reference), &names))
	if err != nil || there {
		return h, err
	}
	e, there, err := t.pastNamed(names, ofOrder(shop, reference))
	if err == nil && !there {
		err = lockhouse.Refuse(lockhouse.CodeNotFound, noHold)
	}
	return e.Hold, err
}

// hold looks for a hold that is not in the past, and in an Update locks it; what else is to be asked travels with the
// question. That there is none is remembered too.
func (t *tx) hold(shop lockhouse.ShopID, reference string, beside ...statement) (h lockhouse.Hold, there bool, err error) {
	if known := t.seen.hold(shop, reference); known != nil {
		if known.there || len(beside) == 0 {
			return known.Hold, known.there, nil
		}
		return known.Hold, false, t.ask(beside...)
	}
	look := statement{sql: `SELECT ` + holdColumns + ` FROM holds WHERE reference = $1 AND shop = $2`, args: []any{reference, shop},
		key: `hold ` + string(shop) + ` ` + reference, kind: `hold`, settled: true}
	there, err = t.sole(look, func(r *row) { h = readHold(r) }, beside...)
	if err == nil && !there {
		h.Shop, h.Reference = shop, reference
	}
	t.holdSeen(h, there, err)
	return h, there, err
}

func (t *tx) holdSeen(h lockhouse.Hold, there bool, err error) {
	if t.writes && err == nil {
		t.seen.keepHold(h, there)
	}
}

// holdRead remembers a hold that was fetched, unless it is seen already: as it will be.
func (t *tx) holdRead(h lockhouse.Hold) {
	if t.seen.hold(h.Shop, h.Reference) == nil {
		t.holdSeen(h, true, nil)
	}
}

func (t *tx) HoldByID(id lockhouse.HoldID) (lockhouse.Hold, error) {
	if known := t.seen.holdByID(id); known != nil {
		return known.Hold, nil
	}
	var h lockhouse.Hold
	look := statement{sql: `SELECT ` + holdColumns + ` FROM holds WHERE id = $1`, args: []any{id}, key: `hold` + string(id), kind: `hold`,
		settled: !t.seen.renamed}
	there, err := t.sole(look, func(r *row) { h = readHold(r) })
	err = orNone(there, noHold, err)
	t.holdSeen(h, true, err)
	return h, err
}

// PutHold knows from the look before whether the hold is there; where there was none, it looks itself.
func (t *tx) PutHold(h lockhouse.Hold) error {
	was, there, err := t.hold(h.Shop, h.Reference)
	if err != nil {
		return err
	}
	if there {
		t.seen.renamed = t.seen.renamed || was.ID != h.ID
		err = t.updateHold(h)
	} else {
		err = t.insertHold(h)
	}
	t.holdSeen(h, true, err)
	return err
}

func (t *tx) insertHold(h lockhouse.Hold) error {
	return t.fresh(`INSERT INTO holds (`+holdColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		h.ID, h.Shop, h.Reference, h.Site, h.Dimensions.LengthMM, h.Dimensions.WidthMM, h.Dimensions.HeightMM,
		h.Dimensions.Grams, h.Size, h.Rank, h.From, h.Until, h.State, h.LapsesAt, h.PlacedAt, h.Parcel)
}

func (t *tx) updateHold(h lockhouse.Hold) error {
	return t.write(`UPDATE holds SET id = $1, site = $2, length_mm = $3, width_mm = $4, height_mm = $5, weight_g = $6, size = $7,
		rank = $8, from_day = $9, until_day = $10, state = $11, lapses_at = $12, placed_at = $13, parcel = $14
		WHERE reference = $15 AND shop = $16`,
		h.ID, h.Site, h.Dimensions.LengthMM, h.Dimensions.WidthMM, h.Dimensions.HeightMM, h.Dimensions.Grams, h.Size,
		h.Rank, h.From, h.Until, h.State, h.LapsesAt, h.PlacedAt, h.Parcel, h.Reference, h.Shop)
}

// LapsedHolds passes over a hold that another transaction has: it may wait for the site's room, which we have, and neither
// would ever go on. Where the site's answer depends on it, the whole transaction starts anew, and then sees how it ended.
func (t *tx) LapsedHolds(site lockhouse.SiteID, now time.Time, limit int) ([]lockhouse.Hold, error) {
	const lapsed = `state IN ('placed', 'confirmed') AND lapses_at <= $1`
	if site == "" {
		return t.holds(lapsed+` ORDER BY lapses_at LIMIT $2`, now, limit)
	}
	list, err := t.holds(lapsed+` AND site = $2 ORDER BY lapses_at LIMIT $3`, now, site, limit)
	if err != nil || len(list) > 0 || !t.writes {
		return list, err
	}
	_, passed, err := one(t, (*row).text, `SELECT id FROM holds WHERE `+lapsed+` AND site = $2 LIMIT 1`, now, site)
	if err == nil && passed {
		err = t.end(errOvertaken)
	}
	return nil, err
}

func (t *tx) HoldsEnding(through lockhouse.Day, limit int) ([]lockhouse.Hold, error) {
	return t.holds(`state = 'converted' AND until_day <= $1 ORDER BY until_day LIMIT $2`, through, limit)
}

func (t *tx) holds(where string, args ...any) ([]lockhouse.Hold, error) {
	list, err := allFree(t, readHold, `SELECT `+holdColumns+` FROM holds WHERE `+where, args...)
	for _, h := range list {
		t.holdSeen(h, true, err)
	}
	return list, err
}
