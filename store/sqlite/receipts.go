package sqlite

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

func (t *tx) InsertReceipt(r lockhouse.Receipt, raw []byte) (fresh bool, err error) {
	var ref any // null where no parcel was involved, so that the index of parcels leaves it out
	if r.Ref != (lockhouse.ParcelRef{}) {
		ref = r.Ref[:]
	}
	if r.Locker == "" || t.applied.locker != r.Locker { // who keeps receipts has asked before
		if _, err := t.AppliedThrough(r.Locker); err != nil {
			return false, err
		}
	}
	if r.Seq <= t.applied.through {
		return false, t.sameAsKept(r, raw)
	}
	err = t.conn.run(`INSERT INTO receipts (`+receiptColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (locker, seq) DO NOTHING`,
		r.Locker, r.Seq, r.Boot, r.Kind, r.At, r.Quality, r.Grant[:], ref, r.Compartment, r.Generation, r.Phone[:], r.Prev[:], raw)
	if err != nil || t.conn.changed() {
		return err == nil, err
	}
	return false, t.sameAsKept(r, raw)
}

// sameAsKept refuses what a locker has signed otherwise before. What is so old that it is gone can't be compared.
func (t *tx) sameAsKept(r lockhouse.Receipt, raw []byte) error {
	kept, err := t.ReceiptAt(r.Locker, r.Seq)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return nil
	}
	if err == nil && !bytes.Equal(kept.Raw, raw) {
		err = lockhouse.Refuse(lockhouse.CodeConflict, "The locker has signed another receipt with the number %d before.", r.Seq)
	}
	return err
}

func (t *tx) AppliedThrough(locker lockhouse.LockerID) (uint64, error) {
	seq, err := must(t, noLocker, (*row).int64, `SELECT applied_through FROM lockers WHERE id = ?`, locker)
	if err == nil {
		t.applied = applied{locker, uint64(seq)}
	}
	return uint64(seq), err
}

func (t *tx) SetAppliedThrough(locker lockhouse.LockerID, seq uint64) error {
	t.applied = applied{}
	return t.change(noLocker, `UPDATE lockers SET applied_through = ? WHERE id = ?`, seq, locker)
}

func (t *tx) ReceiptsAfter(locker lockhouse.LockerID, seq uint64, limit int) ([]store.SignedReceipt, error) {
	return all(t, readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE locker = ? AND seq > ? ORDER BY seq LIMIT ?`, locker, seq, limit)
}

func (t *tx) ReceiptAt(locker lockhouse.LockerID, seq uint64) (store.SignedReceipt, error) {
	r, err := must(t, "There is no such receipt.", readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE locker = ? AND seq = ?`, locker, seq)
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
		WHERE ref = (SELECT ref FROM parcels WHERE id = ?) ORDER BY locker, seq`, parcel)
}
