package cabinet

import "time"

const (
	lateMS   = 350 // when a late board answers
	splitMS  = 2   // between the bytes of a split answer
	noiseMax = 7   // bytes of noise at once
)

// piece is part of an answer, and how long after the piece before it comes.
type piece struct {
	after time.Duration
	bytes []byte
}

// obey does what a request asks and gives the answer. A request to a board that isn't there gets none.
func (c *Cabinet) obey(o order, now time.Time) []piece {
	c.mu.Lock()
	defer c.mu.Unlock()
	fault, there := c.boards[o.board]
	if !there || fault == BoardDeaf {
		return nil
	}
	c.settle(now)
	if !o.unlock {
		return c.spoilt(o, fault, c.speech.report(o.board, o.channel, c.contacts(o.board)))
	}
	w := c.drive(o.board, o.channel, now)
	if c.settings.UnlockSilent {
		return nil
	}
	right := c.speech.word(o.board, o.channel, w)
	if right == nil {
		right = c.speech.report(o.board, o.channel, c.contacts(o.board))
	}
	return c.spoilt(o, fault, right)
}

// drive pulses the coil of one lock, and gives the board's word on it. A dead lock, and one that isn't there, is "done".
func (c *Cabinet) drive(board, channel int, now time.Time) word {
	for _, d := range c.doors {
		if d.coil != (wire{board, channel}) || d.fault == DoorDead {
			continue
		}
		if d.fault == DoorCools {
			return wordRefused
		}
		d.pulses++
		if d.fault != DoorSticks && !d.open {
			d.springs = now.Add(time.Duration(c.settings.SpringMS) * time.Millisecond)
		}
		c.tell()
		c.settle(now)
		if d.fault == DoorSticks {
			return wordStill
		}
	}
	return wordDone
}

// spoilt makes of a right answer what a board with a fault gives.
func (c *Cabinet) spoilt(o order, fault BoardFault, right []byte) []piece {
	pieces := c.faulty(o, fault, right)
	if len(pieces) > 0 {
		pieces[0].after += c.pace(o.bytes + len(right))
	}
	return pieces
}

func (c *Cabinet) faulty(o order, fault BoardFault, right []byte) []piece {
	switch fault {
	case BoardMute:
		return nil
	case BoardNonsense:
		return []piece{{bytes: c.babble(1 + noiseMax)}}
	case BoardWrongSum:
		c.speech.spoil(right, c.noise.IntN(1<<16))
	case BoardForeign:
		return []piece{{bytes: c.others(o)}}
	case BoardLate:
		return []piece{{lateMS * time.Millisecond, right}}
	case BoardSplit:
		return split(right)
	case BoardNoisy:
		return []piece{{bytes: c.babble(noiseMax)}, {bytes: right}, {bytes: c.babble(noiseMax)}}
	case BoardChatty:
		return []piece{{bytes: c.others(o)}, {bytes: right}, {bytes: right}}
	case BoardTells:
		return []piece{{bytes: c.unasked(o)}, {bytes: right}}
	}
	return []piece{{bytes: right}}
}

// others is the same answer in the name of the next board.
func (c *Cabinet) others(o order) []byte {
	next := o.board + 1
	if next > c.bounds.last {
		next = c.bounds.first
	}
	if w := c.speech.word(next, o.channel, wordDone); o.unlock && w != nil {
		return w
	}
	return c.speech.report(next, o.channel, c.contacts(o.board))
}

// unasked says that the door of the next lock opened, or gives a status once more where a board can't say that.
func (c *Cabinet) unasked(o order) []byte {
	next := (o.channel + 1) % c.bounds.channels
	if change := c.speech.change(o.board, next, true); change != nil {
		return change
	}
	return c.speech.report(o.board, next, c.contacts(o.board))
}

// pace gives the time that bytes spend on the line: ten bits each.
func (c *Cabinet) pace(bytes int) time.Duration {
	if c.settings.Baud == 0 {
		return 0
	}
	return time.Duration(bytes) * 10 * time.Second / time.Duration(c.settings.Baud)
}

// contacts reads the doors of one board. A lock that isn't wired reads as one that holds nothing.
func (c *Cabinet) contacts(board int) contacts {
	k := contacts{holds: make([]bool, c.bounds.channels), sees: make([]bool, c.bounds.channels)}
	for _, d := range c.doors {
		if n := d.contact.channel; d.contact.board == board {
			k.holds[n], k.sees[n] = d.holds() != c.settings.HookReversed, d.inside != ""
		}
	}
	return k
}

// holds is what the contact says of the hook.
func (d *door) holds() bool {
	if d.fault == HookBackwards {
		return d.open
	}
	return !d.open && d.fault != HookStuckOpen || d.fault == HookStuckShut
}

func split(frame []byte) (pieces []piece) {
	for i := range frame {
		pieces = append(pieces, piece{splitMS * time.Millisecond, frame[i : i+1]})
	}
	return pieces
}

// babble makes 1 to max bytes of noise. A driver must live with a frame's first byte among them, so there is often one;
// whole frames it can't hold, being too short or, of the shortest dialect, without their checksum.
func (c *Cabinet) babble(most int) []byte {
	begins := c.speech.report(c.bounds.first, 0, c.contacts(c.bounds.first))[0]
	noise := make([]byte, 1+c.noise.IntN(most))
	for i := range noise {
		noise[i] = byte(c.noise.Uint32())
		if c.noise.IntN(4) == 0 {
			noise[i] = begins
		}
	}
	return noise
}

// news gives what the boards say of themselves since they last did: that contacts changed.
func (c *Cabinet) news() (frames [][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(time.Now())
	for _, d := range c.doors {
		holds := d.holds()
		if holds == d.said {
			continue
		}
		d.said = holds
		if f := c.boards[d.contact.board]; f == BoardDeaf || f == BoardMute {
			continue
		}
		if frame := c.speech.change(d.contact.board, d.contact.channel, holds == c.settings.HookReversed); frame != nil {
			frames = append(frames, frame)
		}
	}
	return frames
}
