package board

import (
	"errors"
	"io"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
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
// One program has it at a time: another that comes this way, as a probe beside an agent, is refused.
func Serial(path string, baud int) func() (Line, error) {
	return func() (Line, error) {
		lock, err := lockPort(path)
		if err != nil {
			return nil, err
		}
		port, err := serial.Open(path, &serial.Mode{
			BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit,
		})
		if err != nil {
			return nil, errors.Join(err, unix.Close(lock))
		}
		return locked{port, lock}, nil
	}
}

// locked is a port with the lock that holds others off.
type locked struct {
	serial.Port
	lock int // a file descriptor
}

func (l locked) Close() error { return errors.Join(l.Port.Close(), unix.Close(l.lock)) }

// lockPort takes the lock on a port that ends with the process, however it ends (flock(2)). The kernel's exclusive mode, which the port is
// opened in, holds off everybody but root; and technicians are root.
func lockPort(path string) (fd int, err error) {
	if fd, err = unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err != nil {
		return 0, err
	}
	if err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		err = unix.EBUSY
	}
	if err != nil {
		return 0, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}
