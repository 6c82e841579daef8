package board

// cu16 is KERONG's dialect for CU12 and CU16, and how sure we are of each fact. There was no vendor's sheet to be had;
// the sources are five public drivers (github.com/julio-alv/lkaas-kerong in Rust, github.com/jin0949/KR-CU16_locker in
// Python, github.com/suryavirkapur/kerong-lib in C++, and two unnamed ones in TypeScript and Python).
//
//	19200 baud, 8N1                                        sure: all agree; the speed can be changed by command 40
//	request  02 ADDR CMD 03 SUM                            sure: all agree, byte for byte
//	SUM = low byte of the sum of all before it             sure: all agree
//	ADDR = board << 4 | lock, lock from 0                  sure: all agree; a status is asked of lock 0
//	reply    02 ADDR 35 H1-8 H9-16 I1-8 I9-16 03 SUM       sure: all agree; bit 0 is the first lock
//	hook bit 1 = locked                                    fairly sure: four of five; kerong-lib reads it the other way
//	                                                       round, so it may hang on the lock's own switch (HookReversed)
//	I = 1 when the infrared sensor sees something          fairly sure; sensors are an option
//	an unlock is answered with a status reply              not sure: one driver reads one and finds that often none
//	                                                       comes although the lock opens; three read nothing.
//	                                                       So both are expected, and neither is taken for an open door
//	CU12 is a CU16 with 12 locks                           fairly sure; newer CU12 firmware speaks another dialect
//	                                                       (8-byte frames, commands 80 and 81), which this is not
type cu16 struct{}

const (
	stx = 0x02
	etx = 0x03

	cu16Status    = 0x30 // asks one board
	cu16Unlock    = 0x31
	cu16StatusAll = 0x32
	cu16UnlockAll = 0x33 // never sent: nothing of ours opens every door at once
	cu16Report    = 0x35 // one board's answer
	cu16ReportAll = 0x36 // a board's answer to a status of all

	cu16RequestBytes = 5
	cu16ReportBytes  = 9
)

func (cu16) Traits() Traits {
	return Traits{Name: "cu16", Make: "KERONG CU12 or CU16", Baud: 19_200, LastBoard: 15, Channels: 16, Items: true, Confirms: ByReport}
}

func (cu16) Unlock(board, channel int) []byte { return cu16Frame(board, channel, cu16Unlock) }

func (cu16) Ask(board, _ int) []byte { return cu16Frame(board, 0, cu16Status) }

func cu16Frame(board, channel int, cmd byte) []byte {
	f := []byte{stx, byte(board<<4 | channel), cmd, etx}
	return append(f, sum(f))
}

func (cu16) Judge(held []byte, _ bool) (Frame, int) {
	if held[0] != stx {
		return Frame{}, -1
	}
	if len(held) < 3 {
		return Frame{}, 0
	}
	var size int
	switch held[2] {
	case cu16Status, cu16Unlock, cu16StatusAll, cu16UnlockAll:
		size = cu16RequestBytes
	case cu16Report, cu16ReportAll:
		size = cu16ReportBytes
	}
	if n := sealed(held, size); n <= 0 || size == cu16RequestBytes {
		return Frame{}, n
	}
	return Frame{Kind: Report, Board: int(held[1] >> 4), Count: 16, Hooks: bits(held[3:5]), Items: bits(held[5:7])}, size
}

// sealed judges a frame of KERONG's that is size bytes long and ends with 03 and the sum; size 0 is none.
func sealed(held []byte, size int) int {
	switch {
	case size == 0:
		return -1
	case len(held) < size:
		return 0
	case held[size-2] != etx || held[size-1] != sum(held[:size-1]):
		return -1
	}
	return size
}

// bits reads a row of bytes of which the first holds the first eight locks.
func bits(b []byte) (row uint64) {
	for i, x := range b {
		row |= uint64(x) << (8 * i)
	}
	return row
}
