package credential_test

import (
	"errors"
	"slices"
	"testing"

	"lockhouse"
	"lockhouse/trust/credential"
)

// made signs a locker's receipts, each chained to the one before.
func made(t *testing.T, n int) (all [][]byte) {
	t.Helper()
	var prev [16]byte
	for i := range n {
		all = append(all, one(t, "receipts", lockhouse.Receipt{Locker: locker, Boot: 1, Seq: uint64(i + 1), Prev: prev}))
		prev = credential.Link(all[i])
	}
	return all
}

func one(t *testing.T, by string, r lockhouse.Receipt) []byte {
	t.Helper()
	r.Kind, r.At, r.Ref = lockhouse.ReceiptOpened, noon, lockhouse.ParcelRef{7}
	raw, err := credential.SignReceipt(key(t, by), r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// verified gives the index of the receipt that is refused, or -1.
func verified(t *testing.T, all [][]byte) int {
	t.Helper()
	got, err := credential.VerifyReceipts(all, func(id lockhouse.LockerID) ([]lockhouse.ReceiptKey, error) {
		if id == locker {
			return []lockhouse.ReceiptKey{{Key: public(t, "receipts")}}, nil
		}
		return []lockhouse.ReceiptKey{{Key: public(t, "other")}}, nil
	})
	if err == nil {
		for i, raw := range all {
			if r, err := credential.ReadReceipt(raw); err != nil || got[i] != r {
				t.Errorf("receipt %d: got %+v, %v", i, got[i], err)
			}
		}
		return -1
	}
	bad, ok := errors.AsType[*credential.ReceiptError](err)
	if !ok || !errors.Is(err, credential.ErrRefused) {
		t.Fatalf("got %v", err)
	}
	return bad.Index
}

// TestRunRefusesEveryChange: whichever bit of whichever receipt of a run is changed, that receipt is refused.
func TestRunRefusesEveryChange(t *testing.T) {
	all := made(t, 4)
	if bad := verified(t, all); bad != -1 {
		t.Fatalf("receipt %d of a good run is refused", bad)
	}
	for i := range all {
		eachFlip(all[i], func(bit int, flipped []byte) {
			changed := slices.Clone(all)
			changed[i] = flipped
			if bad := verified(t, changed); bad != i {
				t.Errorf("bit %d of receipt %d flipped: %d is refused", bit, i, bad)
			}
		})
		changed := slices.Clone(all)
		changed[i] = turned(all[i])
		if bad := verified(t, changed); bad != i {
			t.Errorf("signature %d turned over: %d is refused", i, bad)
		}
	}
}

// TestRunsInPieces: receipts that do not follow each other are good all the same, each by its own signature.
func TestRunsInPieces(t *testing.T) {
	all := made(t, 6)
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	for name, some := range map[string][][]byte{
		"none": {}, "one": all[2:3], "from the middle": all[2:], "a gap": {all[0], all[1], all[4], all[5]}, "backwards": backwards,
		"twice": {all[0], all[1], all[1], all[2]},
	} {
		if bad := verified(t, some); bad != -1 {
			t.Errorf("%s: receipt %d is refused", name, bad)
		}
	}
}

// TestWhoVouchesForNobody: what was not signed by its locker is refused, however well the next one speaks of it.
func TestWhoVouchesForNobody(t *testing.T) {
	forged := one(t, "other", lockhouse.Receipt{Locker: locker, Boot: 1, Seq: 1})
	after := credential.Link(forged)
	stranger := lockhouse.LockerIDOf([8]byte{9})
	for name, next := range map[string][]byte{
		"another locker's word":   one(t, "other", lockhouse.Receipt{Locker: stranger, Boot: 1, Seq: 2, Prev: after}),
		"from a later boot":       one(t, "receipts", lockhouse.Receipt{Locker: locker, Boot: 2, Seq: 2, Prev: after}),
		"that leaves one out":     one(t, "receipts", lockhouse.Receipt{Locker: locker, Boot: 1, Seq: 3, Prev: after}),
		"with the same number":    one(t, "receipts", lockhouse.Receipt{Locker: locker, Boot: 1, Seq: 1, Prev: after}),
		"that knows another":      one(t, "receipts", lockhouse.Receipt{Locker: locker, Boot: 1, Seq: 2, Prev: [16]byte{1}}),
		"that is not good itself": one(t, "other", lockhouse.Receipt{Locker: locker, Boot: 1, Seq: 2, Prev: after}),
	} {
		if bad := verified(t, [][]byte{forged, next}); bad != 0 {
			t.Errorf("%s: %d is refused", name, bad)
		}
	}
	cut := made(t, 3)
	cut[2] = one(t, "other", lockhouse.Receipt{Locker: locker, Boot: 1, Seq: 3, Prev: credential.Link(cut[1])})
	if bad := verified(t, cut); bad != 2 {
		t.Errorf("the last is forged: %d is refused", bad)
	}
}

// TestReceiptsOfStrangers: what the search for a key says comes back as it is.
func TestReceiptsOfStrangers(t *testing.T) {
	gone := errors.New("the store does not answer")
	_, err := credential.VerifyReceipts(made(t, 1), func(lockhouse.LockerID) ([]lockhouse.ReceiptKey, error) { return nil, gone })
	if !errors.Is(err, gone) || errors.Is(err, credential.ErrRefused) {
		t.Errorf("got %v", err)
	}
}

// TestFormerKeyEnds: receipts are known by a former key up to its last number and no further, whether they are given alone or after each other.
func TestFormerKeyEnds(t *testing.T) {
	keys := []lockhouse.ReceiptKey{{Key: public(t, "next receipts")}, {Key: public(t, "receipts"), Through: 2}}
	by := func(names ...string) (all [][]byte) {
		var prev [16]byte
		for i, name := range names {
			all = append(all, one(t, name, lockhouse.Receipt{Locker: locker, Boot: 1, Seq: uint64(i + 1), Prev: prev}))
			prev = credential.Link(all[i])
		}
		return all
	}
	check := func(all [][]byte) error {
		_, err := credential.VerifyReceipts(all, func(lockhouse.LockerID) ([]lockhouse.ReceiptKey, error) { return keys, nil })
		return err
	}
	for _, good := range [][][]byte{by("receipts", "receipts"), by("receipts", "receipts", "next receipts"), by("receipts")} {
		if err := check(good); err != nil {
			t.Error(err)
		}
	}
	late := by("receipts", "receipts", "receipts")
	for _, bad := range [][][]byte{late, late[2:], by("stranger"), append(by("receipts"), late[2])} {
		if err := check(bad); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("a receipt beyond the former key's last: %v", err)
		}
	}
}
