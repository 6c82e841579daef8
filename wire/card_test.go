package wire

import (
	"reflect"
	"testing"

	"lockhouse"
)

func TestCardRoundTrip(t *testing.T) {
	l := lockhouse.Locker{ID: "lkr_0102030405060708", StaticKey: []byte{4, 1}, ReceiptKey: []byte{4, 2}, AdvertKey: make([]byte, AdvertKeyBytes)}
	boxes := []lockhouse.Compartment{{Locker: l.ID, Number: 1, Size: "M", Rank: 2, Column: 1, Row: 1, FloorMM: 150, Board: 2, Channel: 3}}
	data, err := EncodeCard(l, boxes)
	if err != nil {
		t.Fatal(err)
	}
	gotLocker, gotBoxes, err := DecodeCard(data)
	if err != nil || !reflect.DeepEqual(gotLocker, l) || !reflect.DeepEqual(gotBoxes, boxes) {
		t.Errorf("%v %+v %+v", err, gotLocker, gotBoxes)
	}
}

func FuzzDecodeCard(f *testing.F) {
	f.Add([]byte(`{"id":"lkr_0102030405060708","static_key":"","receipt_key":"","advert_key":"","compartments":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, boxes, err := DecodeCard(data); err == nil && lockhouse.CheckCompartments(boxes) != nil {
			t.Error("read, but not good")
		}
	})
}
