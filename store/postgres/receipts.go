package postgres

import (
	"bytes"

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

// InsertReceipt looks before it inserts. Who accepts receipts has asked AppliedThrough first, and with it locked the locker.
// One that was applied and is not here is in the past, or was.
func (t *tx) InsertReceipt(r lockhouse.Receipt, raw []byte) (fresh bool, err error) {
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
	if !bytes.Equal(kept, raw) {
		return false, lockhouse.Refuse(lockhouse.CodeConflict, "The locker has signed another receipt with the number %d before.", r.Seq)
	}
	return false, nil
}

func (t *tx) insertReceipt(r lockhouse.Receipt, raw []byte) error {
	var ref any // null where no parcel was involved, so that the index of parcels leaves it out
	if r.Ref != (lockhouse.ParcelRef{}) {
		ref = r.Ref[:]
	}
	return t.fresh(`INSERT INTO receipts (`+receiptColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		r.Locker, r.Seq, r.Boot, r.Kind, r.At, r.Quality, r.Grant[:], ref, r.Compartment, r.Generation, r.Phone[:], r.Prev[:], raw)
}

func (t *tx) AppliedThrough(locker lockhouse.LockerID) (uint64, error) {
	seq, found, err := oneKept(t, `locker`+string(locker), ``, (*row).int64, `SELECT applied_through FROM lockers WHERE id = $1`, locker)
	return uint64(seq), orNone(found, noLocker, err)
}

func (t *tx) SetAppliedThrough(locker lockhouse.LockerID, seq uint64) error {
	return t.change(noLocker, `UPDATE lockers SET applied_through = $1 WHERE id = $2`, seq, locker)
}

func (t *tx) ReceiptsAfter(locker lockhouse.LockerID, seq uint64, limit int) ([]store.SignedReceipt, error) {
	return all(t, readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE locker = $1 AND seq > $2 ORDER BY seq LIMIT $3`, locker, seq, limit)
}

func (t *tx) ReceiptAt(locker lockhouse.LockerID, seq uint64) (store.SignedReceipt, error) {
	r, err := must(t, "There is no such receipt.", readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE locker = $1 AND seq = $2`, locker, seq)
	if lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		return r, err
	}
	kept, found, failed := t.pastReceipt(locker, seq)
	if failed != nil {
		return r, failed
	}
	if found {
		return kept, nil
	}
	return r, err
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
