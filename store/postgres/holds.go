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
	name := past.NameOfOrder(shop, reference)
	h, there, err := t.hold(shop, reference, name)
	if err != nil || there {
		return h, err
	}
	e, there, err := t.pastNamed(name, ofOrder(shop, reference))
	if err == nil && !there {
		err = lockhouse.Refuse(lockhouse.CodeNotFound, noHold)
	}
	return e.Hold, err
}

// hold looks for a hold that is not in the past, and in an Update locks it; which rows of the past have a name is asked
// with it. That there is none is remembered too.
func (t *tx) hold(shop lockhouse.ShopID, reference string, names ...int64) (h lockhouse.Hold, there bool, err error) {
	known := t.seen.hold(shop, reference)
	if known != nil && known.there {
		return known.Hold, true, nil
	}
	var beside []statement
	for _, name := range names {
		beside = append(beside, t.named(name)...)
	}
	if known != nil && len(beside) > 0 {
		err = t.ask(beside...)
	}
	if known != nil {
		return known.Hold, false, err
	}
	there, err = t.sole(holdOfOrder(shop, reference), func(r *row) { h = readHold(r) }, beside...)
	if err == nil && !there {
		h.Shop, h.Reference = shop, reference
	}
	t.holdSeen(h, there, err)
	return h, there, err
}

func holdOfOrder(shop lockhouse.ShopID, reference string) statement {
	return statement{sql: holdsOfOrders, args: []any{reference, shop}, alike: true,
		key: `hold ` + string(shop) + ` ` + reference, kind: `hold`, settled: true}
}

var holdsOfOrders = `SELECT nth, ` + holdColumns + ` FROM ` + asked(`k1 text`, `k2 text`) + ` JOIN holds ON reference = k1 AND shop = k2`

// lookBeside gives the question for an order's hold, for an Update that has not asked it yet, to travel with another; and what to
// call when the answer is there.
func (t *tx) lookBeside(shop lockhouse.ShopID, reference string) (look []statement, found func()) {
	if !t.writes || t.seen.hold(shop, reference) != nil {
		return nil, func() {}
	}
	s, h := holdOfOrder(shop, reference), heldHold{Hold: lockhouse.Hold{Shop: shop, Reference: reference}}
	missed := statement{sql: s.sql, args: s.args, alike: true}
	s.sql, s.read = s.sql+kept, func(r *row) { h.Hold, h.there = readHold(r), true }
	return []statement{s}, func() {
		t.holdSeen(h.Hold, h.there, t.broken)
		if !h.there {
			t.missed = append(t.missed, missed)
		}
	}
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
	return t.freshAlike(insertHolds, h.ID, h.Shop, h.Reference, h.Site, h.Dimensions.LengthMM, h.Dimensions.WidthMM, h.Dimensions.HeightMM,
		h.Dimensions.Grams, h.Size, h.Rank, h.From, h.Until, h.State, h.LapsesAt, h.PlacedAt, h.Parcel)
}

var (
	givenHolds = given(`id text`, `shop text`, `reference text`, `site text`, `length_mm bigint`, `width_mm bigint`, `height_mm bigint`,
		`weight_g bigint`, `size text`, `rank bigint`, `from_day bigint`, `until_day bigint`, `state text`, `lapses_at bigint`, `placed_at bigint`, `parcel text`)
	insertHolds = `INSERT INTO holds (` + holdColumns + `) SELECT * FROM ` + givenHolds
	updateHolds = `UPDATE holds SET id = given.id, site = given.site, length_mm = given.length_mm, width_mm = given.width_mm,
		height_mm = given.height_mm, weight_g = given.weight_g, size = given.size, rank = given.rank, from_day = given.from_day,
		until_day = given.until_day, state = given.state, lapses_at = given.lapses_at, placed_at = given.placed_at, parcel = given.parcel
		FROM ` + givenHolds + ` WHERE holds.reference = given.reference AND holds.shop = given.shop`
)

func (t *tx) updateHold(h lockhouse.Hold) error {
	return t.writeAlike(string(h.Shop)+` `+h.Reference, updateHolds, h.ID, h.Shop, h.Reference, h.Site, h.Dimensions.LengthMM,
		h.Dimensions.WidthMM, h.Dimensions.HeightMM, h.Dimensions.Grams, h.Size, h.Rank, h.From, h.Until, h.State, h.LapsesAt, h.PlacedAt, h.Parcel)
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
