package wire_test

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	must(t, err)
	return data
}

func FuzzInfo(f *testing.F) {
	f.Add(unhex(f, visit(f).Info))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		if info, err := wire.ParseInfo(data); err == nil && !bytes.Equal(info.Encode(), data) {
			t.Fatalf("%x has a second form", data)
		}
	})
}

// FuzzJoiner feeds frames whose lengths are in the data itself, and holds that memory and messages stay bounded.
func FuzzJoiner(f *testing.F) {
	f.Add([]byte{5, 1, 0x80, 0, 1, 7})
	f.Add([]byte{5, 1, 0x80, 0, 3, 7, 4, 1, 1, 8, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		joiner := wire.Joiner{Session: 1}
		for len(data) > 0 {
			n := min(int(data[0]), len(data)-1)
			message, err := joiner.Add(data[1 : 1+n])
			if err != nil && message != nil || len(message) > wire.MaxMessageBytes {
				t.Fatalf("%d bytes, %v", len(message), err)
			}
			data = data[1+n:]
		}
	})
}

// FuzzMessages holds that whatever is read has one form.
func FuzzMessages(f *testing.F) {
	v := visit(f)
	f.Add([]byte{0x84, 0x41, 1, 0x41, 2, 0xf6, 0x46, '1', '2', '3', '4', '5', '6'})
	for _, s := range append(v.Up, v.Down...) {
		f.Add(unhex(f, s.Plain))
	}
	f.Add(unhex(f, v.M1Inside))
	f.Add(unhex(f, v.M2Inside))
	f.Add(encoded(f, wire.Carrying{Grant: []byte{1}, Proof: make([]byte, 64), Mail: []byte{2}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func([]byte) (any, error){
			wire.DecodeUp, wire.DecodeDown,
			func(d []byte) (any, error) { return wire.DecodePresentation(d) },
			decodeCarrying,
			func(d []byte) (any, error) {
				p, presence, err := wire.DecodeRelayed(d)
				return wire.Relayed{Grant: p.Grant, Proof: p.Proof, Open: p.Open, Presence: presence}, err
			},
			func(d []byte) (any, error) { return wire.DecodeAdmission(d) },
		} {
			if m, err := read(data); err == nil && !bytes.Equal(encoded(t, m), data) {
				t.Fatalf("%x has a second form", data)
			}
		}
	})
}

func decodeCarrying(data []byte) (any, error) {
	p, mail, err := wire.DecodeCarrying(data)
	if mail == nil {
		return p, err
	}
	return wire.Carrying{Grant: p.Grant, Proof: p.Proof, Open: p.Open, Mail: mail}, err
}

func FuzzUplink(f *testing.F) {
	for _, raw := range visit(f).Uplink {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := wire.DecodeUplink(data)
		if err != nil {
			return
		}
		_, again, err := wire.EncodeUplink(m)
		must(t, err)
		if back, err := wire.DecodeUplink(again); err != nil {
			t.Fatalf("%s is read as %+v, and not again: %v", data, back, err)
		}
	})
}

// FuzzFigures holds that what is believed of a locker's figures is in its range and bounded, on the line and on its disk.
func FuzzFigures(f *testing.F) {
	day := lockhouse.NewFigures(20_780)
	day.ThroughS, day.RunningS, day.AbleS = 100, 90, 80
	day.Open.Add(time.Second)
	_, said, err := wire.EncodeUplink(wire.Figures{Days: []lockhouse.Figures{day}})
	must(f, err)
	kept, err := wire.EncodeFigures([]lockhouse.Figures{day})
	must(f, err)
	f.Add(said)
	f.Add(kept)
	f.Add([]byte(`{"kind":"figures","days":[{"day":"2026-11-23","open":{"3":1,"3":2}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		days, err := wire.DecodeFigures(data)
		if err != nil {
			m, _ := wire.DecodeUplink(data)
			days = append(days, daysOf(m)...)
		}
		for i, f := range days {
			if !f.InRange() || i > 0 && f.Day <= days[i-1].Day || f.Open.Quantile(0.95) > 131*time.Second {
				t.Fatalf("%+v", f)
			}
		}
	})
}

func daysOf(m any) []lockhouse.Figures {
	if said, ok := m.(wire.Figures); ok {
		return said.Days
	}
	return nil
}
