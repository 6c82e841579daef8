package cabinet

import "time"

const (
	lateMS   = 350 // when a late board answers
	splitMS  = 2   // between the bytes of a split answer
	noiseMax = 7   // bytes of noise at once
)

// ear hears requests in what the line carries: the last five bytes, looked at after each.
type ear struct{ last [5]byte }

// hear takes a byte and gives the request that ended with it.
func (e *ear) hear(b byte) (addr, cmd byte, ok bool) {
	copy(e.last[:], e.last[1:])
	e.last[4] = b
	l := e.last
	if l[0] != 0x02 || l[3] != 0x03 || l[4] != l[0]+l[1]+l[2]+l[3] {
		return 0, 0, false
	}
	*e = ear{}
	return l[1], l[2], true
}

// piece is part of an answer, and how long after the piece before it comes.
type piece struct {
	after time.Duration
	bytes []byte
}

// obey does what a request asks and gives the answer. A request to a board that isn't there gets none, as does a
// command other than status and unlock.
func (c *Cabinet) obey(addr, cmd byte, now time.Time) []piece {
	c.mu.Lock()
	defer c.mu.Unlock()
	board, channel := int(addr>>4), int(addr&15)
	fault, there := c.boards[board]
	if !there || fault == BoardDeaf {
		return nil
	}
	c.settle(now)
	switch cmd {
	case 0x30:
	case 0x31:
		c.drive(board, channel, now)
		if c.settings.UnlockSilent {
			return nil
		}
	default:
		return nil
	}
	answer := c.answer(board, fault)
	if len(answer) > 0 {
		answer[0].after += c.pace(5 + 9)
	}
	return answer
}

// pace gives the time that bytes spend on the line: ten bits each.
func (c *Cabinet) pace(bytes int) time.Duration {
	if c.settings.Baud == 0 {
		return 0
	}
	return time.Duration(bytes) * 10 * time.Second / time.Duration(c.settings.Baud)
}

// drive pulses the coil of one lock.
func (c *Cabinet) drive(board, channel int, now time.Time) {
	for _, d := range c.doors {
		if d.board != board || d.channel != channel || d.fault == DoorDead {
			continue
		}
		d.pulses++
		if d.fault != DoorSticks && !d.open {
			d.springs = now.Add(time.Duration(c.settings.SpringMS) * time.Millisecond)
		}
		c.tell()
		c.settle(now)
	}
}

// answer makes a board's status, spoilt by its fault.
func (c *Cabinet) answer(board int, fault BoardFault) []piece {
	right := c.status(board)
	switch fault {
	case BoardMute:
		return nil
	case BoardNonsense:
		return []piece{{bytes: c.babble(1 + noiseMax)}}
	case BoardWrongSum:
		right[8] ^= 1 << c.noise.IntN(8)
	case BoardForeign:
		right[1] += 0x10
		right[8] += 0x10
	case BoardLate:
		return []piece{{lateMS * time.Millisecond, right}}
	case BoardSplit:
		return split(right)
	case BoardNoisy:
		return []piece{{bytes: c.babble(noiseMax)}, {bytes: right}, {bytes: c.babble(noiseMax)}}
	case BoardChatty:
		return []piece{{bytes: c.status((board + 1) % boards)}, {bytes: right}, {bytes: right}}
	}
	return []piece{{bytes: right}}
}

// status makes a board's report: hooks, where 1 holds the door, and infrared, where 1 sees something.
func (c *Cabinet) status(board int) []byte {
	var hooks, seen uint16
	for _, d := range c.doors {
		if d.board != board {
			continue
		}
		if shut := !d.open; shut && d.fault != HookStuckOpen || d.fault == HookStuckShut {
			hooks |= 1 << d.channel
		}
		if d.inside != "" {
			seen |= 1 << d.channel
		}
	}
	f := []byte{0x02, byte(board << 4), 0x35, byte(hooks), byte(hooks >> 8), byte(seen), byte(seen >> 8), 0x03, 0}
	for _, b := range f[:8] {
		f[8] += b
	}
	return f
}

func split(frame []byte) (pieces []piece) {
	for i := range frame {
		pieces = append(pieces, piece{splitMS * time.Millisecond, frame[i : i+1]})
	}
	return pieces
}

// babble makes 1 to max bytes of noise. A driver must live with a frame's first byte among them, so there is often one;
// whole frames it can't hold, being too short.
func (c *Cabinet) babble(most int) []byte {
	noise := make([]byte, 1+c.noise.IntN(most))
	for i := range noise {
		noise[i] = byte(c.noise.Uint32())
		if c.noise.IntN(4) == 0 {
			noise[i] = 0x02
		}
	}
	return noise
}
