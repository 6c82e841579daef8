package paper

import (
	"encoding/base64"
	"testing"

	"lockhouse"
	"lockhouse/trust/credential"
)

// What a paper locker signs, a network believes: each receipt verifies, and hangs on the one before.
func TestReceiptsVerifyAndHangTogether(t *testing.T) {
	l, err := NewLocker("site_1", map[string]int{"S": 1, "M": 1})
	if err != nil {
		t.Fatal(err)
	}
	ref, by := lockhouse.ParcelRef{1}, Visit{Phone: [8]byte{2}}
	stored, err := l.Store(ref, 2, by)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Store(lockhouse.ParcelRef{3}, 2, by); err == nil {
		t.Error("a second parcel went into the only compartment of its size")
	}
	collected, err := l.Collect(ref, by)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Collect(ref, by); err == nil {
		t.Error("collected twice")
	}
	var prev [16]byte
	for i, text := range append(stored, collected...) {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		r, err := credential.VerifyReceipt(l.Noun.ReceiptKey, raw)
		if err != nil || r.Seq != uint64(i+1) || r.Prev != prev || r.Ref != ref || l.Boxes[r.Compartment-1].Size != "M" {
			t.Errorf("receipt %d: %+v, %v", i+1, r, err)
		}
		prev = credential.Link(raw)
	}
}
