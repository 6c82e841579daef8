package sqlite

import (
	"time"

	"lockhouse"
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

// knownHold is what a transaction found when it last asked for a hold: which, or that there was none of this order. Putting one
// down is cheaper for whoever knows.
type knownHold struct {
	order
	id lockhouse.HoldID // "" when there was none
}

func (t *tx) Hold(shop lockhouse.ShopID, reference string) (lockhouse.Hold, error) {
	h, err := must(t, noHold, readHold, `SELECT `+holdColumns+` FROM holds WHERE reference = ? AND shop = ?`, reference, shop)
	if err == nil || lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		t.hold = knownHold{order{shop, reference}, h.ID}
	}
	return orPast(h, err, func() (pastRow, bool, error) { return t.pastOfOrder(shop, reference) }, func(e pastRow) lockhouse.Hold { return e.Hold })
}

func (t *tx) HoldByID(id lockhouse.HoldID) (lockhouse.Hold, error) {
	h, err := must(t, noHold, readHold, `SELECT `+holdColumns+` FROM holds WHERE id = ?`, id)
	if err == nil {
		t.hold = knownHold{order{h.Shop, h.Reference}, h.ID}
	}
	return h, err
}

const insertHold = `INSERT INTO holds (` + holdColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func (t *tx) PutHold(h lockhouse.Hold) error {
	known := t.hold
	t.hold = knownHold{}
	its := known.order == order{h.Shop, h.Reference}
	all := []any{h.ID, h.Shop, h.Reference, h.Site, h.Dimensions.LengthMM, h.Dimensions.WidthMM, h.Dimensions.HeightMM,
		h.Dimensions.Grams, h.Size, h.Rank, h.From, h.Until, h.State, h.LapsesAt, h.PlacedAt, h.Parcel}
	switch {
	case its && known.id == "":
		return t.conn.run(insertHold, all...)
	case its && known.id == h.ID:
		if err := t.updateHold(h); err != nil || t.conn.changed() {
			return err
		}
	}
	return t.conn.run(insertHold+` ON CONFLICT (reference, shop) DO UPDATE SET id = excluded.id, site = excluded.site, length_mm = excluded.length_mm,
		width_mm = excluded.width_mm, height_mm = excluded.height_mm, weight_g = excluded.weight_g, size = excluded.size,
		rank = excluded.rank, from_day = excluded.from_day, until_day = excluded.until_day, state = excluded.state,
		lapses_at = excluded.lapses_at, placed_at = excluded.placed_at, parcel = excluded.parcel`, all...)
}

// updateHold changes a hold by its id. What can't change of it without its being another is in no index that would have to
// follow.
func (t *tx) updateHold(h lockhouse.Hold) error {
	return t.conn.run(`UPDATE holds SET length_mm = ?, width_mm = ?, height_mm = ?, weight_g = ?, size = ?, rank = ?, from_day = ?, until_day = ?,
		state = ?, lapses_at = ?, placed_at = ?, parcel = ? WHERE id = ? AND shop = ? AND reference = ? AND site = ?`,
		h.Dimensions.LengthMM, h.Dimensions.WidthMM, h.Dimensions.HeightMM, h.Dimensions.Grams, h.Size, h.Rank, h.From, h.Until,
		h.State, h.LapsesAt, h.PlacedAt, h.Parcel, h.ID, h.Shop, h.Reference, h.Site)
}

func (t *tx) LapsedHolds(site lockhouse.SiteID, now time.Time, limit int) ([]lockhouse.Hold, error) {
	return all(t, readHold, `SELECT `+holdColumns+` FROM holds
		WHERE state IN ('placed', 'confirmed') AND lapses_at <= ?1 AND (?2 = '' OR site = ?2) ORDER BY lapses_at LIMIT ?3`, now, site, limit)
}

func (t *tx) HoldsEnding(through lockhouse.Day, limit int) ([]lockhouse.Hold, error) {
	return all(t, readHold, `SELECT `+holdColumns+` FROM holds
		WHERE state = 'converted' AND until_day <= ? ORDER BY until_day LIMIT ?`, through, limit)
}
