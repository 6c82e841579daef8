package cabinet

import (
	"slices"

	"lockhouse"
)

// speech is how the boards of one dialect hear and speak. Addresses and channels are the cabinet's: channels from 0.
type speech interface {
	bounds() bounds
	// hear looks whether a request ends with the last of these bytes.
	hear(tail []byte) (order, bool)
	// report answers a status; ask is the channel that was asked for.
	report(board, ask int, c contacts) []byte
	// word answers an unlock; nil is a board that says nothing but its status.
	word(board, channel int, w word) []byte
	// change says unasked that a door opened or was shut; nil is a board that never does.
	change(board, channel int, open bool) []byte
	// spoil turns over a bit so that no frame is left: one of the checksum's, where there is one.
	spoil(frame []byte, random int)
}

// bounds of a line.
type bounds struct {
	first, last int // boards
	channels    int // of one board
	baud        int
}

// order is what a request asks for.
type order struct {
	unlock         bool
	board, channel int
	bytes          int // that it took
}

// contacts is what one board sees of its doors, by channel.
type contacts struct {
	holds []bool // the hook
	sees  []bool // the infrared sensor
}

// word is what a board says of an unlock.
type word int

const (
	wordDone    word = iota
	wordStill        // the coil was driven, and the hook holds
	wordRefused      // the coil was not driven
)

// speeches are the dialects, by the names that settings give them.
var speeches = map[string]speech{"cu16": cu16{}, "cu24": cu24, "cu48": cu48, "8a": eightA{}, "winnsen": winnsen{}, "wkly": wkly{}}

// Dialects gives the names of the dialects that boards can be simulated for.
func Dialects() []string {
	var names []string
	for name := range speeches {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func speaks(name string) (speech, error) {
	if name == "" {
		name = "cu16"
	}
	s, ok := speeches[name]
	if !ok {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "There are no boards of the dialect %q here; give one of %v.", name, Dialects())
	}
	return s, nil
}

const tailBytes = 16 // more than any request has

// ear hears requests in what the line carries: the last bytes, looked at after each.
type ear struct {
	speech speech
	tail   []byte
}

// hear takes a byte and gives the request that ended with it.
func (e *ear) hear(b byte) (order, bool) {
	if len(e.tail) == tailBytes {
		e.tail = e.tail[1:]
	}
	e.tail = append(e.tail, b)
	o, ok := e.speech.hear(e.tail)
	if ok {
		e.tail = e.tail[:0]
	}
	return o, ok
}

// ending gives the last n bytes, if there are so many.
func ending(tail []byte, n int) ([]byte, bool) {
	if len(tail) < n {
		return nil, false
	}
	return tail[len(tail)-n:], true
}

// row packs eight locks a byte, the first lock in bit 0 of the first byte.
func row(locks []bool) []byte {
	packed := make([]byte, len(locks)/8)
	for i, l := range locks {
		if l {
			packed[i/8] |= 1 << (i % 8)
		}
	}
	return packed
}

// added ends a frame with the low byte of its sum.
func added(f ...byte) []byte {
	var s byte
	for _, b := range f {
		s += b
	}
	return append(f, s)
}

// folded ends a frame with the exclusive or of its bytes.
func folded(f ...byte) []byte {
	var x byte
	for _, b := range f {
		x ^= b
	}
	return append(f, x)
}

// seal is a frame's last byte, spoilt by turning over one of its bits.
type seal struct{}

func (seal) spoil(frame []byte, random int) { frame[len(frame)-1] ^= 1 << (random % 8) }

// asked is a board that says nothing of itself.
type asked struct{}

func (asked) change(int, int, bool) []byte { return nil }
