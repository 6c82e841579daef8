package board

// winnsen is the dialect of Winnsen's boards, and how sure we are of each fact. The source is one public driver (in
// Kotlin, in five versions of one author, for a board with an STM32) and what it says of itself.
//
//	9600 baud, 8N1                                         fairly sure
//	request 90 06 FN STATION LOCK 03                       fairly sure; 06 is the frame's length
//	FN 05 unlock, 12 status of one lock                    fairly sure
//	reply   90 07 85 STATION LOCK STATUS 03                fairly sure
//	        90 07 92 STATION STATUS LOCK 03                fairly sure: the two are swapped, which the author found out
//	no checksum                                            sure. So a reply alone is believed of nothing: an unlock is
//	                                                       confirmed by reading the lock's status, also one that is said to
//	                                                       have failed, and a door counts as changed when read so twice
//	STATUS of 85: 1 success, 0 failed, 2 cooling down      fairly sure
//	STATUS of 92: 1 open, 0 closed                         fairly sure; HookReversed otherwise
//	LOCK 1 to 16                                           fairly sure
//	a board's status is 16 questions: 0.4 s                by arithmetic. Four boards take longer than the second after
//	                                                       which the agent no longer says "it never opened" for sure
//	STATION 1 to 4, from two switches                      not sure: the author's earlier versions count from 0, so 0 is let be
type winnsen struct{}

const (
	winnsenHead     = 0x90
	winnsenEnd      = 0x03
	winnsenUnlock   = 0x05
	winnsenAsk      = 0x12
	winnsenReply    = 0x80 // added to what is answered
	winnsenAsks     = 6    // bytes, and the second of them
	winnsenAnswers  = 7
	winnsenChannels = 16
)

func (winnsen) Traits() Traits {
	return Traits{Name: "winnsen", Make: "Winnsen", Baud: 9_600, FirstBoard: 0, LastBoard: 4, Channels: winnsenChannels, LockByLock: true,
		Confirms: ByWord, Unchecked: true, Unsure: "whether the first station is 0 or 1"}
}

func (winnsen) Unlock(board, channel int) []byte { return winnsenFrame(winnsenUnlock, board, channel) }

func (winnsen) Ask(board, channel int) []byte { return winnsenFrame(winnsenAsk, board, channel) }

func winnsenFrame(fn byte, board, channel int) []byte {
	return []byte{winnsenHead, winnsenAsks, fn, byte(board), byte(channel + 1), winnsenEnd}
}

func (winnsen) Judge(held []byte, _ bool) (Frame, int) {
	if held[0] != winnsenHead {
		return Frame{}, -1
	}
	if len(held) < 3 {
		return Frame{}, 0
	}
	size := int(held[1])
	switch [2]byte{held[1], held[2]} {
	case [2]byte{winnsenAsks, winnsenUnlock}, [2]byte{winnsenAsks, winnsenAsk},
		[2]byte{winnsenAnswers, winnsenReply | winnsenUnlock}, [2]byte{winnsenAnswers, winnsenReply | winnsenAsk}:
	default:
		return Frame{}, -1
	}
	switch {
	case len(held) < size:
		return Frame{}, 0
	case held[size-1] != winnsenEnd:
		return Frame{}, -1
	case size == winnsenAsks:
		return Frame{}, size
	}
	return winnsenAnswer(held[:size])
}

// winnsenAnswer reads an answer. Without a checksum, whatever can't be is refused.
func winnsenAnswer(b []byte) (Frame, int) {
	kind, lock, status := Report, b[5], b[4]
	if b[2] == winnsenReply|winnsenUnlock {
		kind, lock, status = Unlocked, b[4], b[5]
	}
	most := byte(1)
	if kind == Unlocked {
		most = 2
	}
	if lock < 1 || lock > winnsenChannels || status > most {
		return Frame{}, -1
	}
	f := Frame{Kind: kind, Board: int(b[3]), First: int(lock) - 1, Count: 1}
	switch {
	case kind == Unlocked && status != 1:
		f.Kind = Declined
	case kind == Report && status == 0:
		f.Hooks = 1
	}
	return f, len(b)
}
