package strictcbor

import (
	"encoding/hex"
	"testing"
)

type pair struct {
	_     struct{} `cbor:",toarray"`
	Kind  uint8
	Bytes []byte
}

type table struct {
	One uint32 `cbor:"1,keyasint"`
	Two []byte `cbor:"2,keyasint"`
}

func TestDecodeTakesOneFormOnly(t *testing.T) {
	for name, tt := range map[string]struct {
		hex  string
		into any
		ok   bool
	}{
		"array":                 {"82054161", new(pair), true},
		"null for bytes":        {"8205f6", new(pair), true},
		"map":                   {"a201180002410a", new(table), false}, // 24-bit form of 0
		"map, good":             {"a2010002410a", new(table), true},
		"map, other order":      {"a202410a0100", new(table), false},
		"duplicate key":         {"a301000100024161", new(table), false},
		"unknown key":           {"a301000241610300", new(table), false},
		"missing key":           {"a10100", new(table), false},
		"long integer":          {"8218054161", new(pair), false},
		"long length":           {"8205580161", new(pair), false},
		"indefinite array":      {"9f054161ff", new(pair), false},
		"indefinite bytes":      {"82055f4161ff", new(pair), false},
		"bytes left over":       {"8205416100", new(pair), false},
		"cut short":             {"820541", new(pair), false},
		"one element too few":   {"8105", new(pair), false},
		"one element too many":  {"83054161f6", new(pair), false},
		"tagged":                {"c18205" + "4161", new(pair), false},
		"array instead of bstr": {"82058118" + "61", new(pair), false},
		"number out of range":   {"821901004161", new(pair), false},
		"empty":                 {"", new(pair), false},
		"deep":                  {"81818181818181818181", new(pair), false},
		"over the limit":        {"8205581a" + "6161616161616161616161616161616161616161616161616161", new(pair), false},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			if err := Decode(data, 24, tt.into); (err == nil) != tt.ok {
				t.Errorf("got %v, want it accepted: %v", err, tt.ok)
			}
		})
	}
}

func FuzzDecodeRoundTrip(f *testing.F) {
	f.Add([]byte{0x82, 0x05, 0x41, 0x61})
	f.Add([]byte{0xa2, 0x01, 0x00, 0x02, 0x41, 0x0a})
	f.Fuzz(func(t *testing.T, data []byte) {
		var p pair
		if Decode(data, 256, &p) == nil {
			again, err := Encode(&p)
			if err != nil || string(again) != string(data) {
				t.Fatalf("%x decodes and encodes as %x (%v)", data, again, err)
			}
		}
	})
}
