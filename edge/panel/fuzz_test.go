package panel

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse/wire"
)

// TestEventsInAnyPieces: events come out as they went in, however the stream is cut, on machines of 32 bits and of 64.
func TestEventsInAnyPieces(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.SampledFrom([]int{4, 8}).Draw(rt, "word")
		var stream []byte
		var want, got []event
		for range rapid.IntRange(0, 20).Draw(rt, "events") {
			e := event{rapid.Uint16().Draw(rt, "kind"), rapid.Uint16().Draw(rt, "code"), rapid.Int32().Draw(rt, "value")}
			want, stream = append(want, e), append(stream, e.bytes(word)...)
		}
		d := decoder{word: word}
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(rt, "piece")
			d.feed(stream[:n], func(e event) { got = append(got, e) })
			stream = stream[n:]
		}
		if !slices.Equal(got, want) || len(d.rest) != 0 {
			rt.Fatalf("got %v, want %v", got, want)
		}
	})
}

// FuzzKeypad throws bytes at a keypad's reader: what it makes of them is at most a PIN and a door's number.
func FuzzKeypad(f *testing.F) {
	f.Add(types("12345678#"))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &door{changed: make(chan struct{}, 1)}
		p := New(Options{Languages: Languages(), Now: time.Now, Log: slog.New(slog.DiscardHandler)}, d)
		dec := decoder{word: wordBytes}
		dec.feed(data, func(e event) {
			if k, ok := keyOfCode(e.code); ok {
				p.press(k, time.Now())
			}
		})
		if len(dec.rest) >= eventBytes(wordBytes) || len(p.entry) > maxEntryDigits || strings.Trim(p.entry, "0123456789") != "" {
			t.Fatalf("%d bytes are left, and %q was typed", len(dec.rest), p.entry)
		}
		for _, heard := range d.heard {
			if digits := strings.TrimPrefix(heard, "PIN "); len(digits) > maxEntryDigits || strings.Trim(digits, "0123456789") != "" {
				t.Fatalf("the locker was asked %q", heard)
			}
		}
	})
}

// FuzzScanner throws bytes at a scanner's reader: a line is digits, at most as many as a pass has, or unreadable.
func FuzzScanner(f *testing.F) {
	f.Add([]byte("1234567890\r\n"), true)
	f.Add([]byte("]Q1https://x\r\n12345678\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, keys bool) {
		var s scan
		feed := func(b byte) {
			if line, ended := s.add(b, time.Unix(1, 0)); ended && (len(line) > wire.MaxPassDigits || strings.Trim(line, "0123456789") != "") {
				t.Fatalf("read %q", line)
			}
			if len(s.line) > wire.MaxPassDigits {
				t.Fatalf("%d digits are kept", len(s.line))
			}
		}
		if !keys {
			for _, b := range data {
				feed(b)
			}
			return
		}
		new(decoder{word: wordBytes}).feed(data, func(e event) {
			if b, ok := byteOf(e); ok {
				feed(b)
			}
		})
	})
}

// FuzzWish throws bodies at the page's way in.
func FuzzWish(f *testing.F) {
	f.Add([]byte(`{"is":"5"}`))
	f.Add([]byte(`{"is":"enter"}x`))
	f.Fuzz(func(t *testing.T, body []byte) {
		word, err := readWish(bytes.NewReader(body))
		if k, ok := keyNamed(word); err == nil && ok && k == keyOther {
			t.Fatalf("%q is a key that nobody has", body)
		}
	})
}

// TestAStuckLoop: who leaves a note for a loop that does not turn is not held up for ever.
func TestAStuckLoop(t *testing.T) {
	p := New(Options{Languages: Languages(), Now: time.Now, Log: slog.New(slog.DiscardHandler)}, &door{})
	for range maxNotes {
		if !p.leave(t.Context(), func(time.Time) {}) {
			t.Fatal("there is room")
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p.leave(ctx, func(time.Time) {}) {
		t.Error("a note beyond the last was taken")
	}
}
