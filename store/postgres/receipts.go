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
func (t *tx) InsertReceipt(r lockhouse.Receipt, raw []byte) (fresh bool, err error) {
	kept, there, err := one(t, (*row).blob, `SELECT raw FROM receipts WHERE locker = $1 AND seq = $2`, r.Locker, r.Seq)
	switch {
	case err != nil:
		return false, err
	case !there:
		return true, t.insertReceipt(r, raw)
	case !bytes.Equal(kept, raw):
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
	seq, err := must(t, noLocker, (*row).int64, `SELECT applied_through FROM lockers WHERE id = $1`+t.locked(), locker)
	return uint64(seq), err
}

func (t *tx) SetAppliedThrough(locker lockhouse.LockerID, seq uint64) error {
	return t.change(noLocker, `UPDATE lockers SET applied_through = $1 WHERE id = $2`, seq, locker)
}

func (t *tx) ReceiptsAfter(locker lockhouse.LockerID, seq uint64, limit int) ([]store.SignedReceipt, error) {
	return all(t, readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE locker = $1 AND seq > $2 ORDER BY seq LIMIT $3`, locker, seq, limit)
}

func (t *tx) ReceiptAt(locker lockhouse.LockerID, seq uint64) (store.SignedReceipt, error) {
	return must(t, "There is no such receipt.", readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE locker = $1 AND seq = $2`, locker, seq)
}

func (t *tx) ReceiptsOf(ref lockhouse.ParcelRef) ([]store.SignedReceipt, error) {
	return all(t, readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE ref = $1 ORDER BY locker, seq`, ref[:])
}
