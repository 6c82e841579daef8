package sqlite

import (
	"slices"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/past"
)

const parcelColumns = `id, ref, shop, reference, tracking, person, site, hold, length_mm, width_mm, height_mm, weight_g, size, rank,
	state, locker, compartment, generation, announced_at, dropped_off_at, collect_by, ended_at`

const noParcel = "There is no such parcel."

// Bounds of lists that are not paged.
const (
	mostOfPerson = 200
	mostAtSite   = 1_000
	mostSites    = 1_000
)

func readParcel(r *row) (p lockhouse.Parcel) {
	p.ID = lockhouse.ParcelID(r.text())
	r.copyTo(p.Ref[:])
	p.Shop, p.Reference, p.Tracking = lockhouse.ShopID(r.text()), r.text(), r.text()
	p.Person, p.Site, p.Hold = lockhouse.PersonID(r.text()), lockhouse.SiteID(r.text()), lockhouse.HoldID(r.text())
	p.Dimensions, p.Size, p.Rank = r.dims(), r.text(), r.int()
	p.State, p.Locker = lockhouse.ParcelState(r.text()), lockhouse.LockerID(r.text())
	p.Compartment, p.Generation = r.int(), uint32(r.int64())
	p.AnnouncedAt, p.DroppedOffAt, p.CollectBy, p.EndedAt = r.time(), r.time(), r.time(), r.time()
	return p
}

func (t *tx) parcel(where string, args ...any) (p lockhouse.Parcel, err error) {
	p, err = must(t, noParcel, readParcel, `SELECT `+parcelColumns+` FROM parcels WHERE `+where, args...)
	if err == nil {
		t.last = p
	}
	return p, err
}

func (t *tx) parcels(where string, args ...any) ([]lockhouse.Parcel, error) {
	return all(t, readParcel, `SELECT `+parcelColumns+` FROM parcels WHERE `+where, args...)
}

func (t *tx) Parcel(id lockhouse.ParcelID) (lockhouse.Parcel, error) {
	if id != "" && t.last.ID == id {
		return t.last, nil
	}
	p, err := t.parcel(`id = ?`, id)
	return orPast(p, err, func() (pastRow, bool, error) { return t.pastOf(id) }, itsParcel)
}

func (t *tx) ParcelOfShop(shop lockhouse.ShopID, reference string) (lockhouse.Parcel, error) {
	p, err := t.parcel(`reference = ? AND shop = ?`, reference, shop)
	return orPast(p, err, func() (pastRow, bool, error) { return t.pastOfOrder(shop, reference) }, itsParcel)
}

func (t *tx) ParcelByRef(ref lockhouse.ParcelRef) (lockhouse.Parcel, error) {
	if t.last.ID != "" && t.last.Ref == ref {
		return t.last, nil
	}
	return t.parcel(`ref = ?`, ref[:])
}

func (t *tx) ParcelByTracking(tracking string) (lockhouse.Parcel, error) {
	p, err := t.parcel(`tracking = ? ORDER BY n DESC LIMIT 1`, tracking)
	return orPast(p, err, func() (pastRow, bool, error) {
		return t.pastNamed(past.NameOfTracking(tracking), func(p lockhouse.Parcel) bool { return p.Tracking == tracking })
	}, itsParcel)
}

// InsertParcel looks before it inserts: with one writer, nothing can come between.
func (t *tx) InsertParcel(p lockhouse.Parcel) error {
	_, taken, err := one(t, (*row).text, `SELECT id FROM parcels WHERE tracking = ? AND ended_at = 0
		AND (state <> ? OR locker <> '') LIMIT 1`, p.Tracking, lockhouse.ParcelRecalled)
	if err != nil {
		return err
	}
	if taken {
		return lockhouse.Refuse(lockhouse.CodeConflict, "The tracking number is that of another parcel on its way.")
	}
	err = t.insert("The order was announced already.",
		`INSERT INTO parcels (`+parcelColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Ref[:], p.Shop, p.Reference, p.Tracking, p.Person, p.Site, p.Hold, p.Dimensions.LengthMM, p.Dimensions.WidthMM,
		p.Dimensions.HeightMM, p.Dimensions.Grams, p.Size, p.Rank, p.State, p.Locker, p.Compartment, p.Generation,
		p.AnnouncedAt, p.DroppedOffAt, p.CollectBy, p.EndedAt)
	if err == nil {
		t.made = p.ID
	}
	return err
}

// UpdateParcel writes what changes on a parcel's way; its names, its owner and its dimensions do not. Nearly always it stays
// at its site too, and the indexes that have the site in them alone need not follow.
func (t *tx) UpdateParcel(p lockhouse.Parcel) error {
	t.last = lockhouse.Parcel{}
	err := t.conn.run(`UPDATE parcels SET hold = ?, size = ?, rank = ?, state = ?, locker = ?, compartment = ?,
		generation = ?, dropped_off_at = ?, collect_by = ?, ended_at = ? WHERE id = ? AND site = ?`,
		p.Hold, p.Size, p.Rank, p.State, p.Locker, p.Compartment, p.Generation, p.DroppedOffAt, p.CollectBy, p.EndedAt, p.ID, p.Site)
	if err != nil || t.conn.changed() {
		return err
	}
	return t.change(noParcel, `UPDATE parcels SET site = ?, hold = ?, size = ?, rank = ?, state = ?, locker = ?, compartment = ?,
		generation = ?, dropped_off_at = ?, collect_by = ?, ended_at = ? WHERE id = ?`,
		p.Site, p.Hold, p.Size, p.Rank, p.State, p.Locker, p.Compartment, p.Generation, p.DroppedOffAt, p.CollectBy, p.EndedAt, p.ID)
}

func (t *tx) ParcelsOf(person lockhouse.PersonID) ([]lockhouse.Parcel, error) {
	list, err := t.parcels(`person = ? ORDER BY n DESC LIMIT ?`, person, mostOfPerson)
	if err != nil || len(list) == mostOfPerson || person == "" {
		return list, err
	}
	ended, err := t.pastRows(`person = ? AND person <> '' ORDER BY n DESC LIMIT ?`, person, mostOfPerson-len(list))
	for _, e := range ended {
		list = append(list, e.Parcel)
	}
	return list, err
}

func (t *tx) ParcelsAt(site lockhouse.SiteID, states ...lockhouse.ParcelState) ([]lockhouse.Parcel, error) {
	return t.parcels(`site = ? AND `+among(states)+` ORDER BY n LIMIT `+`?`, append(append([]any{site}, anys(states)...), mostAtSite)...)
}

func (t *tx) ParcelsIn(locker lockhouse.LockerID, states ...lockhouse.ParcelState) ([]lockhouse.Parcel, error) {
	inside := `locker = ? AND locker <> '' AND ended_at = 0`
	if len(states) > 0 {
		inside += ` AND state IN (` + marks(len(states)) + `)`
	}
	return t.parcels(inside+` ORDER BY compartment`, append([]any{locker}, anys(states)...)...)
}

// ParcelsDue walks those that fall due, oldest first; the plus keeps SQLite from walking all of a state instead.
func (t *tx) ParcelsDue(state lockhouse.ParcelState, before time.Time, limit int) ([]lockhouse.Parcel, error) {
	return t.parcels(`ended_at = 0 AND collect_by > 0 AND collect_by < ? AND +state = ? ORDER BY collect_by LIMIT ?`, before, state, limit)
}

func (t *tx) SitesWith(states ...lockhouse.ParcelState) ([]lockhouse.SiteID, error) {
	read := func(r *row) lockhouse.SiteID { return lockhouse.SiteID(r.text()) }
	return all(t, read, `SELECT DISTINCT site FROM parcels WHERE `+among(states)+` ORDER BY site LIMIT ?`, append(anys(states), mostSites)...)
}

// among is the condition that a parcel is in one of some states. Where collected is none of them it says so, in words in which
// SQLite sees that an index has all of those parcels that leaves out what was collected.
func among(states []lockhouse.ParcelState) string {
	condition := `state IN (` + marks(len(states)) + `)`
	if !slices.Contains(states, lockhouse.ParcelCollected) {
		condition += ` AND state <> 'collected'`
	}
	return condition
}

// ListParcels looks for its filter in whichever index fits: the conditions are left out of the statement where they do
// not apply, so that there is one plan for each kind of question.
func (t *tx) ListParcels(p store.Page, f store.ParcelFilter) ([]lockhouse.Parcel, error) {
	var where []string
	var args []any
	add := func(given bool, condition string, values ...any) {
		if given {
			where, args = append(where, condition), append(args, values...)
		}
	}
	end := f.Find + "\U0010FFFF"
	add(p.After != "", `n < (SELECT n FROM parcels WHERE id = ?)`, p.After)
	add(f.Site != "", `site = ?`, f.Site)
	add(f.State != "", among([]lockhouse.ParcelState{f.State}), f.State)
	add(f.Shop != "", `shop = ?`, f.Shop)
	add(f.Find != "", `(tracking BETWEEN ? AND ? OR reference BETWEEN ? AND ? OR id BETWEEN ? AND ?)`, f.Find, end, f.Find, end, f.Find, end)
	add(true, `TRUE ORDER BY n DESC LIMIT ?`, most(p))
	return t.parcels(strings.Join(where, ` AND `), args...)
}

// marks gives n question marks for a list of values.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func anys[T any](values []T) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return list
}
