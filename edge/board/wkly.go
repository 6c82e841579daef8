package board

// wkly is the dialect of boards whose frames begin with the letters WKLY, and how sure we are of each fact. The sources
// are six public drivers (in Java, C, Python and C#) and what they say of themselves.
//
//	9600 baud, 8N1                                         not sure: drivers differ
//	frame 57 4B 4C 59 LEN BD CMD DATA XOR                  sure; LEN is the whole frame's, XOR of all bytes before it
//	82 CH unlock one (57 4B 4C 59 09 00 82 01 83)          sure: four drivers
//	its reply 82 STATUS CH STATE, STATUS 00 done, FF not   sure of the form (57 4B 4C 59 0B 00 82 00 01 00 81 in two);
//	                                                       one driver finds that none comes although the lock opens
//	84 status of all                                       fairly sure: two drivers
//	its reply 84 STATUS COUNT STATE×COUNT                  fairly sure: two drivers, of one author
//	STATE 00 open, 01 closed                               fairly sure: four drivers; HookReversed otherwise
//	83 CH status of one, reply 83 STATUS CH STATE          fairly sure; not asked
//	85 CH STATE, unasked: a door changed                   fairly sure: two drivers
//	BD 0 to 31                                             fairly sure
//	CH from 1                                              fairly sure: examples call the first door 01, and an installer
//	                                                       counts so; one driver also allows 0
//	86 opens every door, 80 and 87 several                 sure, and never sent: nothing of ours opens every door at once
//	81 and 88 drive a coil without end                     sure, and never sent: they burn the lock
type wkly struct{}

const (
	wklyUnlock = 0x82
	wklyOne    = 0x83
	wklyAll    = 0x84
	wklyChange = 0x85

	wklyDone, wklyFailed = 0x00, 0xFF
	wklyClosed           = 0x01 // and 00 is open

	wklyBare     = 8 // bytes of a frame without data
	wklyChannels = 48
)

var wklyHead = [...]byte{'W', 'K', 'L', 'Y'}

func (wkly) Traits() Traits {
	return Traits{Name: "wkly", Make: "WKLY", Baud: 9_600, LastBoard: 31, Channels: wklyChannels, Confirms: ByWord, TellsItself: true,
		Unsure: "the line's speed"}
}

func (wkly) Unlock(board, channel int) []byte { return wklyFrame(board, wklyUnlock, byte(channel+1)) }

func (wkly) Ask(board, _ int) []byte { return wklyFrame(board, wklyAll) }

func wklyFrame(board int, cmd byte, data ...byte) []byte {
	f := append(wklyHead[:len(wklyHead):len(wklyHead)], byte(wklyBare+len(data)), byte(board), cmd)
	return crossed(append(f, data...)...)
}

func (wkly) Judge(held []byte, _ bool) (Frame, int) {
	for i, b := range wklyHead[:min(len(held), len(wklyHead))] {
		if held[i] != b {
			return Frame{}, -1
		}
	}
	if len(held) < 5 {
		return Frame{}, 0
	}
	size := int(held[4])
	switch {
	case size < wklyBare || size > wklyBare+2+wklyChannels:
		return Frame{}, -1
	case len(held) < size:
		return Frame{}, 0
	case held[size-1] != xor(held[:size-1]):
		return Frame{}, -1
	}
	f, ok := wklyRead(held[6], held[7:size-1])
	if !ok {
		return Frame{}, -1
	}
	f.Board = int(held[5])
	return f, size
}

// wklyRead reads what stands between the board's address and the checksum.
func wklyRead(cmd byte, data []byte) (Frame, bool) {
	switch n := len(data); {
	case cmd == wklyAll && n == 0, (cmd == wklyUnlock || cmd == wklyOne) && n == 1, cmd == wklyOne && n == 3:
		return Frame{}, true // our own, or an answer to what we don't ask
	case cmd == wklyUnlock && n == 3 && data[0] == wklyDone:
		return wklyLock(Unlocked, data[1])
	case cmd == wklyUnlock && n == 3 && data[0] == wklyFailed:
		return wklyLock(Declined, data[1])
	case cmd == wklyChange && n == 2 && data[1] <= wklyClosed:
		f, ok := wklyLock(Change, data[0])
		f.Hooks = uint64(data[1])
		return f, ok
	case cmd == wklyAll && n >= 3 && data[0] == wklyDone && int(data[1]) == n-2:
		hooks, ok := wklyHooks(data[2:])
		return Frame{Kind: Report, Count: n - 2, Hooks: hooks}, ok
	}
	return Frame{}, false
}

// wklyLock is a word about one lock, which has a number from 1.
func wklyLock(kind Kind, number byte) (Frame, bool) {
	return Frame{Kind: kind, First: int(number) - 1, Count: 1}, number >= 1 && number <= wklyChannels
}

// wklyHooks reads a byte a lock. A lock that is neither open nor closed makes the whole frame nonsense: never a guess.
func wklyHooks(states []byte) (hooks uint64, ok bool) {
	for i, s := range states {
		if s > wklyClosed {
			return 0, false
		}
		hooks |= uint64(s) << i
	}
	return hooks, true
}
