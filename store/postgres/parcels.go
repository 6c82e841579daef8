package postgres

import (
	"fmt"
	"slices"
	"strconv"
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

// parcel gives one that was seen before, or looks for it where a condition holds, and in an Update locks it; what else is
// to be asked travels with the question.
func (t *tx) parcel(is func(*lockhouse.Parcel) bool, where statement, beside ...statement) (p lockhouse.Parcel, err error) {
	if known := t.seen.parcel(is); known != nil {
		return *known, nil
	}
	where.key, where.kind, where.settled = `parcel`+fmt.Sprint(where.args...), `parcel`, true // its names never change, and ours are seen
	there, err := t.sole(where, func(r *row) { p = readParcel(r) }, beside...)
	if known := t.seen.parcel(func(k *lockhouse.Parcel) bool { return there && k.ID == p.ID }); known != nil {
		return *known, err // as it will be
	}
	if err == nil && !there {
		err = lockhouse.Refuse(lockhouse.CodeNotFound, noParcel)
	}
	t.parcelSeen(p, err)
	return p, err
}

func (t *tx) parcelSeen(p lockhouse.Parcel, err error) {
	if t.writes && err == nil {
		t.seen.keepParcel(p)
	}
}

// parcels gives a list, and in an Update locks all of it.
func (t *tx) parcels(where string, args ...any) ([]lockhouse.Parcel, error) {
	list, err := allKept(t, readParcel, `SELECT `+parcelColumns+` FROM parcels WHERE `+where, args...)
	for _, p := range list {
		t.parcelSeen(p, err)
	}
	return list, err
}

func (t *tx) Parcel(id lockhouse.ParcelID) (lockhouse.Parcel, error) {
	p, err := t.hotParcel(id)
	return orPast(p, err, func() (pastRow, bool, error) { return t.pastOf(id) }, itsParcel)
}

// hotParcel gives a parcel that is not in the past.
func (t *tx) hotParcel(id lockhouse.ParcelID) (lockhouse.Parcel, error) {
	return t.parcel(func(p *lockhouse.Parcel) bool { return p.ID == id }, statement{sql: parcelsWhere + `id = $1`, args: []any{id}})
}

// ParcelOfShop asks in an Update for the order's hold too: who finds no parcel is about to ask for it.
func (t *tx) ParcelOfShop(shop lockhouse.ShopID, reference string) (lockhouse.Parcel, error) {
	is, name := ofOrder(shop, reference), past.NameOfOrder(shop, reference)
	if known := t.seen.parcel(func(p *lockhouse.Parcel) bool { return is(*p) }); known != nil {
		return *known, nil
	}
	beside, found := t.lookBeside(shop, reference)
	p, err := t.parcel(func(*lockhouse.Parcel) bool { return false },
		statement{sql: parcelsOfOrders, args: []any{reference, shop}, alike: true}, append(t.named(name), beside...)...)
	found()
	return orPast(p, err, func() (pastRow, bool, error) { return t.pastNamed(name, is) }, itsParcel)
}

const parcelsWhere = `SELECT ` + parcelColumns + ` FROM parcels WHERE `

var parcelsOfOrders = `SELECT nth, ` + parcelColumns + ` FROM ` + asked(`k1 text`, `k2 text`) + ` JOIN parcels ON reference = k1 AND shop = k2`

// ParcelByRef fetches in an Update what its other receipts speak of too, and their holds: who brings them is about to ask.
func (t *tx) ParcelByRef(ref lockhouse.ParcelRef) (lockhouse.Parcel, error) {
	is := func(p *lockhouse.Parcel) bool { return p.Ref == ref }
	if t.writes && t.seen.parcel(is) == nil {
		if err := t.fetch(t.seen.refs(ref)); err != nil {
			return lockhouse.Parcel{}, err
		}
	}
	return t.parcel(is, statement{sql: parcelsOfRefs, args: []any{ref[:]}, alike: true})
}

var (
	parcelsOfRefs = `SELECT nth, ` + parcelColumns + ` FROM ` + asked(`k1 bytea`) + ` JOIN parcels ON ref = k1`
	holdsOfRefs   = `SELECT nth, ` + holdColumns + ` FROM ` + asked(`k1 bytea`) + ` JOIN holds ON id = (SELECT hold FROM parcels WHERE ref = k1)`
)

// fetch looks for parcels and their holds, and locks them, all in one trip.
func (t *tx) fetch(refs []lockhouse.ParcelRef) error {
	var parcels, holds []statement
	for _, ref := range refs {
		parcels = append(parcels, statement{sql: parcelsOfRefs + kept, args: []any{ref[:]}, alike: true, settled: true,
			key: `parcel` + fmt.Sprint(ref[:]), kind: `parcel`, read: func(r *row) { t.parcelSeen(readParcel(r), nil) }})
		holds = append(holds, statement{sql: holdsOfRefs + kept, args: []any{ref[:]}, alike: true, settled: !t.seen.renamed,
			kind: `hold`, read: func(r *row) { t.holdRead(readHold(r)) }})
	}
	return t.ask(append(parcels, holds...)...)
}

// ParcelByTracking asks always: of those that were seen, none need be the newest. One that was inserted here is.
func (t *tx) ParcelByTracking(tracking string) (lockhouse.Parcel, error) {
	ours := func(p *lockhouse.Parcel) bool {
		return p.Tracking == tracking && slices.Contains(t.seen.inserted, p.ID)
	}
	p, err := t.parcel(ours, statement{sql: parcelsWhere + `tracking = $1 ORDER BY n DESC LIMIT 1`, args: []any{tracking}})
	return orPast(p, err, func() (e pastRow, found bool, err error) {
		name := past.NameOfTracking(tracking)
		if look := t.named(name); len(look) > 0 {
			if err := t.ask(look...); err != nil {
				return e, false, err
			}
		}
		return t.pastNamed(name, func(p lockhouse.Parcel) bool { return p.Tracking == tracking })
	}, itsParcel)
}

// InsertParcel lets one transaction at a time take a tracking number: two that look at once would both find it free. The
// look is made by the insert itself, once the lock is there.
func (t *tx) InsertParcel(p lockhouse.Parcel) error {
	if err := t.writeAlike(p.Tracking, lockTrackings, p.Tracking); err != nil {
		return err
	}
	err := t.later(statement{sql: insertParcels, alike: true, row: p.Tracking, fails: refusedParcel, args: []any{
		p.ID, p.Ref[:], p.Shop, p.Reference, p.Tracking, p.Person, p.Site, p.Hold, p.Dimensions.LengthMM, p.Dimensions.WidthMM,
		p.Dimensions.HeightMM, p.Dimensions.Grams, p.Size, p.Rank, p.State, p.Locker, p.Compartment, p.Generation,
		p.AnnouncedAt, p.DroppedOffAt, p.CollectBy, p.EndedAt}})
	t.parcelSeen(p, err)
	t.seen.inserted = append(t.seen.inserted, p.ID)
	return err
}

var (
	lockTrackings = `SELECT count(pg_advisory_xact_lock(number)) FROM (SELECT hashtextextended(k1, 0) AS number FROM ` + given(`k1 text`) + ` ORDER BY 1) AS sorted`
	insertParcels = `WITH inserted AS (
		INSERT INTO parcels (` + parcelColumns + `) SELECT * FROM ` + given(`id text`, `ref bytea`, `shop text`, `reference text`, `tracking text`,
		`person text`, `site text`, `hold text`, `length_mm bigint`, `width_mm bigint`, `height_mm bigint`, `weight_g bigint`, `size text`,
		`rank bigint`, `state text`, `locker text`, `compartment bigint`, `generation bigint`, `announced_at bigint`, `dropped_off_at bigint`,
		`collect_by bigint`, `ended_at bigint`) + `
		WHERE NOT EXISTS (SELECT 1 FROM parcels WHERE parcels.tracking = given.tracking AND parcels.ended_at = 0
			AND (parcels.state <> 'recalled' OR parcels.locker <> ''))
		RETURNING 1)
	SELECT 1 / (count(*) = cardinality($1))::int FROM inserted`
	updateParcels = `UPDATE parcels SET site = given.site, hold = given.hold, size = given.size, rank = given.rank, state = given.state,
		locker = given.locker, compartment = given.compartment, generation = given.generation, dropped_off_at = given.dropped_off_at,
		collect_by = given.collect_by, ended_at = given.ended_at FROM ` + given(`id text`, `site text`, `hold text`, `size text`, `rank bigint`,
		`state text`, `locker text`, `compartment bigint`, `generation bigint`, `dropped_off_at bigint`, `collect_by bigint`, `ended_at bigint`) + `
		WHERE parcels.id = given.id`
)

func refusedParcel(err error) error {
	switch {
	case hasCode(err, divisionByZero):
		return lockhouse.Refuse(lockhouse.CodeConflict, "The tracking number is that of another parcel on its way.")
	case hasCode(err, uniqueViolation):
		return lockhouse.Refuse(lockhouse.CodeConflict, "The order was announced already.").Because(plain(err))
	}
	return err
}

// UpdateParcel writes what changes on a parcel's way; its names, its owner and its dimensions do not. It looks for one that
// was not seen before: then it is there, and nobody else changes it.
func (t *tx) UpdateParcel(p lockhouse.Parcel) error {
	was, err := t.hotParcel(p.ID)
	if err != nil {
		return err
	}
	is := p
	is.Ref, is.Shop, is.Reference, is.Tracking, is.Person = was.Ref, was.Shop, was.Reference, was.Tracking, was.Person
	is.Dimensions, is.AnnouncedAt = was.Dimensions, was.AnnouncedAt
	err = t.writeAlike(string(p.ID), updateParcels, p.ID, p.Site, p.Hold, p.Size, p.Rank, p.State, p.Locker, p.Compartment, p.Generation,
		p.DroppedOffAt, p.CollectBy, p.EndedAt)
	t.parcelSeen(is, err)
	return err
}

func (t *tx) ParcelsOf(person lockhouse.PersonID) ([]lockhouse.Parcel, error) {
	list, err := t.parcels(`person = $1 ORDER BY n DESC LIMIT $2`, person, mostOfPerson)
	if err != nil || len(list) == mostOfPerson || person == "" {
		return list, err
	}
	ended, err := t.pastRows(`person = $1 AND person <> '' ORDER BY n DESC LIMIT $2`, person, mostOfPerson-len(list))
	for _, e := range ended {
		list = append(list, e.Parcel)
	}
	return list, err
}

func (t *tx) ParcelsAt(site lockhouse.SiteID, states ...lockhouse.ParcelState) ([]lockhouse.Parcel, error) {
	return t.parcels(`site = $1 AND state IN (SELECT unnest($2::text[])) ORDER BY n LIMIT $3`, site, texts(states), mostAtSite)
}

func (t *tx) ParcelsIn(locker lockhouse.LockerID, states ...lockhouse.ParcelState) ([]lockhouse.Parcel, error) {
	const inside = `locker = $1 AND locker <> '' AND ended_at = 0`
	if len(states) == 0 {
		return t.parcels(inside+` ORDER BY compartment`, locker)
	}
	return t.parcels(inside+` AND state = ANY ($2) ORDER BY compartment`, locker, texts(states))
}

// ParcelsDue walks those that fall due, oldest first.
func (t *tx) ParcelsDue(state lockhouse.ParcelState, before time.Time, limit int) ([]lockhouse.Parcel, error) {
	return t.parcels(`ended_at = 0 AND collect_by > 0 AND collect_by < $1 AND state = $2 ORDER BY collect_by LIMIT $3`, before, state, limit)
}

func (t *tx) SitesWith(states ...lockhouse.ParcelState) ([]lockhouse.SiteID, error) {
	read := func(r *row) lockhouse.SiteID { return lockhouse.SiteID(r.text()) }
	return all(t, read, `SELECT DISTINCT site FROM (SELECT site FROM parcels WHERE state || '' = ANY ($1) OFFSET 0) AS those ORDER BY site LIMIT $2`, texts(states), mostSites)
}

// ListParcels looks for its filter in whichever index fits: the conditions are left out of the statement where they do
// not apply, so that there is one plan for each kind of question.
func (t *tx) ListParcels(p store.Page, f store.ParcelFilter) ([]lockhouse.Parcel, error) {
	var where []string
	var args []any
	add := func(given bool, condition string, value any) {
		if given {
			args = append(args, value)
			where = append(where, strings.ReplaceAll(condition, `?`, `$`+strconv.Itoa(len(args))))
		}
	}
	n := `n`
	if f.Find != "" {
		n = `n + 0` // so that it is found by what it begins with, and not by walking from the newest on
	}
	add(p.After != "", n+` < (SELECT n FROM parcels WHERE id = ?)`, p.After)
	add(f.Site != "", `site = ?`, f.Site)
	add(f.State != "" && f.Site != "", `state = ?`, f.State)
	add(f.State != "" && f.Site == "", `state || '' = ?`, f.State)
	add(f.Shop != "", `shop || '' = ?`, f.Shop)
	const begins = ` BETWEEN ? AND ? || U&'\+10FFFF'`
	add(f.Find != "", `(tracking`+begins+` OR reference`+begins+` OR id`+begins+`)`, f.Find)
	add(true, `TRUE ORDER BY `+n+` DESC LIMIT ?`, most(p))
	return t.parcels(strings.Join(where, ` AND `), args...)
}
