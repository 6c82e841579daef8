package postgres

import (
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/past"
)

func (t *tx) MoveReceipts(before, now time.Time, lockers int) (looked int, err error) {
	w, err := t.walks()
	if err != nil {
		return 0, err
	}
	next, err := all(t, (*row).text, `SELECT id FROM lockers WHERE id > $1 ORDER BY id LIMIT $2`, w.locker, lockers)
	if err != nil {
		return 0, err
	}
	for _, id := range next {
		if err := t.moveStrand(lockhouse.LockerID(id), before, now); err != nil {
			return 0, err
		}
	}
	last := "" // begins anew
	if len(next) > 0 && len(next) == lockers {
		last = next[len(next)-1]
	}
	return len(next), t.write(`UPDATE walks SET locker = $1`, last)
}

// moveStrand moves a locker's next strand, if all of it is old: when it, or something that the locker signed after it,
// is. A clock that once ran ahead keeps nothing here for ever.
func (t *tx) moveStrand(locker lockhouse.LockerID, before, now time.Time) error {
	next, err := all(t, readReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE locker = $1
		AND seq > (SELECT moved_through FROM lockers WHERE id = $1) AND seq < (SELECT applied_through FROM lockers WHERE id = $1)
		ORDER BY seq LIMIT $2`, locker, past.StrandReceipts)
	if err != nil || len(next) < past.StrandReceipts {
		return err
	}
	through := next[len(next)-1].Seq
	_, old, err := one(t, (*row).int64, `SELECT seq FROM receipts WHERE locker = $1 AND seq >= $2
		AND seq < (SELECT applied_through FROM lockers WHERE id = $1) AND at < $3 LIMIT 1`, locker, through, before)
	if err != nil || !old {
		return err
	}
	if err := t.putStrand(locker, next, now); err != nil {
		return err
	}
	if err := t.write(`UPDATE lockers SET moved_through = $1 WHERE id = $2`, through, locker); err != nil {
		return err
	}
	return t.write(`DELETE FROM receipts WHERE locker = $1 AND seq BETWEEN $2 AND $3
		AND (ref IS NULL OR NOT EXISTS (SELECT 1 FROM parcels WHERE parcels.ref = receipts.ref))`, locker, next[0].Seq, through)
}

func (t *tx) putStrand(locker lockhouse.LockerID, receipts []store.SignedReceipt, now time.Time) error {
	body, err := past.EncodeStrand(receipts)
	if err != nil {
		return err
	}
	n, err := t.nextPast(receiptsTable, now)
	if err != nil {
		return err
	}
	return t.write(`INSERT INTO past_receipts (n, locker, through, body) VALUES ($1, $2, $3, $4)`, n, locker, receipts[len(receipts)-1].Seq, body)
}

// pastReceipt gives a receipt of a locker's past.
func (t *tx) pastReceipt(locker lockhouse.LockerID, seq uint64) (r store.SignedReceipt, found bool, err error) {
	body, found, err := one(t, (*row).blob, `SELECT body FROM past_receipts WHERE locker = $1 AND through >= $2 ORDER BY through LIMIT 1`, locker, seq)
	if err != nil || !found {
		return r, false, err
	}
	strand, err := past.DecodeStrand(body)
	for _, r := range strand {
		if r.Seq == seq {
			return r, true, nil
		}
	}
	return r, false, err
}

// receiptsNamed gives the receipts of a parcel in the past, as far as they are still kept.
func (t *tx) receiptsNamed(names []past.ReceiptName) (list []store.SignedReceipt, err error) {
	for _, name := range names {
		r, err := t.ReceiptAt(name.Locker, name.Seq)
		if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
