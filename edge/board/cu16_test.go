package board

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The requests and the reply are written out as public drivers and their documents have them.
func TestKnownBytes(t *testing.T) {
	for _, c := range []struct {
		name           string
		board, channel int
		cmd            byte
		want           string
	}{
		{"status of board 0", 0, 0, cmdStatus, "0200300335"},
		{"unlock of the first lock", 0, 0, cmdUnlock, "0200310336"},
		{"unlock of the last lock of the last board", 15, 15, cmdUnlock, "02ff310335"},
		{"unlock of lock 3 on board 2", 2, 3, cmdUnlock, "0223310359"},
	} {
		frame := request(c.board, c.channel, c.cmd)
		if got := hex.EncodeToString(frame[:]); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	var p parser
	got := feedAll(&p, []byte{0x02, 0x10, 0x35, 0x01, 0x80, 0xff, 0xff, 0x03, 0xc9})
	if want := []report{{board: 1, hooks: 0x8001}}; !slices.Equal(got, want) {
		t.Errorf("parsed %v, want %v", got, want)
	}
}

func TestWrongFramesAreDropped(t *testing.T) {
	good := reply(3, 0x1234)
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			var p parser
			if got := feedAll(&p, bad); len(got) != 0 {
				t.Errorf("byte %d, bit %d flipped: parsed %v", i, bit, got)
			}
		}
	}
}

// Whatever stands before a frame, and however the bytes are split, the frame is found.
func TestResynchronises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		noise := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{stx, etx, cmdReport, cmdStatus})), 0, 40).Draw(t, "noise")
		frame := reply(rapid.IntRange(0, Boards-1).Draw(t, "board"), rapid.Uint16().Draw(t, "hooks"))
		stream := slices.Concat(noise, frame)
		var p parser
		got := feedAll(&p, stream)
		if want := scan(stream); !slices.Equal(got, want) {
			t.Fatalf("parsed %v, want %v", got, want)
		}
		if alone := scan(noise); len(alone) == 0 && len(got) == 0 {
			t.Fatalf("the frame behind % x was lost", noise)
		}
	})
}

func FuzzParser(f *testing.F) {
	f.Add([]byte{})
	f.Add(reply(0, 0xffff))
	f.Add(slices.Concat([]byte{stx, 7, cmdReport}, reply(9, 1), []byte{stx}, reply(9, 2)))
	echo := request(1, 2, cmdUnlock)
	f.Add(slices.Concat(echo[:], reply(1, 0xfffb)))
	f.Fuzz(func(t *testing.T, stream []byte) {
		var p parser
		got := feedAll(&p, slices.Concat(stream, make([]byte, reportBytes))) // zeros begin no frame: they flush
		if want := scan(stream); !slices.Equal(got, want) {
			t.Errorf("parsed %v, want %v", got, want)
		}
		if p.n != 0 || p.dropped > len(stream)+reportBytes {
			t.Errorf("holds %d bytes and dropped %d of %d", p.n, p.dropped, len(stream))
		}
	})
}

func feedAll(p *parser, stream []byte) (found []report) {
	for _, b := range stream {
		if r, ok := p.feed(b); ok {
			found = append(found, r)
		}
	}
	return found
}

// scan is the parser's meaning, said with the whole stream in hand: the leftmost whole frames that do not overlap.
func scan(stream []byte) (found []report) {
	for i := 0; i < len(stream); i++ {
		if rest := stream[i:]; whole(rest, reportBytes, cmdReport, cmdReportAll) {
			found = append(found, report{int(rest[1] >> 4), uint16(rest[3]) + uint16(rest[4])*256})
			i += reportBytes - 1
		} else if whole(rest, requestBytes, cmdStatus, cmdUnlock, cmdStatusAll, cmdUnlockAll) {
			i += requestBytes - 1
		}
	}
	return found
}

func whole(b []byte, size int, commands ...byte) bool {
	return len(b) >= size && b[0] == stx && slices.Contains(commands, b[2]) && b[size-2] == etx && b[size-1] == sum(b[:size-1])
}

func reply(board int, hooks uint16) []byte {
	f := []byte{stx, byte(board << 4), cmdReport, byte(hooks), byte(hooks >> 8), 0, 0, etx}
	return append(f, sum(f))
}
