package cabinet

import "slices"

// eightA is the dialect of "8A" boards: five bytes, of which the last is the exclusive or; locks count from 1.
type eightA struct{ seal }

func (eightA) bounds() bounds { return bounds{first: 1, last: 31, channels: 24, baud: 9_600} }

func (eightA) hear(tail []byte) (order, bool) {
	q, ok := ending(tail, 5)
	if !ok || !slices.Equal(q, folded(q[0], q[1], q[2], q[3])) {
		return order{}, false
	}
	switch {
	case q[0] == 0x8A && q[3] == 0x11 && q[2] > 0:
		return order{unlock: true, board: int(q[1]), channel: int(q[2]) - 1, bytes: 5}, true
	case q[0] == 0x80 && q[2] == 0x00 && q[3] == 0x33:
		return order{board: int(q[1]), bytes: 5}, true
	}
	return order{}, false
}

// report has the last eight locks first.
func (eightA) report(board, _ int, c contacts) []byte {
	r := row(c.holds)
	return folded(0x80, byte(board), r[2], r[1], r[0], 0x33)
}

// word says what the hook does after the pulse, so that "holds still" is the very request.
func (eightA) word(board, channel int, w word) []byte {
	state := byte(0x11)
	if w == wordDone {
		state = 0x00
	}
	return folded(0x8A, byte(board), byte(channel+1), state)
}

func (eightA) change(board, channel int, open bool) []byte {
	state := byte(0x11)
	if open {
		state = 0x00
	}
	return folded(0x82, byte(board), byte(channel+1), state)
}
