package board

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// However a stream is split, and whatever it holds, the same frames are found: the leftmost whole ones that do not
// overlap, as one finds them with the whole stream in hand.
func TestAnySplitGivesTheSameFrames(t *testing.T) {
	for _, d := range Dialects() {
		streams := streams(t, d)
		t.Run(d.Traits().Name, rapid.MakeCheck(func(t *rapid.T) {
			stream := streams.Draw(t, "stream")
			p := parser{dialect: d}
			got := append(feedAll(&p, stream), p.end()...)
			want, dropped := scan(d, stream)
			if !slices.Equal(got, want) || p.dropped != dropped || p.n != 0 {
				t.Fatalf("%x: found %+v and dropped %d, want %+v and %d", stream, got, p.dropped, want, dropped)
			}
		}))
	}
}

// Whatever noise stands before a frame, the frame is found.
func TestResynchronises(t *testing.T) {
	for _, d := range Dialects() {
		noises, frames := noise(t, d), rapid.SampledFrom(samples(t, d))
		t.Run(d.Traits().Name, rapid.MakeCheck(func(t *rapid.T) {
			noise, frame := noises.Draw(t, "noise"), frames.Draw(t, "frame")
			p := parser{dialect: d}
			got := append(feedAll(&p, slices.Concat(noise, frame)), p.end()...)
			if alone, _ := scan(d, noise); len(alone) == 0 && len(got) == 0 {
				t.Fatalf("the frame behind % x was lost", noise)
			}
		}))
	}
}

// streams gives frames of a dialect between noise, and pieces of frames.
func streams(t testing.TB, d Dialect) *rapid.Generator[[]byte] {
	whole := rapid.SampledFrom(samples(t, d))
	piece := rapid.Custom(func(r *rapid.T) []byte {
		f := whole.Draw(r, "frame")
		return f[:rapid.IntRange(0, len(f)).Draw(r, "cut")]
	})
	return rapid.Map(rapid.SliceOfN(rapid.OneOf(whole, piece, noise(t, d)), 0, 8), func(parts [][]byte) []byte { return slices.Concat(parts...) })
}

// noise gives bytes at random, among which those that begin frames and stand in them are frequent.
func noise(t testing.TB, d Dialect) *rapid.Generator[[]byte] {
	return rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom(slices.Concat(samples(t, d)...))), 0, 40)
}

// samples gives requests and answers of a dialect.
func samples(t testing.TB, d Dialect) (all [][]byte) {
	name := d.Traits().Name
	for _, c := range knownRequests {
		if c.dialect == name {
			all = append(all, d.Unlock(c.board, c.channel), d.Ask(c.board, c.channel))
		}
	}
	for _, c := range knownAnswers {
		if c.dialect == name {
			all = append(all, unhex(t, c.bytes))
		}
	}
	return all
}

func FuzzCU16(f *testing.F)    { fuzzParser(f, "cu16") }
func FuzzCU24(f *testing.F)    { fuzzParser(f, "cu24") }
func FuzzCU48(f *testing.F)    { fuzzParser(f, "cu48") }
func Fuzz8A(f *testing.F)      { fuzzParser(f, "8a") }
func FuzzWinnsen(f *testing.F) { fuzzParser(f, "winnsen") }
func FuzzWKLY(f *testing.F)    { fuzzParser(f, "wkly") }

func fuzzParser(f *testing.F, name string) {
	d, traits := dialect(f, name), dialect(f, name).Traits()
	f.Add([]byte{})
	for _, s := range samples(f, d) {
		f.Add(s)
		f.Add(slices.Concat(s[:len(s)/2], s, s[len(s)/2:]))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		p := parser{dialect: d}
		got := append(feedAll(&p, stream), p.end()...)
		if want, dropped := scan(d, stream); !slices.Equal(got, want) || p.dropped != dropped || p.n != 0 {
			t.Errorf("found %+v and dropped %d, want %+v and %d", got, p.dropped, want, dropped)
		}
		for _, frame := range got {
			if frame.Kind != Echo && (frame.Count < 1 || frame.First < 0 || frame.First+frame.Count > traits.Channels) {
				t.Errorf("%+v is about locks that no board has", frame)
			}
		}
	})
}

func feedAll(p *parser, stream []byte) (found []Frame) {
	for _, b := range stream {
		found = append(found, p.feed(b)...)
	}
	return found
}

func scan(d Dialect, stream []byte) (found []Frame, dropped int) {
	for i := 0; i < len(stream); {
		f, n := d.Judge(stream[i:min(i+maxFrameBytes, len(stream))], true)
		if n <= 0 {
			i, dropped = i+1, dropped+1
			continue
		}
		found, i = append(found, f), i+n
	}
	return found, dropped
}
