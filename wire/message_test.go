package wire_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"lockhouse"
	"lockhouse/wire"
)

func index(i uint8) *uint8 { return &i }

func TestMessagesRoundTrip(t *testing.T) {
	receipt := bytes.Repeat([]byte{7}, 142)
	for _, m := range []any{wire.Open{Index: 5, Rank: 2}, wire.Misfit{Index: 63}, wire.Tail{N: 8}, wire.Bye{}} {
		got, err := wire.DecodeUp(encoded(t, m))
		must(t, err)
		if !bytes.Equal(encoded(t, got), encoded(t, m)) {
			t.Errorf("%+v came back as %+v", m, got)
		}
		if _, err := wire.DecodeDown(encoded(t, m)); err == nil {
			t.Errorf("%T was taken from a locker", m)
		}
	}
	for _, m := range []any{
		wire.Answer{Index: 1, Status: 10}, wire.Answer{Compartment: 300, Receipt: receipt},
		wire.DoorNews{Index: 2, Event: wire.DoorLeftOpen, Compartment: 4, Receipt: receipt}, wire.Receipts{Receipts: [][]byte{receipt, receipt}},
	} {
		got, err := wire.DecodeDown(encoded(t, m))
		must(t, err)
		if !bytes.Equal(encoded(t, got), encoded(t, m)) {
			t.Errorf("%+v came back as %+v", m, got)
		}
		if _, err := wire.DecodeUp(encoded(t, m)); err == nil {
			t.Errorf("%T was taken from a phone", m)
		}
	}
	p := wire.Presentation{Grant: []byte{1}, Proof: make([]byte, 64), Open: index(3)}
	if got, err := wire.DecodePresentation(encoded(t, p)); err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("%+v, %v", got, err)
	}
	a := wire.Admission{Admitted: 0, Opening: 10, Compartment: 4, Receipt: receipt}
	if got, err := wire.DecodeAdmission(encoded(t, a)); err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestMessagesOutOfRangeAreRefused(t *testing.T) {
	for name, m := range map[string]any{
		"target beyond the last": wire.Open{Index: 64}, "misfit beyond the last": wire.Misfit{Index: 64},
		"tail of none": wire.Tail{}, "tail of nine": wire.Tail{N: 9},
	} {
		if _, err := wire.DecodeUp(encoded(t, m)); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, m := range map[string]any{
		"no event": wire.DoorNews{}, "unknown event": wire.DoorNews{Event: 6}, "long receipt": wire.Answer{Receipt: make([]byte, 193)},
		"nine receipts": wire.Receipts{Receipts: make([][]byte, 9)},
	} {
		if _, err := wire.DecodeDown(encoded(t, m)); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, p := range map[string]wire.Presentation{
		"no grant": {Proof: make([]byte, 64)}, "short proof": {Grant: []byte{1}, Proof: make([]byte, 63)},
		"huge grant": {Grant: make([]byte, wire.MaxGrantBytes+1), Proof: make([]byte, 64)}, "no such target": {Grant: []byte{1}, Proof: make([]byte, 64), Open: index(64)},
	} {
		if _, err := wire.DecodePresentation(encoded(t, p)); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"unknown kind": {0x81, 0x05}, "kind in two bytes": {0x82, 0x18, 0x02, 0x00}, "indefinite": {0x9f, 0x04, 0xff}, "map": {0xa1, 0x01, 0x01},
		"too short": {0x82, 0x01, 0x00}, "too long": {0x84, 0x01, 0x00, 0x00, 0x00}, "trailing": {0x81, 0x04, 0x00}, "empty": {}, "null": {0xf6},
	} {
		if _, err := wire.DecodeUp(data); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	if _, err := wire.Encode(struct{}{}); err == nil {
		t.Error("something that is no message was encoded")
	}
}

func TestUplinkRoundTrip(t *testing.T) {
	for _, raw := range visit(t).Uplink {
		m, err := wire.DecodeUplink(raw)
		must(t, err)
		kind, again, err := wire.EncodeUplink(m)
		must(t, err)
		if !bytes.Equal(again, raw) || !bytes.Contains(raw, []byte(`"kind":"`+kind+`"`)) {
			t.Errorf("%s came back as %s of kind %s", raw, again, kind)
		}
	}
}

func TestUplinkRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON": "hello", "no kind": `{}`, "unknown kind": `{"kind":"open_all"}`, "unknown name": `{"kind":"ack","applied_through":1,"x":1}`,
		"kind twice": `{"kind":"ack","kind":"ack","applied_through":1}`, "negative": `{"kind":"ack","applied_through":-1}`,
		"a challenge": `{"kind":"challenge","challenge":"AAAA","host":"h"}`, "no outcome": `{"kind":"done","outcome":""}`, "no command": `{"kind":"command","command":""}`, "no code": `{"kind":"refused","code":""}`, "padded": `{"kind":"time","time":"AA=="}`,
		"line break": `{"kind":"time","time":"AA\nAA"}`, "no time": `{"kind":"time","time":""}`, "no receipts": `{"kind":"receipts","receipts":[]}`,
		"empty receipt": `{"kind":"receipts","receipts":[""]}`, "long receipt": `{"kind":"receipts","receipts":["` + strings.Repeat("AAAA", 65) + `"]}`,
		"many receipts": `{"kind":"receipts","receipts":["AA"` + strings.Repeat(`,"AA"`, 128) + `]}`,
		"foreign door":  `{"kind":"health","doors":{"1":"ajar"},"fault":"","uptime_s":1,"desired_version":0}`, "door 0": `{"kind":"health","doors":{"0":"shut"},"fault":"","uptime_s":1,"desired_version":0}`,
		"locker id": `{"kind":"hello","locker":"x","boot":1,"version":"1","time_nonce":""}`, "two values": `{"kind":"ack","applied_through":1}{}`,
		"huge": `{"kind":"ack","applied_through":1}` + strings.Repeat(" ", wire.MaxUplinkBytes),
	} {
		if m, err := wire.DecodeUplink([]byte(text)); err == nil {
			t.Errorf("%s: read as %+v", name, m)
		}
	}
}

// TestSizes prints the table in docs/latch.md, and holds the figures that it gives.
func TestSizes(t *testing.T) {
	v := visit(t)
	manifest := make([]lockhouse.Target, 30)
	for i := range manifest {
		manifest[i] = lockhouse.Target{Ref: lockhouse.ParcelRef{byte(i), 1}, Verb: lockhouse.VerbStore, Rank: 2}
	}
	courier := encoded(t, wire.Presentation{Grant: vectorGrant(t, manifest...), Proof: make([]byte, 64), Open: index(0)})
	for _, tt := range []struct {
		name  string
		bytes int
		want  int
	}{
		{"grant, one parcel", len(v.Grant) / 2, 192},
		{"m1, one parcel", len(v.M1) / 2, 343},
		{"m1, courier's manifest of 30 parcels", wire.KeyBytes + wire.TagBytes + len(courier), 723},
		{"m2 with receipt", len(v.M2) / 2, 228},
		{"receipt", len(v.Receipts[0].Raw) / 2, 141},
		{"DOOR with receipt", len(v.Down[0].Sealed) / 2, 164},
		{"OPEN", len(v.Up[0].Sealed) / 2, 20},
	} {
		var frames []int
		for _, size := range []int{20, 182, 244, 509} {
			cut, err := wire.Cut(1, make([]byte, tt.bytes), size)
			must(t, err)
			frames = append(frames, len(cut))
		}
		t.Logf("| %s | %d | %d |", tt.name, tt.bytes, frames)
		if tt.bytes != tt.want {
			t.Errorf("%s has %d bytes, not %d: correct docs/latch.md", tt.name, tt.bytes, tt.want)
		}
	}
}

// TestRelayedHasItsForm: a presence code is 6 to 8 digits, and neither form of a first message is the other.
func TestRelayedHasItsForm(t *testing.T) {
	good := wire.Relayed{Grant: []byte{1}, Proof: make([]byte, 64), Presence: []byte("012345")}
	if p, presence, err := wire.DecodeRelayed(encoded(t, good)); err != nil || string(presence) != "012345" || p.Open != nil {
		t.Errorf("%+v, %q, %v", p, presence, err)
	}
	for _, code := range []string{"", "12345", "123456789", "12345x", "12 456", "١٢٣"} {
		bad := good
		bad.Presence = []byte(code)
		if _, _, err := wire.DecodeRelayed(encoded(t, bad)); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("code %q: %v", code, err)
		}
	}
	if _, err := wire.DecodePresentation(encoded(t, good)); err == nil {
		t.Error("read as a first message by radio")
	}
	if _, _, err := wire.DecodeRelayed(encoded(t, wire.Presentation{Grant: good.Grant, Proof: good.Proof})); err == nil {
		t.Error("read without a code")
	}
}
