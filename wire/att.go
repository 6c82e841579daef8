package wire

import "fmt"

// An ATTError refuses one write. Over Bluetooth it is the ATT application error of that write (Bluetooth Core, Vol 3
// Part F, 3.4.1.1 leaves 0x80 to 0x9f to applications); over the demo radio it is the answer's status. Browsers show all of
// them alike, so whatever a person should know travels as a Status inside the channel instead.
type ATTError byte

// The refusals of a write.
const (
	ATTMalformed    ATTError = 0x80 // shorter than a frame can be, or empty
	ATTWrongSession ATTError = 0x81 // names another session than this link's
	ATTOutOfOrder   ATTError = 0x82 // not the frame that comes next
	ATTTooLong      ATTError = 0x83 // longer than a frame or a message may be
	ATTHandshake    ATTError = 0x84 // the first message was not made for this INFO and this locker; read INFO again
	ATTClosed       ATTError = 0x85 // the session is over; connect again
	ATTFull         ATTError = 0x86 // no session is free just now
	ATTChannel      ATTError = 0x87 // can't be opened, or means nothing; the session is over
)

var attWords = map[ATTError]string{
	ATTMalformed: "malformed frame", ATTWrongSession: "another session's frame", ATTOutOfOrder: "frame out of order",
	ATTTooLong: "frame or message too long", ATTHandshake: "first message not for this locker and INFO",
	ATTClosed: "session over", ATTFull: "no session free", ATTChannel: "message can't be opened or read",
}

// Error gives the refusal in words.
func (e ATTError) Error() string {
	if w, ok := attWords[e]; ok {
		return "latch: " + w
	}
	return fmt.Sprintf("latch: ATT error 0x%02x", byte(e))
}

// ATT gives the code that the radio answers with.
func (e ATTError) ATT() byte { return byte(e) }
