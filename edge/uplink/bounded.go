package uplink

import (
	"fmt"
	"net"
	"time"
)

// maxReadBytes bounds what is read in a window of readWindowS. A welcome has some hundred bytes, an acknowledgement fifty.
// NATS itself would take a message of any size; one that is bigger than a window is cut off by a ping without an answer.
const (
	maxReadBytes = 4 << 20
	readWindowS  = 60
)

// bounded is a connection to a network that may be out of its mind: it does not wait for ever until something is read
// there, and does not read more than anybody has to say.
type bounded struct {
	net.Conn
	read  int
	since time.Time
}

// Write gives up after writeS.
func (b *bounded) Write(p []byte) (int, error) {
	if err := b.SetWriteDeadline(time.Now().Add(writeS * time.Second)); err != nil {
		return 0, err
	}
	return b.Conn.Write(p)
}

// Read refuses what is beyond the window's measure. It is called from one goroutine at a time.
func (b *bounded) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(b.since) > readWindowS*time.Second {
		b.read, b.since = 0, now
	}
	if b.read > maxReadBytes {
		return 0, fmt.Errorf("%w: %d bytes within %d s", errTooMuch, b.read, readWindowS)
	}
	n, err := b.Conn.Read(p)
	b.read += n
	return n, err
}
