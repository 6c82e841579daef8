package storetest

import (
	"bytes"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Keyset makes a keyset of one byte.
func Keyset(b byte) lockhouse.Keyset {
	return lockhouse.Keyset{Name: lockhouse.KeysetName{b}, Static: bytes.Repeat([]byte{b}, 65), Receipt: bytes.Repeat([]byte{b + 1}, 65), Shared: bytes.Repeat([]byte{b + 2}, 16)}
}

// rekeyings come in steps, each kept whole, and what a locker's keys are, whoever reads the locker sees.
func rekeyings(t *testing.T, s store.Store) {
	_, locker := Build(t, s, 1, 1, 0, 0)
	want := lockhouse.Rekeying{Present: lockhouse.Keyset{Static: locker.StaticKey, Receipt: locker.ReceiptKey, Shared: locker.AdvertKey}}
	asked := func(n int) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			got, err := tx.LockersAskedToRekey()
			check(t, err)
			equal(t, got, n)
			return nil
		})
	}
	is := func() {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			got, err := tx.Rekeying(locker.ID)
			check(t, err)
			equal(t, got, want)
			l, err := tx.Locker(locker.ID)
			check(t, err)
			equal(t, lockhouse.Keyset{Name: want.Present.Name, Static: l.StaticKey, Receipt: l.ReceiptKey, Shared: l.AdvertKey}, want.Present)
			if want.TakesFormer() {
				equal(t, [2][]byte{l.FormerReceiptKey, l.FormerAdvertKey}, [2][]byte{want.Former.Receipt, want.Former.Shared})
			} else if l.FormerReceiptKey != nil || l.FormerAdvertKey != nil {
				t.Errorf("a former keyset: %x", l)
			}
			_, err = tx.Rekeying("lkr_none")
			refused(t, err, lockhouse.CodeNotFound)
			return nil
		})
	}
	is()
	asked(0)
	step := func(change func()) {
		t.Helper()
		change()
		Update(t, s, func(tx store.Tx) error {
			if _, err := tx.Rekeying(locker.ID); err != nil {
				return err
			}
			return tx.SetRekeying(locker.ID, want)
		})
		is()
	}
	all := func() { Update(t, s, func(tx store.Tx) error { return tx.AskAllToRekey(Noon) }) }
	all()
	want.AskedAt = Noon
	is()
	step(func() { want.Next = Keyset(10) })
	asked(1)
	all() // it is asked already
	is()
	step(func() {
		want.Number, want.Former, want.Through = 1, want.Present, 1<<40
		want.Present, want.Next, want.AskedAt, want.ChangedAt = want.Next, lockhouse.Keyset{}, time.Time{}, Noon.Add(time.Hour)
	})
	asked(0)
	all() // the last change is not over
	is()
	step(func() { want.Former = lockhouse.Keyset{Receipt: want.Former.Receipt} })
}
