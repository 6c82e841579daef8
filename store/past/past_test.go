package past

import (
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
)

// TestBody: whatever belonged to a parcel is read again as it was written.
func TestBody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := ended(t)
		body, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(body)
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Fatalf("%v\ngot  %+v\nwant %+v", err, got, e)
		}
	})
}

// FuzzDecode: what is no body is refused, and never takes more than an error.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{bodyVersion, 0x87})
	f.Add([]byte{bodyVersion + 1})
	if body, err := Encode(Ended{Parcel: lockhouse.Parcel{ID: "par_1"}, Events: []lockhouse.Event{{Seq: 1}}}); err == nil {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if e, err := Decode(body); err == nil {
			if _, err := Encode(e); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = DecodeStrand(body)
	})
}

func ended(t *rapid.T) (e Ended) {
	word := func(name string) string {
		return rapid.SampledFrom([]string{"", "a", "b", "order-7", "Ω"}).Draw(t, name)
	}
	at := func(name string) time.Time {
		us := rapid.SampledFrom([]int64{0, 1, 1_790_000_000_000_000, 1_790_000_000_000_001, 4_000_000_000_000_000}).Draw(t, name)
		if us == 0 {
			return time.Time{}
		}
		return time.UnixMicro(us).UTC()
	}
	number := func(name string) int { return rapid.IntRange(0, math.MaxInt32).Draw(t, name) }
	e.Parcel = lockhouse.Parcel{ID: "par_1", Ref: lockhouse.ParcelRef{1, 2}, Shop: lockhouse.ShopID(word("shop")), Reference: word("reference"),
		Tracking: word("tracking"), Site: lockhouse.SiteID(word("site")), Hold: "hold_1", Dimensions: lockhouse.Dimensions{LengthMM: number("length"), Grams: number("g")},
		Size: word("size"), Rank: number("rank"), State: lockhouse.ParcelState(word("state")), Locker: lockhouse.LockerID(word("locker")),
		Compartment: number("compartment"), Generation: uint32(number("generation")), AnnouncedAt: at("announced"), EndedAt: at("ended")}
	if rapid.Bool().Draw(t, "hold") {
		e.Hold = lockhouse.Hold{ID: "hold_1", Shop: e.Parcel.Shop, Reference: word("hold reference"), Site: e.Parcel.Site, From: lockhouse.Day(number("from")),
			State: lockhouse.HoldReleased, LapsesAt: at("lapses"), Parcel: "par_1"}
	}
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		e.Events = append(e.Events, lockhouse.Event{Seq: int64(number("seq")), Kind: lockhouse.EventKind(word("kind")), At: at("event"), Parcel: "par_1", Note: word("note")})
		e.Notices = append(e.Notices, lockhouse.Notice{ID: int64(number("id")), Event: int64(number("event")), Parcel: "par_1", Attempts: lockhouse.Attempts{DoneAt: at("done"), LastError: word("error")}})
		e.Receipts = append(e.Receipts, ReceiptName{lockhouse.LockerID(word("locker")), uint64(number("receipt"))})
	}
	return e
}
