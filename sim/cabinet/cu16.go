package cabinet

import "slices"

// cu16 is the dialect of KERONG's CU12 and CU16: board and lock share a byte, and every answer is a status.
type cu16 struct {
	seal
	asked
}

func (cu16) bounds() bounds { return bounds{last: 15, channels: 16, baud: 19_200} }

func (cu16) hear(tail []byte) (order, bool) {
	q, ok := ending(tail, 5)
	if !ok || !slices.Equal(q, added(0x02, q[1], q[2], 0x03)) || q[2] != 0x30 && q[2] != 0x31 {
		return order{}, false
	}
	return order{unlock: q[2] == 0x31, board: int(q[1] >> 4), channel: int(q[1] & 15), bytes: 5}, true
}

func (cu16) report(board, _ int, c contacts) []byte {
	f := slices.Concat([]byte{0x02, byte(board << 4), 0x35}, row(c.holds), row(c.sees), []byte{0x03})
	return added(f...)
}

func (cu16) word(int, int, word) []byte { return nil }
