package credential

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// byLibrary reads a receipt with the COSE and CBOR libraries, and refuses whatever they would write otherwise.
func byLibrary(data []byte) (r lockhouse.Receipt, err error) {
	message, _, err := unseal(data, MaxReceiptBytes, false)
	if err != nil {
		return r, err
	}
	var s statement
	if err := strictcbor.Decode(message.Payload, MaxReceiptBytes, &s); err != nil {
		return r, err
	}
	return s.receipt()
}

// agree holds that our reading and the libraries' take the same and find the same in it.
func agree(t interface{ Fatalf(string, ...any) }, data []byte) (taken bool) {
	got, err := scanReceipt(data)
	want, wrong := byLibrary(data)
	if (err == nil) != (wrong == nil) || got.claim != want {
		t.Fatalf("%x\nwe read %+v, %v\nthe libraries %+v, %v", data, got.claim, err, want, wrong)
	}
	return err == nil
}

func drawReceipt(t *rapid.T) lockhouse.Receipt {
	number := func(name string, most uint64) uint64 {
		edges := rapid.SampledFrom([]uint64{0, 1, 23, 24, 255, 256, 65_535, 65_536, math.MaxUint32, math.MaxUint32 + 1, math.MaxUint64})
		return min(most, rapid.OneOf(edges, rapid.Uint64()).Draw(t, name))
	}
	r := lockhouse.Receipt{Locker: lockhouse.LockerIDOf([8]byte{1, 2}), Boot: uint32(number("boot", math.MaxUint32)), Seq: max(1, number("seq", math.MaxUint64)),
		Kind: lockhouse.ReceiptKind(rapid.IntRange(0, 15).Draw(t, "kind")), At: time.Unix(int64(number("at", math.MaxUint32*2)), 0),
		Quality: lockhouse.TimeQuality(rapid.IntRange(0, 3).Draw(t, "quality")), Compartment: int(number("compartment", maxPlace)),
		Generation: uint32(number("generation", math.MaxUint32)), Prev: [16]byte{9}}
	r.Grant[0], r.Ref[0], r.Phone[0] = rapid.Byte().Draw(t, "grant"), rapid.Byte().Draw(t, "ref"), rapid.Byte().Draw(t, "phone")
	return r
}

func someKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestScanReadsWhatTheLibrariesRead: whole receipts of every shape, and what becomes of them when bytes are changed, put
// in and taken out.
func TestScanReadsWhatTheLibrariesRead(t *testing.T) {
	key := someKey(t)
	rapid.Check(t, func(t *rapid.T) {
		r := drawReceipt(t)
		raw, err := SignReceipt(key, r)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, raw)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			at := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
			b := rapid.OneOf(rapid.SampledFrom([]byte{0, 0x17, 0x18, 0x19, 0x1b, 0x40, 0x48, 0x58, 0xf6, 0xff}), rapid.Byte()).Draw(t, "byte")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				raw[at] = b
			case 1:
				raw = slices.Insert(raw, at, b)
			case 2:
				raw = slices.Delete(raw, at, at+1)
			}
			agree(t, raw)
		}
	})
}

func TestScanTakesGoodOnes(t *testing.T) {
	raw, err := SignReceipt(someKey(t), lockhouse.Receipt{Locker: lockhouse.LockerIDOf([8]byte{1}), Seq: 1, Kind: lockhouse.ReceiptShut, At: time.Unix(1, 0)})
	if err != nil || !agree(t, raw) {
		t.Fatal(err)
	}
}

// FuzzScan holds the same for whatever anybody comes up with.
func FuzzScan(f *testing.F) {
	for _, r := range []lockhouse.Receipt{
		{Locker: lockhouse.LockerIDOf([8]byte{1}), Seq: 1, Kind: lockhouse.ReceiptStarted, At: time.Unix(1_700_000_000, 0)},
		{Locker: lockhouse.LockerIDOf([8]byte{1}), Boot: 300, Seq: 1 << 40, Kind: lockhouse.ReceiptStored, At: time.Unix(1_700_000_000, 0),
			Grant: lockhouse.GrantID{1}, Ref: lockhouse.ParcelRef{2}, Phone: [8]byte{3}, Compartment: 300, Generation: 70_000, Prev: [16]byte{4}},
	} {
		raw, err := SignReceipt(someKey(f), r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
		f.Add(raw[:60])
	}
	f.Fuzz(func(t *testing.T, data []byte) { agree(t, data) })
}

func BenchmarkScan(b *testing.B) {
	raw, err := SignReceipt(someKey(b), lockhouse.Receipt{Locker: lockhouse.LockerIDOf([8]byte{1}), Seq: 70_000, Kind: lockhouse.ReceiptStored,
		At: time.Unix(1_700_000_000, 0), Grant: lockhouse.GrantID{1}, Ref: lockhouse.ParcelRef{2}, Phone: [8]byte{3}, Compartment: 3})
	if err != nil {
		b.Fatal(err)
	}
	for name, read := range map[string]func([]byte) error{
		"ours":      func(d []byte) error { _, err := scanReceipt(d); return err },
		"libraries": func(d []byte) error { _, err := byLibrary(d); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := read(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
