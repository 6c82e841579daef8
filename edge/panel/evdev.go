package panel

import (
	"encoding/binary"
	"strconv"
)

// event is struct input_event of linux/input.h without its time.
type event struct {
	kind, code uint16
	value      int32
}

// The kinds of event that matter, from linux/input-event-codes.h.
const (
	evSyn      = 0x00
	evKey      = 0x01
	evSnd      = 0x12
	synDropped = 3 // the kernel's buffer ran over: events are missing
	sndTone    = 2 // value: Hz, 0 for silence
	pressed    = 1 // 0 is released, 2 held down
)

// wordBytes is the size of a C long here: struct input_event begins with two of them.
const wordBytes = strconv.IntSize / 8

// eventBytes gives the size of struct input_event: 24 on machines of 64 bits, 16 on those of 32, where the two words are
// unsigned and last beyond 2038.
func eventBytes(word int) int { return 2*word + 8 }

// decoder cuts a stream of input_events; a piece may end in the middle of one.
type decoder struct {
	word int // bytes of a C long
	rest []byte
}

// feed takes a piece, and gives each event that is whole.
func (d *decoder) feed(piece []byte, each func(event)) {
	size := eventBytes(d.word)
	d.rest = append(d.rest, piece...)
	for len(d.rest) >= size {
		at := d.rest[2*d.word:]
		each(event{binary.NativeEndian.Uint16(at), binary.NativeEndian.Uint16(at[2:]), int32(binary.NativeEndian.Uint32(at[4:]))})
		d.rest = d.rest[size:]
	}
	d.rest = append([]byte(nil), d.rest...)
}

// bytes gives an event as it is written to a device, with no time.
func (e event) bytes(word int) []byte {
	b := make([]byte, 2*word, eventBytes(word))
	b = binary.NativeEndian.AppendUint16(b, e.kind)
	b = binary.NativeEndian.AppendUint16(b, e.code)
	return binary.NativeEndian.AppendUint32(b, uint32(e.value))
}
