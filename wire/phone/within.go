package phone

import (
	"context"
	"errors"
)

// maxFrames bounds what a link in the same process keeps for its phone.
const maxFrames = 1_024

// Session is a locker's end of a link in the same process, such as edge/agent's.
type Session interface {
	Info() []byte
	Write(frame []byte) error
	Close()
}

// Direct is a link without a radio.
type Direct struct {
	Session
	frames chan []byte
}

// Within connects to a locker in the same process; connect is given what the locker sends frames with.
func Within(connect func(send func(frame []byte) error) (Session, error)) (*Direct, error) {
	d := &Direct{frames: make(chan []byte, maxFrames)}
	var err error
	d.Session, err = connect(func(frame []byte) error {
		select {
		case d.frames <- frame:
			return nil
		default:
			return errors.New("phone: frames are not taken")
		}
	})
	return d, err
}

// Info reads INFO.
func (d *Direct) Info(context.Context) ([]byte, error) { return d.Session.Info(), nil }

// Write hands a frame over.
func (d *Direct) Write(_ context.Context, frame []byte) error { return d.Session.Write(frame) }

// Frames gives what the locker sent.
func (d *Direct) Frames() <-chan []byte { return d.frames }
