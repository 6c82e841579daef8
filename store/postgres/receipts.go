package postgres

import (
	"bytes"
	"slices"

	"lockhouse"
	"lockhouse/store"
)

const receiptColumns = `locker, seq, boot, kind, at, quality, grant_id, ref, compartment, generation, phone, prev, raw`

func readReceipt(r *row) (s store.SignedReceipt) {
	s.Locker, s.Seq, s.Boot = lockhouse.LockerID(r.text()), uint64(r.int64()), uint32(r.int64())
	s.Kind, s.At, s.Quality = lockhouse.ReceiptKind(r.int()), r.time(), lockhouse.TimeQuality(r.int())
	r.copyTo(s.Grant[:])
	r.copyTo(s.Ref[:])
	s.Compartment, s.Generation = r.int(), uint32(r.int64())
	r.copyTo(s.Phone[:])
	r.copyTo(s.Prev[:])
	s.Raw = r.blob()
	return s
}

// InsertReceipt looks before it inserts. Who accepts receipts has asked AppliedThrough first, which locked the locker and
// gave what waits behind.
func (t *tx) InsertReceipt(r lockhouse.Receipt, raw []byte) (fresh bool, err error) {
	line := t.seen.strand(r.Locker, r.Seq)
	if line == nil {
		return t.insertOlder(r, raw)
	}
	at, there := line.at(r.Seq)
	switch {
	case there:
		return false, sameReceipt(line.rows[at].Raw, raw, r.Seq)
	case r.Seq == line.from: // it was applied, and is in the past
		return t.insertOlder(r, raw)
	}
	line.rows = slices.Insert(line.rows, at, store.SignedReceipt{Receipt: r, Raw: raw})
	return true, t.insertReceipt(r, raw)
}

// insertOlder asks for what is kept under a receipt's number. One that was applied and is not here is in the past, or was.
func (t *tx) insertOlder(r lockhouse.Receipt, raw []byte) (fresh bool, err error) {
	var kept []byte
	applied := false
	look := statement{sql: `SELECT applied_through >= $2, (SELECT raw FROM receipts WHERE locker = $1 AND seq = $2) FROM lockers WHERE id = $1`,
		args: []any{r.Locker, r.Seq}, read: func(r *row) { applied, kept = r.truth(), r.blob() }}
	if err := t.ask(look); err != nil {
		return false, err
	}
	if kept == nil && !applied {
		return true, t.insertReceipt(r, raw)
	}
	if kept == nil {
		old, _, err := t.pastReceipt(r.Locker, r.Seq)
		if err != nil || old.Raw == nil {
			return false, err
		}
		kept = old.Raw
	}
	return false, sameReceipt(kept, raw, r.Seq)
}

func sameReceipt(kept, raw []byte, seq uint64) error {
	if !bytes.Equal(kept, raw) {
		return lockhouse.Refuse(lockhouse.CodeConflict, "The locker has signed another receipt with the number %d before.", seq)
	}
	return nil
}

func (t *tx) insertReceipt(r lockhouse.Receipt, raw []byte) error {
	var ref any // null where no parcel was involved, so that the index of parcels leaves it out
	if r.Ref != (lockhouse.ParcelRef{}) {
		ref = r.Ref[:]
	}
	return t.freshAlike(insertReceipts, r.Locker, r.Seq, r.Boot, r.Kind, r.At, r.Quality, r.Grant[:], ref, r.Compartment, r.Generation,
		r.Phone[:], r.Prev[:], raw)
}

var insertReceipts = `INSERT INTO receipts (` + receiptColumns + `) SELECT * FROM ` + given(`locker text`, `seq bigint`, `boot bigint`, `kind bigint`,
	`at bigint`, `quality bigint`, `grant_id bytea`, `ref bytea`, `compartment bigint`, `generation bigint`, `phone bytea`, `prev bytea`, `raw bytea`)

// mostWaiting bounds how many receipts are fetched with the number of the last that was applied. Nearly always there are
// none beyond it; where there are more, each is asked for.
const mostWaiting = 32

// AppliedThrough, in an Update, locks the locker and fetches its receipts from the last that was applied on: whoever asks is
// about to add to them, and to look at those.
func (t *tx) AppliedThrough(locker lockhouse.LockerID) (seq uint64, err error) {
	look := statement{sql: appliedThrough, args: []any{locker}, alike: true, key: `locker` + string(locker)}
	var rows []store.SignedReceipt
	behind := statement{sql: receiptsBehind, args: []any{locker, mostWaiting}, alike: true,
		read: func(r *row) { rows = append(rows, readReceipt(r)) }}
	found, err := t.sole(look, func(r *row) { seq = uint64(r.int64()) }, behind)
	if err = orNone(found, noLocker, err); err == nil && t.writes && len(rows) < mostWaiting {
		t.seen.strands = slices.DeleteFunc(t.seen.strands, func(s *strand) bool { return s.locker == locker })
		t.seen.strands = append(t.seen.strands, &strand{locker, seq, rows, len(rows)})
	}
	return seq, err
}

var (
	appliedThrough = `SELECT nth, applied_through FROM ` + asked(`k1 text`) + ` JOIN lockers ON id = k1`
	receiptsBehind = `SELECT nth, waiting.* FROM ` + asked(`k1 text`, `most bigint`) + ` CROSS JOIN LATERAL (SELECT ` + receiptColumns + ` FROM receipts
		WHERE locker = k1 AND seq >= (SELECT applied_through FROM lockers WHERE id = k1) ORDER BY seq LIMIT most) AS waiting`
	setAppliedThrough = `UPDATE lockers SET applied_through = given.seq FROM ` + given(`id text`, `seq bigint`) + ` WHERE lockers.id = given.id`
)

// SetAppliedThrough knows of a locker whose receipts were asked for that it is there.
func (t *tx) SetAppliedThrough(locker lockhouse.LockerID, seq uint64) error {
	if slices.ContainsFunc(t.seen.strands, func(s *strand) bool { return s.locker == locker }) {
		return t.writeAlike(string(locker), setAppliedThrough, locker, seq)
	}
	return t.change(noLocker, `UPDATE lockers SET applied_through = $1 WHERE id = $2`, seq, locker)
}

func (t *tx) ReceiptsAfter(locker lockhouse.LockerID, seq uint64, limit int) ([]store.SignedReceipt, error) {
	if line := t.seen.strand(locker, seq); line != nil {
		at, _ := line.at(seq + 1)
		some := line.rows[at:]
		return slices.Clone(some[:min(limit, len(some))]), nil
	}
	return all(t, readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE locker = $1 AND seq > $2 ORDER BY seq LIMIT $3`, locker, seq, limit)
}

func (t *tx) ReceiptAt(locker lockhouse.LockerID, seq uint64) (store.SignedReceipt, error) {
	r, there, err := t.hotReceipt(locker, seq)
	if err != nil || there {
		return r, err
	}
	r, there, err = t.pastReceipt(locker, seq)
	return r, orNone(there, "There is no such receipt.", err)
}

// hotReceipt gives a receipt that is not in the past.
func (t *tx) hotReceipt(locker lockhouse.LockerID, seq uint64) (r store.SignedReceipt, there bool, err error) {
	if line := t.seen.strand(locker, seq); line != nil {
		at, there := line.at(seq)
		if there {
			r = line.rows[at]
		}
		return r, there, nil
	}
	return one(t, readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE locker = $1 AND seq = $2`, locker, seq)
}

func (t *tx) ReceiptsOf(parcel lockhouse.ParcelID) ([]store.SignedReceipt, error) {
	e, err := t.behind(parcel)
	if err != nil {
		return nil, err
	}
	if len(e.Receipts) > 0 {
		return t.receiptsNamed(e.Receipts)
	}
	return all(t, readReceipt, `SELECT `+receiptColumns+` FROM receipts
		WHERE ref = (SELECT ref FROM parcels WHERE id = $1) ORDER BY locker, seq`, parcel)
}
