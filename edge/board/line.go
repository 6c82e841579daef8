package board

import (
	"io"
	"time"

	"go.bug.st/serial"
)

// Line is an open serial port, seen from the driver. A port of go.bug.st/serial is one, on a real adapter and on a
// pseudo-terminal alike.
type Line interface {
	io.ReadWriteCloser // Read gives 0 bytes and no error when the timeout has passed

	// SetReadTimeout sets how long the next Read waits for a first byte.
	SetReadTimeout(wait time.Duration) error

	// ResetInputBuffer throws away what has come in and was not read.
	ResetInputBuffer() error
}

// Serial gives a way to open the port at a path at a speed, with 8 data bits, no parity and 1 stop bit, which all
// dialects use. Name the port by /dev/serial/by-id/…, which stays the same when adapters are plugged in another order.
// The driver opens the port when it first needs it, and again after it was lost.
func Serial(path string, baud int) func() (Line, error) {
	return func() (Line, error) {
		return serial.Open(path, &serial.Mode{
			BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit,
		})
	}
}
