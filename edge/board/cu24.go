package board

// cu is KERONG's dialect for its bigger boards, CU24 and CU48, and how sure we are of each fact. Of the CU48 there are two
// public drivers in TypeScript, of one author; of the CU24 a description in others' notes.
//
//	19200 baud, 8N1                                        fairly sure: as KERONG's other boards
//	request  02 BOARD LOCK CMD 03 SUM                      sure for the CU48 (02 00 00 60 03 65 is in a driver), fairly
//	                                                       sure for the CU24; a status is asked of lock 0
//	SUM = low byte of the sum of all before it             sure
//	CU24: 50 status, 51 unlock, 65 reply                   fairly sure
//	CU48: 60 status, 61 unlock, 75 reply                   sure
//	CU24 reply 02 BOARD LOCK 65 H H H I I I 03 SUM         fairly sure; bit 0 of the first H is the first lock
//	CU48 reply 02 BOARD LOCK 75 H×6 I×6 03 SUM             NOT SURE: by analogy. The drivers read 02 BOARD 00 75 06 H×6 SUM
//	                                                       instead, 12 bytes without an 03. Get the vendor's sheet. A board
//	                                                       that answers otherwise is called garbled, and opens nothing
//	hook bit 1 = locked                                    fairly sure; HookReversed otherwise
//	an unlock is answered                                  not sure: with a status by analogy; the CU48's drivers read
//	                                                       02 BOARD LOCK 75 00 SUM. Where none is understood, the hook tells
//	addresses 0 to 31                                      not sure: five switches on pictures of the board
type cu struct {
	name, make             string
	channels               int
	status, unlock, report byte
	unsure                 string
}

var (
	cu24 = cu{name: "cu24", make: "KERONG CU24", channels: 24, status: 0x50, unlock: 0x51, report: 0x65}
	cu48 = cu{name: "cu48", make: "KERONG CU48", channels: 48, status: 0x60, unlock: 0x61, report: 0x75,
		unsure: "the layout of the status reply"}
)

const cuRequestBytes = 6

func (d cu) Traits() Traits {
	return Traits{Name: d.name, Make: d.make, Baud: 19_200, LastBoard: 31, Channels: d.channels, Items: true, Confirms: ByReport, Unsure: d.unsure}
}

func (d cu) Unlock(board, channel int) []byte { return cuFrame(board, channel, d.unlock) }

func (d cu) Ask(board, _ int) []byte { return cuFrame(board, 0, d.status) }

func cuFrame(board, channel int, cmd byte) []byte {
	f := []byte{stx, byte(board), byte(channel), cmd, etx}
	return append(f, sum(f))
}

func (d cu) Judge(held []byte, _ bool) (Frame, int) {
	if held[0] != stx {
		return Frame{}, -1
	}
	if len(held) < 4 {
		return Frame{}, 0
	}
	row, size := d.channels/8, 0
	switch held[3] {
	case d.status, d.unlock:
		size = cuRequestBytes
	case d.report:
		size = 4 + 2*row + 2
	}
	if n := sealed(held, size); n <= 0 || size == cuRequestBytes {
		return Frame{}, n
	}
	return Frame{Kind: Report, Board: int(held[1]), Count: d.channels, Hooks: bits(held[4 : 4+row]), Items: bits(held[4+row : 4+2*row])}, size
}
