package wire

import (
	"encoding/binary"
	"fmt"
)

// Limits of frames and of the messages that are cut into them.
const (
	MaxMessageBytes = 2_048
	MaxFrameBytes   = 509 // BlueZ takes writes of 510 at most, and 512 is GATT's own limit
	MinFrameBytes   = 20  // what the smallest ATT MTU of 23 leaves

	attHeadBytes   = 3
	firstHeadBytes = 4    // session, 0x80, length of the message in 2 bytes
	headBytes      = 2    // session, index
	firstFlag      = 0x80 // in the second byte of a message's first frame, whose index is 0
	maxIndex       = 0x7f
)

// FrameBytes gives the largest frame at an ATT MTU: min(MTU-3, 509), and never below 20.
func FrameBytes(mtu int) int { return max(MinFrameBytes, min(mtu-attHeadBytes, MaxFrameBytes)) }

// Cut cuts a message of 1 to MaxMessageBytes into frames of at most frameBytes.
func Cut(session byte, message []byte, frameBytes int) ([][]byte, error) {
	if len(message) == 0 || len(message) > MaxMessageBytes {
		return nil, fmt.Errorf("a message has 1 to %d bytes, not %d", MaxMessageBytes, len(message))
	}
	if frameBytes < MinFrameBytes || frameBytes > MaxFrameBytes {
		return nil, fmt.Errorf("a frame has %d to %d bytes, not %d", MinFrameBytes, MaxFrameBytes, frameBytes)
	}
	first := binary.BigEndian.AppendUint16([]byte{session, firstFlag}, uint16(len(message)))
	n := min(len(message), frameBytes-firstHeadBytes)
	frames := [][]byte{append(first, message[:n]...)}
	for rest := message[n:]; len(rest) > 0; rest = rest[n:] {
		n = min(len(rest), frameBytes-headBytes)
		frames = append(frames, append([]byte{session, byte(len(frames))}, rest[:n]...))
	}
	return frames, nil
}

// Joiner puts frames of one session together again. Its memory is bounded by MaxMessageBytes. After a refusal it has
// forgotten the message that was under way, unless the frame was another session's, which never concerned it.
type Joiner struct {
	Session byte

	want    int // length of the message under way; 0 when none is
	next    byte
	message []byte
}

// Add takes the next frame, and gives the message when it was the last one, nil before. A frame of another session, out
// of order, repeated, empty, or longer than was announced is refused with an ATTError.
func (j *Joiner) Add(frame []byte) ([]byte, error) {
	if len(frame) > 0 && frame[0] != j.Session {
		return nil, ATTWrongSession
	}
	message, err := j.add(frame)
	if err != nil || message != nil {
		j.want, j.next, j.message = 0, 0, nil
	}
	return message, err
}

func (j *Joiner) add(frame []byte) ([]byte, error) {
	if len(frame) <= headBytes {
		return nil, ATTMalformed
	}
	if len(frame) > MaxFrameBytes {
		return nil, ATTTooLong
	}
	payload, err := j.place(frame)
	if err != nil {
		return nil, err
	}
	if len(payload) == 0 {
		return nil, ATTMalformed
	}
	if len(j.message)+len(payload) > j.want {
		return nil, ATTTooLong
	}
	j.message = append(j.message, payload...)
	if len(j.message) < j.want {
		return nil, nil
	}
	return j.message, nil
}

// place checks that the frame is the one that comes next, and gives what it carries.
func (j *Joiner) place(frame []byte) ([]byte, error) {
	if frame[1] != firstFlag {
		if j.want == 0 || frame[1] != j.next || j.next > maxIndex {
			return nil, ATTOutOfOrder
		}
		j.next++
		return frame[headBytes:], nil
	}
	if j.want != 0 {
		return nil, ATTOutOfOrder
	}
	if len(frame) <= firstHeadBytes {
		return nil, ATTMalformed
	}
	j.want, j.next = int(binary.BigEndian.Uint16(frame[2:])), 1
	if j.want == 0 {
		return nil, ATTMalformed
	}
	if j.want > MaxMessageBytes {
		return nil, ATTTooLong
	}
	return frame[firstHeadBytes:], nil
}
