package postgres

import (
	"time"

	"lockhouse"
)

const rekeyingColumns = `keyset_number, keyset_name, static_key, receipt_key, advert_key, keyset_asked, keyset_changed, next_name,
	next_static, next_receipt, next_shared, former_name, former_static, former_receipt, former_shared,
	former_through`

func readRekeying(r *row) (k lockhouse.Rekeying) {
	k.Number = r.int()
	k.Present = readKeyset(r)
	k.AskedAt, k.ChangedAt = r.time(), r.time()
	k.Next, k.Former = readKeyset(r), readKeyset(r)
	k.Through = uint64(r.int64())
	return k
}

// readKeyset reads four columns.
func readKeyset(r *row) (k lockhouse.Keyset) {
	r.copyTo(k.Name[:])
	for _, key := range []*[]byte{&k.Static, &k.Receipt, &k.Shared} {
		if value := r.blob(); len(value) > 0 {
			*key = value
		}
	}
	return k
}

func (t *tx) Rekeying(locker lockhouse.LockerID) (lockhouse.Rekeying, error) {
	r, found, err := oneKept(t, `rekeying`+string(locker), readRekeying, `SELECT `+rekeyingColumns+` FROM lockers WHERE id = $1`, locker)
	return r, orNone(found, noLocker, err)
}

const setRekeying = `UPDATE lockers SET keyset_number = $1, keyset_name = $2, static_key = $3, receipt_key = $4, advert_key = $5, keyset_asked = $6,
	keyset_changed = $7, next_name = $8, next_static = $9, next_receipt = $10, next_shared = $11, former_name = $12,
	former_static = $13, former_receipt = $14, former_shared = $15, former_through = $16
	WHERE id = $17`

func (t *tx) SetRekeying(locker lockhouse.LockerID, k lockhouse.Rekeying) error {
	return t.change(noLocker, setRekeying, k.Number, nameOf(k.Present), k.Present.Static, k.Present.Receipt, k.Present.Shared, k.AskedAt, k.ChangedAt,
		nameOf(k.Next), k.Next.Static, k.Next.Receipt, k.Next.Shared, nameOf(k.Former), k.Former.Static, k.Former.Receipt, k.Former.Shared, int64(k.Through), locker)
}

// nameOf is nothing for a keyset without a name.
func nameOf(k lockhouse.Keyset) []byte {
	if k.Name == (lockhouse.KeysetName{}) {
		return []byte{}
	}
	return k.Name[:]
}

func (t *tx) AskAllToRekey(at time.Time) error {
	return t.write(`UPDATE lockers SET keyset_asked = $1 WHERE retire_asked_at = 0 AND keyset_asked = 0 AND length(former_shared) = 0`, at)
}

func (t *tx) LockersAskedToRekey() (int, error) {
	n, _, err := one(t, (*row).int, `SELECT count(*) FROM lockers WHERE retire_done_at = 0 AND keyset_asked > 0`)
	return n, err
}
