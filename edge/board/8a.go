package board

// eightA is the dialect of the "8A" boards (YK and many alike), and how sure we are of each fact. The sources are eight
// public drivers (in JavaScript, TypeScript, Java, Python and Dart) and their tests; boards differ in small things.
//
//	9600 baud, 8N1                                         sure: all agree
//	XOR = all bytes before it                              sure: all agree
//	unlock  8A BD CH 11 XOR                                sure: all agree (8A 01 01 11 9B)
//	BD and CH from 1                                       sure; CH 00 means every lock, and is never sent
//	its reply 8A BD CH 00 XOR, "has let go"                fairly sure: two drivers and a table of 12 frames
//	          8A BD CH 11 XOR, "holds still"               fairly sure. It is the request again, byte for byte, so it can't
//	                                                       be told from an echo, and counts as no answer: the hook tells
//	status of all  80 BD 00 33 XOR                         sure: five drivers (80 01 00 33 B2)
//	its reply 80 BD S17-24 S9-16 S1-8 33 XOR               fairly sure; bit 0 of the last S is the first lock
//	bit 1 = closed                                         not sure: one driver has a setting for contacts that are open
//	                                                       when locked (HookReversed)
//	status of one 80 BD CH 33 XOR, reply 80 BD CH 00|11 XOR fairly sure; not asked
//	82 BD CH 00|11 XOR, unasked                            fairly sure: one driver; a door changed
//	81 in place of 8A and 80                               seen in one driver; not understood
//	24 locks                                               fairly sure, by the reply; boards of 50 locks have another
//	addresses 1 to 31                                      not sure
type eightA struct{}

const (
	eightAUnlock = 0x8A
	eightAAsk    = 0x80
	eightAChange = 0x82

	eightAOpen   = 0x00
	eightAClosed = 0x11 // also what an unlock asks for
	eightAStatus = 0x33

	eightABytes       = 5
	eightAReportBytes = 7
	eightAChannels    = 24
)

func (eightA) Traits() Traits {
	return Traits{Name: "8a", Make: `"8A" board, YK and alike`, Baud: 9_600, FirstBoard: 1, LastBoard: 31, Channels: eightAChannels, Confirms: ByWord, TellsItself: true}
}

func (eightA) Unlock(board, channel int) []byte {
	return crossed(eightAUnlock, byte(board), byte(channel+1), eightAClosed)
}

func (eightA) Ask(board, _ int) []byte { return crossed(eightAAsk, byte(board), 0, eightAStatus) }

// crossed ends a frame with the XOR of its bytes.
func crossed(f ...byte) []byte { return append(f, xor(f)) }

// Judge looks for the long frame first where a short one would fit as well: the answer 80 01 00 33 B2 33 33 begins with
// the very bytes of the question.
func (eightA) Judge(held []byte, last bool) (Frame, int) {
	switch held[0] {
	case eightAAsk:
		if len(held) < eightAReportBytes && !last {
			return Frame{}, 0
		}
		if len(held) >= eightAReportBytes && held[5] == eightAStatus && held[6] == xor(held[:6]) {
			return Frame{Kind: Report, Board: int(held[1]), Count: eightAChannels, Hooks: bits([]byte{held[4], held[3], held[2]})}, eightAReportBytes
		}
	case eightAUnlock, eightAChange:
	default:
		return Frame{}, -1
	}
	return eightAWord(held)
}

// eightAWord judges a frame of five bytes.
func eightAWord(held []byte) (Frame, int) {
	if len(held) < eightABytes {
		return Frame{}, 0
	}
	lock, state := held[2], held[3]
	switch {
	case held[4] != xor(held[:4]) || lock > eightAChannels:
		return Frame{}, -1
	case state == eightAStatus, held[0] == eightAUnlock && state == eightAClosed:
		return Frame{}, eightABytes
	case lock == 0 || state != eightAOpen && state != eightAClosed:
		return Frame{}, -1
	}
	f := Frame{Kind: Change, Board: int(held[1]), First: int(lock) - 1, Count: 1, Hooks: uint64(state & 1)}
	if held[0] == eightAUnlock {
		f.Kind = Unlocked
	}
	return f, eightABytes
}
