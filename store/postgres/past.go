package postgres

import (
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/past"
)

var _ store.Past = (*tx)(nil)

// MoveParcels reads what belongs to all of them in a few questions, and deletes what it has read: what is said meanwhile
// stays, and joins later.
func (t *tx) MoveParcels(endedBefore, announcedBefore, now time.Time, limit int) (moved int, err error) {
	if _, err := t.walks(); err != nil {
		return 0, err
	}
	over, err := t.parcelsOver(endedBefore, announcedBefore, limit)
	if err != nil || len(over) == 0 {
		return 0, err
	}
	if over, err = t.heardOf(over); err != nil || len(over) == 0 {
		return 0, err
	}
	ended, err := t.gather(over)
	if err != nil {
		return 0, err
	}
	n, err := t.nextPast(pastTable, now)
	if err != nil {
		return 0, err
	}
	for i, e := range ended {
		if err := t.moveParcel(n+int64(i), e); err != nil {
			return 0, err
		}
	}
	return len(ended), nil
}

func (t *tx) parcelsOver(endedBefore, announcedBefore time.Time, limit int) ([]lockhouse.Parcel, error) {
	over, err := allFree(t, readParcel, `SELECT `+parcelColumns+` FROM parcels WHERE ended_at > 0 AND ended_at < $1 ORDER BY ended_at LIMIT $2`,
		endedBefore, limit)
	if err != nil || len(over) == limit {
		return over, err
	}
	never, err := allFree(t, readParcel, `SELECT `+parcelColumns+` FROM parcels WHERE state = 'recalled' AND dropped_off_at = 0 AND ended_at = 0
		AND announced_at < $1 ORDER BY announced_at LIMIT $2`, announcedBefore, limit-len(over))
	return append(over, never...), err
}

// heardOf leaves out parcels of which something is still to be heard.
func (t *tx) heardOf(over []lockhouse.Parcel) (heard []lockhouse.Parcel, err error) {
	waiting, err := all(t, (*row).text, `SELECT DISTINCT parcel FROM events WHERE parcel = ANY ($1) AND parcel <> ''
		AND seq > (SELECT heard_through FROM outbox)`, idsOf(over))
	still := map[string]bool{}
	for _, id := range waiting {
		still[id] = true
	}
	for _, p := range over {
		if !still[string(p.ID)] {
			heard = append(heard, p)
		}
	}
	return heard, err
}

func idsOf(parcels []lockhouse.Parcel) []string {
	ids := make([]string, len(parcels))
	for i, p := range parcels {
		ids[i] = string(p.ID)
	}
	return ids
}

// gather reads all that belongs to some parcels.
func (t *tx) gather(parcels []lockhouse.Parcel) ([]past.Ended, error) {
	ended, at := make([]past.Ended, len(parcels)), map[lockhouse.ParcelID]*past.Ended{}
	holds := make([]string, len(parcels))
	byHold := map[lockhouse.HoldID]*past.Ended{}
	for i, p := range parcels {
		ended[i].Parcel, holds[i] = p, string(p.Hold)
		at[p.ID], byHold[p.Hold] = &ended[i], &ended[i]
	}
	ids := idsOf(parcels)
	return ended, t.ask(
		statement{sql: `SELECT ` + holdColumns + ` FROM holds WHERE id = ANY ($1)`, args: []any{holds}, read: func(r *row) {
			h := readHold(r)
			byHold[h.ID].Hold = h
		}},
		statement{sql: `SELECT ` + eventColumns + ` FROM events WHERE parcel = ANY ($1) AND parcel <> '' ORDER BY seq`, args: []any{ids}, read: func(r *row) {
			e := readEvent(r)
			at[e.Parcel].Events = append(at[e.Parcel].Events, e)
		}},
		statement{sql: `SELECT ` + noticeColumns + ` FROM notices WHERE parcel = ANY ($1) ORDER BY id`, args: []any{ids}, read: func(r *row) {
			n := readNotice(r)
			at[n.Parcel].Notices = append(at[n.Parcel].Notices, n)
		}},
		statement{sql: `SELECT parcels.id, receipts.locker, seq FROM parcels JOIN receipts USING (ref) WHERE parcels.id = ANY ($1)
			ORDER BY receipts.locker, seq`, args: []any{ids}, read: func(r *row) {
			e := at[lockhouse.ParcelID(r.text())]
			e.Receipts = append(e.Receipts, past.ReceiptName{Locker: lockhouse.LockerID(r.text()), Seq: uint64(r.int64())})
		}})
}

func (t *tx) moveParcel(n int64, e past.Ended) error {
	body, err := past.Encode(e)
	if err != nil {
		return err
	}
	p := e.Parcel
	if err := t.write(`INSERT INTO past (n, id, person, ended_at, body) VALUES ($1, $2, $3, $4, $5)`, n, p.ID, p.Person, past.EndedAt(p), body); err != nil {
		return err
	}
	for _, name := range past.Names(p) {
		if err := t.write(`INSERT INTO past_names (name, past) VALUES ($1, $2)`, name, n); err != nil {
			return err
		}
	}
	return t.takeAway(e)
}

// takeAway deletes what gather read. Receipts that are not in their locker's past yet stay until they are.
func (t *tx) takeAway(e past.Ended) error {
	p := e.Parcel
	err := t.write(`DELETE FROM receipts WHERE ref = $1 AND seq <= (SELECT moved_through FROM lockers WHERE id = receipts.locker)`, p.Ref[:])
	for _, n := range e.Notices {
		if err == nil {
			err = t.write(`DELETE FROM notices WHERE id = $1`, n.ID)
		}
	}
	if len(e.Events) > 0 && err == nil {
		err = t.write(`DELETE FROM events WHERE parcel = $1 AND parcel <> '' AND seq <= $2`, p.ID, e.Events[len(e.Events)-1].Seq)
	}
	if err == nil {
		err = t.write(`DELETE FROM holds WHERE id = $1`, p.Hold)
	}
	if err == nil {
		err = t.write(`DELETE FROM parcels WHERE id = $1`, p.ID)
	}
	if err == nil { // of its PIN: nobody could tell any more whose it was
		err = t.write(`DELETE FROM revocations WHERE locker = $1 AND name = $2`, p.Locker, p.Ref[:])
	}
	return err
}

// pastRow is a row of the past and whether it could be read.
type pastRow struct {
	past.Ended
	n   int64
	err error
}

// ofPast reads a row of the past: its body and its person.
func ofPast(r *row) (e pastRow) {
	e.n = r.int64()
	person := lockhouse.PersonID(r.text())
	if e.Ended, e.err = past.Decode(r.blob()); e.err != nil {
		return e
	}
	e.Parcel.Person = person
	for i := range e.Notices {
		e.Notices[i].Person = person
	}
	return e
}

func (t *tx) pastRows(where string, args ...any) ([]pastRow, error) {
	rows, err := all(t, ofPast, `SELECT n, person, body FROM past WHERE `+where, args...)
	for _, e := range rows {
		if e.err != nil {
			return nil, e.err
		}
	}
	return rows, err
}

// pastOf gives a parcel in the past by its id.
func (t *tx) pastOf(id lockhouse.ParcelID) (e pastRow, found bool, err error) {
	rows, err := t.pastRows(`id = $1`, id)
	if err != nil || len(rows) == 0 {
		return e, false, err
	}
	return rows[0], true, nil
}

// behind gives what of a parcel is in the past: nothing while the parcel is not.
func (t *tx) behind(id lockhouse.ParcelID) (past.Ended, error) {
	if t.seen.parcel(func(p *lockhouse.Parcel) bool { return p.ID == id }) != nil {
		return past.Ended{}, nil
	}
	_, hot, err := one(t, (*row).int64, `SELECT n FROM parcels WHERE id = $1`, id)
	if err != nil || hot {
		return past.Ended{}, err
	}
	e, _, err := t.pastOf(id)
	return e.Ended, err
}

// named is the question which rows of the past have a name. It travels with the question for what is not in the past, and
// costs a look into one index; nearly always there is none. It is asked once.
func (t *tx) named(name int64) []statement {
	if _, known := t.seen.named[name]; known {
		return nil
	}
	if t.seen.named == nil {
		t.seen.named = map[int64][]int64{}
	}
	t.seen.named[name] = nil
	return []statement{{sql: pastNamed, args: []any{name}, alike: true,
		read: func(r *row) { t.seen.named[name] = append(t.seen.named[name], r.int64()) }}}
}

var pastNamed = `SELECT nth, past FROM ` + asked(`k1 bigint`) + ` JOIN past_names ON name = k1 ORDER BY past DESC`

// pastNamed gives the newest parcel of the rows of the past that have a name, of those that are the right one.
func (t *tx) pastNamed(name int64, right func(lockhouse.Parcel) bool) (e pastRow, found bool, err error) {
	for _, n := range t.seen.named[name] {
		list, err := t.pastRows(`n = $1`, n)
		if err != nil {
			return e, false, err
		}
		if len(list) > 0 && right(list[0].Parcel) {
			return list[0], true, nil
		}
	}
	return e, false, nil
}

func ofOrder(shop lockhouse.ShopID, reference string) func(lockhouse.Parcel) bool {
	return func(p lockhouse.Parcel) bool { return p.Shop == shop && p.Reference == reference }
}

// orPast looks in the past for what was not found.
func orPast[T any](v T, err error, look func() (pastRow, bool, error), what func(pastRow) T) (T, error) {
	if lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		return v, err
	}
	e, found, failed := look()
	if failed != nil {
		return v, failed
	}
	if !found {
		return v, err
	}
	return what(e), nil
}

func itsParcel(e pastRow) lockhouse.Parcel { return e.Parcel }
