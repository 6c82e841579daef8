package sqlite

import (
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/past"
)

func (t *tx) MoveParcels(endedBefore, announcedBefore, now time.Time, limit int) (moved int, err error) {
	over, err := t.parcelsOver(endedBefore, announcedBefore, limit)
	if err != nil {
		return 0, err
	}
	n, err := t.nextPast(`SELECT coalesce(max(n), 0) FROM past`, now)
	if err != nil {
		return 0, err
	}
	for _, p := range over {
		still, err := t.toBeHeard(p.ID)
		if err != nil {
			return moved, err
		}
		if still {
			continue
		}
		if err := t.moveParcel(n, p); err != nil {
			return moved, err
		}
		n, moved = n+1, moved+1
	}
	return moved, nil
}

func (t *tx) parcelsOver(endedBefore, announcedBefore time.Time, limit int) ([]lockhouse.Parcel, error) {
	over, err := t.parcels(`ended_at > 0 AND ended_at < ? ORDER BY ended_at LIMIT ?`, endedBefore, limit)
	if err != nil || len(over) == limit {
		return over, err
	}
	never, err := t.parcels(`state = 'recalled' AND dropped_off_at = 0 AND ended_at = 0 AND announced_at < ? ORDER BY announced_at LIMIT ?`,
		announcedBefore, limit-len(over))
	return append(over, never...), err
}

// nextPast gives a number for what is moved now: rows of the past lie in the order in which they came.
func (t *tx) nextPast(last string, now time.Time) (int64, error) {
	n, _, err := one(t, (*row).int64, last)
	return max(n+1, now.UnixMicro()), err
}

// toBeHeard tells whether something of a parcel is still to be heard. The newest event of all counts too: it must stay,
// because its number would be given again.
func (t *tx) toBeHeard(id lockhouse.ParcelID) (still bool, err error) {
	_, still, err = one(t, (*row).int64, `SELECT seq FROM events WHERE parcel = ? AND parcel <> ''
		AND (seq > (SELECT heard_through FROM outbox) OR seq = (SELECT max(seq) FROM events)) LIMIT 1`, id)
	return still, err
}

func (t *tx) moveParcel(n int64, p lockhouse.Parcel) error {
	e, err := t.gather(p)
	if err != nil {
		return err
	}
	body, err := past.Encode(e)
	if err != nil {
		return err
	}
	if err := t.conn.run(`INSERT INTO past (n, id, person, ended_at, body) VALUES (?, ?, ?, ?, ?)`, n, p.ID, p.Person, past.EndedAt(p), body); err != nil {
		return err
	}
	for _, name := range past.Names(p) {
		if err := t.conn.run(`INSERT INTO past_names (name, past) VALUES (?, ?)`, name, n); err != nil {
			return err
		}
	}
	return t.takeAway(p)
}

// gather reads all that belongs to a parcel.
func (t *tx) gather(p lockhouse.Parcel) (e past.Ended, err error) {
	e.Parcel = p
	if e.Hold, _, err = one(t, readHold, `SELECT `+holdColumns+` FROM holds WHERE id = ?`, p.Hold); err != nil {
		return e, err
	}
	if e.Events, err = t.timeline(p.ID); err != nil {
		return e, err
	}
	if e.Notices, err = t.notices(p.ID); err != nil {
		return e, err
	}
	name := func(r *row) past.ReceiptName {
		return past.ReceiptName{Locker: lockhouse.LockerID(r.text()), Seq: uint64(r.int64())}
	}
	e.Receipts, err = all(t, name, `SELECT locker, seq FROM receipts WHERE ref = ? ORDER BY locker, seq`, p.Ref[:])
	return e, err
}

// takeAway deletes what gather read. Receipts that are not in their locker's past yet stay until they are.
func (t *tx) takeAway(p lockhouse.Parcel) error {
	*t = tx{conn: t.conn} // nothing that was found out is so any more
	for _, what := range []struct {
		sql string
		arg any
	}{
		{`DELETE FROM receipts WHERE ref = ? AND seq <= (SELECT moved_through FROM lockers WHERE id = receipts.locker)`, p.Ref[:]},
		{`DELETE FROM notices WHERE parcel = ?`, p.ID},
		{`DELETE FROM events WHERE parcel = ? AND parcel <> ''`, p.ID},
		{`DELETE FROM holds WHERE id = ?`, p.Hold},
		{`DELETE FROM parcels WHERE id = ?`, p.ID},
	} {
		if err := t.conn.run(what.sql, what.arg); err != nil {
			return err
		}
	}
	return t.conn.run(`DELETE FROM revocations WHERE locker = ? AND name = ?`, p.Locker, p.Ref[:]) // of its PIN: nobody could tell any more whose it was
}

func (t *tx) DropPast(before time.Time, limit int) (dropped int, err error) {
	type gone struct {
		n    int64
		body []byte
	}
	old, err := all(t, func(r *row) gone { return gone{r.int64(), r.blob()} }, `SELECT n, body FROM past WHERE n < ? ORDER BY n LIMIT ?`, before, limit)
	if err != nil {
		return 0, err
	}
	for _, g := range old {
		e, err := past.Decode(g.body)
		if err != nil {
			return 0, err
		}
		for _, name := range past.Names(e.Parcel) {
			if err := t.conn.run(`DELETE FROM past_names WHERE name = ? AND past = ?`, name, g.n); err != nil {
				return 0, err
			}
		}
		if err := t.conn.run(`DELETE FROM past WHERE n = ?`, g.n); err != nil {
			return 0, err
		}
	}
	strands, err := t.deleted(`DELETE FROM past_receipts WHERE n IN (SELECT n FROM past_receipts WHERE n < ? ORDER BY n LIMIT ?)`, before, limit)
	return max(len(old), strands), err
}

// ofPast reads a row of the past: its body and its person.
func ofPast(r *row) (e pastRow) {
	e.n = r.int64()
	person := lockhouse.PersonID(r.text())
	if e.Ended, e.err = past.Decode(r.raw()); e.err != nil {
		return e
	}
	e.Parcel.Person = person
	for i := range e.Notices {
		e.Notices[i].Person = person
	}
	return e
}

// pastRow is a row of the past and whether it could be read.
type pastRow struct {
	past.Ended
	n   int64
	err error
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
	rows, err := t.pastRows(`id = ?`, id)
	if err != nil || len(rows) == 0 {
		return e, false, err
	}
	return rows[0], true, nil
}

// behind gives what of a parcel is in the past: nothing while the parcel is not.
func (t *tx) behind(id lockhouse.ParcelID) (past.Ended, error) {
	if t.made == id && id != "" {
		return past.Ended{}, nil
	}
	_, hot, err := one(t, (*row).int64, `SELECT n FROM parcels WHERE id = ?`, id)
	if err != nil || hot {
		return past.Ended{}, err
	}
	e, _, err := t.pastOf(id)
	return e.Ended, err
}

// pastNamed gives the newest parcel in the past with a name, of those that are the right one.
func (t *tx) pastNamed(name int64, right func(lockhouse.Parcel) bool) (e pastRow, found bool, err error) {
	some, err := all(t, (*row).int64, `SELECT past FROM past_names WHERE name = ?`, name)
	if err != nil || len(some) == 0 { // as nearly always
		return e, false, err
	}
	rows, err := t.pastRows(`n IN (SELECT past FROM past_names WHERE name = ?) ORDER BY n DESC`, name)
	for _, e := range rows {
		if right(e.Parcel) {
			return e, true, nil
		}
	}
	return e, false, err
}

func (t *tx) pastOfOrder(shop lockhouse.ShopID, reference string) (e pastRow, found bool, err error) {
	its := order{shop, reference}
	if t.noPast == its {
		return e, false, nil
	}
	e, found, err = t.pastNamed(past.NameOfOrder(shop, reference), func(p lockhouse.Parcel) bool { return order{p.Shop, p.Reference} == its })
	if err == nil && !found {
		t.noPast = its
	}
	return e, found, err
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

var _ store.Past = (*tx)(nil)
