package cabinet

// winnsen is the dialect of Winnsen's boards: a length and an end, and no checksum; a status is of one lock.
type winnsen struct{ asked }

func (winnsen) bounds() bounds { return bounds{last: 4, channels: 16, baud: 9_600} }

func (winnsen) hear(tail []byte) (order, bool) {
	q, ok := ending(tail, 6)
	if !ok || q[0] != 0x90 || q[1] != 6 || q[5] != 0x03 || q[2] != 0x05 && q[2] != 0x12 || q[4] < 1 || q[4] > 16 {
		return order{}, false
	}
	return order{unlock: q[2] == 0x05, board: int(q[3]), channel: int(q[4]) - 1, bytes: 6}, true
}

func (winnsen) report(board, ask int, c contacts) []byte {
	open := byte(1)
	if c.holds[ask] {
		open = 0
	}
	return []byte{0x90, 7, 0x92, byte(board), open, byte(ask + 1), 0x03}
}

// word says success for a coil that was driven, whatever the hook does.
func (winnsen) word(board, channel int, w word) []byte {
	says := byte(1)
	if w == wordRefused {
		says = 2
	}
	return []byte{0x90, 7, 0x85, byte(board), byte(channel + 1), says, 0x03}
}

// spoil turns over a bit where a frame can be told from none: what else is garbled here, nobody can know.
func (winnsen) spoil(frame []byte, random int) {
	frame[[]int{0, 1, 2, 6}[random%4]] ^= 1 << (random / 4 % 8)
}
