package cabinet

import "slices"

// wkly is the dialect of boards that begin every frame with their letters; locks count from 1, and a state is a byte.
type wkly struct{ seal }

func (wkly) bounds() bounds { return bounds{last: 31, channels: 24, baud: 9_600} }

// framed puts letters, length, board and command before the data and the exclusive or behind.
func (wkly) framed(board int, command byte, data ...byte) []byte {
	f := slices.Concat([]byte("WKLY"), []byte{byte(8 + len(data)), byte(board), command}, data)
	return folded(f...)
}

func (d wkly) hear(tail []byte) (order, bool) {
	if q, ok := ending(tail, 9); ok && q[7] > 0 && slices.Equal(q, d.framed(int(q[5]), 0x82, q[7])) {
		return order{unlock: true, board: int(q[5]), channel: int(q[7]) - 1, bytes: 9}, true
	}
	if q, ok := ending(tail, 8); ok && slices.Equal(q, d.framed(int(q[5]), 0x84)) {
		return order{board: int(q[5]), bytes: 8}, true
	}
	return order{}, false
}

func (d wkly) report(board, _ int, c contacts) []byte {
	data := []byte{0x00, byte(len(c.holds))}
	for _, held := range c.holds {
		data = append(data, closed(held))
	}
	return d.framed(board, 0x84, data...)
}

func (d wkly) word(board, channel int, w word) []byte {
	status := byte(0x00)
	if w == wordRefused {
		status = 0xFF
	}
	return d.framed(board, 0x82, status, byte(channel+1), closed(w != wordDone))
}

func (d wkly) change(board, channel int, open bool) []byte {
	return d.framed(board, 0x85, byte(channel+1), closed(!open))
}

func closed(is bool) byte {
	if is {
		return 1
	}
	return 0
}
