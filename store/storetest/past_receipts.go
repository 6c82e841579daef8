package storetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// chain signs a locker's receipts, one after the other.
type chain struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	locker lockhouse.LockerID
	seq    uint64
	head   [16]byte
}

func newChain(t *testing.T, locker lockhouse.LockerID) *chain {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	return &chain{t: t, key: key, locker: locker}
}

// says signs the next receipt; a zero ref says that it is of no parcel.
func (c *chain) says(kind lockhouse.ReceiptKind, ref lockhouse.ParcelRef, at time.Time) store.SignedReceipt {
	c.t.Helper()
	c.seq++
	r := lockhouse.Receipt{Locker: c.locker, Boot: 1, Seq: c.seq, Kind: kind, At: at.Truncate(time.Second), Quality: lockhouse.TimeGood, Ref: ref, Prev: c.head}
	if ref != (lockhouse.ParcelRef{}) {
		r.Grant, r.Phone, r.Compartment, r.Generation = lockhouse.GrantID{1}, [8]byte{3}, 1, 7
	}
	raw, err := credential.SignReceipt(c.key, r)
	check(c.t, err)
	c.head = credential.Link(raw)
	return store.SignedReceipt{Receipt: r, Raw: raw}
}

// pastReceipts: a locker's chain is whole across its past; what it tells again is known, and a second receipt with a
// number of the past is a contradiction as before.
func pastReceipts(t *testing.T, s store.Store) {
	site, locker := Build(t, s, 1, 9, 0, 0)
	_, other := Build(t, s, 2, 9, 0, 0)
	c := newChain(t, locker.ID)
	var all []store.SignedReceipt
	alive := Parcel(site.ID, 1)
	alive.Locker, alive.State, alive.Compartment = locker.ID, lockhouse.ParcelDroppedOff, 1
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.InsertParcel(alive))
		for i := range 70 {
			ref, at := lockhouse.ParcelRef{}, Noon.Add(time.Duration(i)*time.Minute)
			if i == 3 {
				ref = alive.Ref
			}
			if i == 5 {
				at = Noon.AddDate(30, 0, 0) // a clock that once ran ahead
			}
			r := c.says(lockhouse.ReceiptStarted, ref, at)
			keep(t, tx, r)
			all = append(all, r)
		}
		return nil
	})
	move := func(before time.Time) {
		for range 9 { // rounds
			Update(t, s, func(tx store.Tx) error {
				looked, err := tx.MoveReceipts(before, Noon, 9)
				check(t, err)
				equal(t, looked, 2)
				return nil
			})
		}
	}
	whole := func() {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			for _, r := range all {
				got, err := tx.ReceiptAt(locker.ID, r.Seq)
				check(t, err)
				equal(t, got, r)
			}
			of, err := tx.ReceiptsOf(alive.ID)
			check(t, err)
			equal(t, of, []store.SignedReceipt{all[3]})
			_, err = tx.ReceiptAt(locker.ID, 71)
			refused(t, err, lockhouse.CodeNotFound)
			_, err = tx.ReceiptAt(other.ID, 1)
			refused(t, err, lockhouse.CodeNotFound)
			return nil
		})
	}
	left := func() int {
		var after []store.SignedReceipt
		View(t, s, func(tx store.Tx) (err error) { after, err = tx.ReceiptsAfter(locker.ID, 0, 99); return err })
		return len(after)
	}
	move(Noon)
	equal(t, left(), 70)
	whole()
	move(Noon.Add(40 * time.Minute)) // two strands of 16 are old as a whole
	equal(t, left(), 70-32+1)
	whole()
	move(Noon.AddDate(1, 0, 0)) // of the last six, one must stay and five fill no strand
	equal(t, left(), 6+1)
	whole()
	Update(t, s, func(tx store.Tx) error {
		for _, r := range all {
			fresh, err := tx.InsertReceipt(r.Receipt, r.Raw)
			check(t, err)
			equal(t, fresh, false)
		}
		forged := all[20]
		_, err := tx.InsertReceipt(forged.Receipt, all[21].Raw)
		refused(t, err, lockhouse.CodeConflict)
		alive.State, alive.EndedAt = lockhouse.ParcelCollected, Noon
		check(t, tx.UpdateParcel(alive))
		return nil
	})
	equal(t, moveAll(t, s, Noon.Add(time.Hour)), 1)
	equal(t, left(), 6)
	whole()
	Update(t, s, func(tx store.Tx) error { // and when the past is over, what comes again is still not new
		for more := true; more; {
			n, err := tx.DropPast(Noon.AddDate(1, 0, 0), 2)
			check(t, err)
			more = n > 0
		}
		fresh, err := tx.InsertReceipt(all[20].Receipt, all[20].Raw)
		check(t, err)
		equal(t, fresh, false)
		_, err = tx.ReceiptAt(locker.ID, 21)
		refused(t, err, lockhouse.CodeNotFound)
		return nil
	})
	equal(t, left(), 6)
}
