package cabinet

import "slices"

// cu is the dialect of KERONG's CU24 and CU48: board and lock have a byte each, and every answer is a status.
type cu struct {
	seal
	asked
	channels            int
	ask, unlock, answer byte
}

var (
	cu24 = cu{channels: 24, ask: 0x50, unlock: 0x51, answer: 0x65}
	cu48 = cu{channels: 48, ask: 0x60, unlock: 0x61, answer: 0x75}
)

func (d cu) bounds() bounds { return bounds{last: 31, channels: d.channels, baud: 19_200} }

func (d cu) hear(tail []byte) (order, bool) {
	q, ok := ending(tail, 6)
	if !ok || !slices.Equal(q, added(0x02, q[1], q[2], q[3], 0x03)) || q[3] != d.ask && q[3] != d.unlock {
		return order{}, false
	}
	return order{unlock: q[3] == d.unlock, board: int(q[1]), channel: int(q[2]), bytes: 6}, true
}

func (d cu) report(board, _ int, c contacts) []byte {
	f := slices.Concat([]byte{0x02, byte(board), 0, d.answer}, row(c.holds), row(c.sees), []byte{0x03})
	return added(f...)
}

func (cu) word(int, int, word) []byte { return nil }
