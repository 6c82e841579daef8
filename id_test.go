package lockhouse

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"
)

func TestNewIDIsOrderedAndDistinct(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	last := ""
	for i := range 1000 {
		id := NewID("par", now.Add(time.Duration(i)*time.Millisecond), rand.Reader)
		if seen[id] || id <= last || len(id) != len("par_")+20 {
			t.Fatalf("%s after %s", id, last)
		}
		seen[id], last = true, id
	}
}

func TestLockerIDRoundTrip(t *testing.T) {
	id := NewLockerID(bytes.NewReader([]byte{1, 2, 3, 4, 5, 6, 7, 0xff}))
	raw, err := id.Bytes()
	if err != nil || LockerIDOf(raw) != id || id != "lkr_01020304050607ff" {
		t.Errorf("%s %x %v", id, raw, err)
	}
	for _, bad := range []LockerID{"", "lkr_", "lkr_0102", "lkr_01020304050607fg", "lkr_01020304050607ff0", "site_01020304050607ff"} {
		if _, err := bad.Bytes(); err == nil {
			t.Errorf("%q was taken for a locker id", bad)
		}
	}
}

func TestParcelRefText(t *testing.T) {
	var ref ParcelRef
	if err := ref.UnmarshalText([]byte("00112233445566ff")); err != nil || ref.String() != "00112233445566ff" {
		t.Errorf("%s %v", ref, err)
	}
	for _, bad := range []string{"", "00", "00112233445566f", "00112233445566fg", strings.Repeat("0", 18)} {
		if ref.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q was taken for a parcel reference", bad)
		}
	}
}
