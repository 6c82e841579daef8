package board

// The frames of KERONG CU12 and CU16, and how sure we are of each fact. There was no vendor's sheet to be had; the
// sources are five public drivers (github.com/julio-alv/lkaas-kerong in Rust, github.com/jin0949/KR-CU16_locker in
// Python, github.com/suryavirkapur/kerong-lib in C++, and two unnamed ones in TypeScript and Python).
//
//	19200 baud, 8N1                                        sure: all agree; the speed can be changed by command 40
//	request  02 ADDR CMD 03 SUM                            sure: all agree, byte for byte
//	SUM = low byte of the sum of all before it             sure: all agree
//	ADDR = board << 4 | lock, lock from 0                  sure: all agree; a status is asked of lock 0
//	reply    02 ADDR 35 H1-8 H9-16 I1-8 I9-16 03 SUM       sure: all agree; bit 0 is the first lock
//	hook bit 1 = locked                                    fairly sure: four of five; kerong-lib reads it the other way
//	                                                       round, so it may hang on the lock's own switch (HookReversed)
//	I = 1 when the infrared sensor sees something          fairly sure; sensors are an option, and we don't use them
//	an unlock is answered with a status reply              not sure: one driver reads one and finds that often none
//	                                                       comes although the lock opens; three read nothing.
//	                                                       So both are expected, and neither is taken for an open door
//	CU12 is a CU16 with 12 locks                           fairly sure; newer CU12 firmware speaks another dialect
//	                                                       (8-byte frames, commands 80 and 81), which this is not
const (
	stx = 0x02
	etx = 0x03

	cmdStatus    = 0x30 // asks one board
	cmdUnlock    = 0x31
	cmdStatusAll = 0x32
	cmdUnlockAll = 0x33 // never sent: nothing of ours opens every door at once
	cmdReport    = 0x35 // one board's answer
	cmdReportAll = 0x36 // a board's answer to a status of all

	requestBytes = 5
	reportBytes  = 9
)

// The bounds of a line.
const (
	Boards   = 16 // addresses on one line, 0 to 15
	Channels = 16 // locks on one board, 0 to 15; a CU12 has 12
)

// request makes the frame for a command to one lock.
func request(board, channel int, cmd byte) [requestBytes]byte {
	f := [requestBytes]byte{stx, byte(board<<4 | channel), cmd, etx}
	f[requestBytes-1] = sum(f[:requestBytes-1])
	return f
}

func sum(b []byte) (s byte) {
	for _, x := range b {
		s += x
	}
	return s
}

// report is a board's status as it came over the line.
type report struct {
	board int
	hooks uint16 // bit n is lock n
}

// parser finds frames in a stream of bytes, however the bytes are split and whatever stands between them. It holds back
// at most one frame. The zero value is ready.
type parser struct {
	held    [reportBytes]byte
	n       int
	dropped int // bytes that belonged to no frame
}

// feed takes one byte and gives the report that it completed, if it did. Requests, which an adapter may echo, are
// recognised and passed over.
func (p *parser) feed(b byte) (r report, ok bool) {
	p.held[p.n] = b
	p.n++
	for p.n > 0 {
		size, fault := p.frame()
		switch {
		case fault:
			p.shift(1) // resynchronise: a frame may begin at any of the bytes behind
			p.dropped++
		case size == 0:
			return report{}, false
		case size == reportBytes:
			r = report{board: int(p.held[1] >> 4), hooks: uint16(p.held[3]) | uint16(p.held[4])<<8}
			p.shift(size)
			return r, true
		default:
			p.shift(size)
		}
	}
	return report{}, false
}

// frame judges what is held: a whole frame of some size, the beginning of one (0), or a fault at the first byte.
func (p *parser) frame() (size int, fault bool) {
	if p.held[0] != stx {
		return 0, true
	}
	if p.n < 3 {
		return 0, false
	}
	switch p.held[2] {
	case cmdStatus, cmdUnlock, cmdStatusAll, cmdUnlockAll:
		size = requestBytes
	case cmdReport, cmdReportAll:
		size = reportBytes
	default:
		return 0, true
	}
	if p.n < size {
		return 0, false
	}
	if p.held[size-2] != etx || p.held[size-1] != sum(p.held[:size-1]) {
		return 0, true
	}
	return size, false
}

func (p *parser) shift(by int) {
	copy(p.held[:], p.held[by:p.n])
	p.n -= by
}
