package cabinet

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/creack/pty"
	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

const (
	lookMS      = 20  // how often the boards look after springs and the port while the line is quiet
	writeMS     = 200 // what an answer may take to be written; a driver that doesn't read loses it
	bufferBytes = 64
)

// Line is the cabinet's serial line: a pseudo-terminal whose far end the agent opens.
type Line struct {
	near *os.File // the boards'
	far  *os.File // kept open, so that the line outlives an agent that comes and goes
	path string
	stop context.CancelFunc
	done sync.WaitGroup
}

// Plug connects the cabinet's boards to a new serial line. A cabinet has one line; Close unplugs it.
func (c *Cabinet) Plug() (*Line, error) {
	blocking, far, err := pty.Open()
	if err != nil {
		return nil, err
	}
	near, err := withDeadlines(blocking)
	if err != nil {
		return nil, errors.Join(err, far.Close())
	}
	if err := makeRaw(far.Name()); err != nil {
		return nil, errors.Join(err, near.Close(), far.Close())
	}
	path, err := link(far.Name())
	if err != nil {
		return nil, errors.Join(err, near.Close(), far.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &Line{near: near, far: far, path: path, stop: stop}
	l.done.Go(func() { l.serve(ctx, c) })
	return l, nil
}

// Path names the port that the agent opens.
func (l *Line) Path() string { return l.path }

// Close unplugs the line: whoever has it open finds it lost.
func (l *Line) Close() error {
	l.stop()
	l.done.Wait()
	return errors.Join(os.RemoveAll(filepath.Dir(l.path)), l.near.Close(), l.far.Close())
}

// link names a terminal as udev names an adapter in /dev/serial/by-id: nobody else's has that name when this one is unplugged. The kernel gives the number of
// a terminal that is gone to the next one, whoever's that is.
func link(terminal string) (path string, err error) {
	dir, err := os.MkdirTemp("", "lh-port")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "ttyUSB0")
	if err := os.Symlink(terminal, path); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return path, nil
}

// withDeadlines gives the same terminal as a file whose reads and writes can be given up, in place of one where they
// can't.
func withDeadlines(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(err, unix.Close(fd), f.Close())
	}
	return os.NewFile(uintptr(fd), f.Name()), f.Close()
}

// makeRaw takes echo and line editing off a terminal, which opening it as a serial port does.
func makeRaw(path string) error {
	port, err := serial.Open(path, &serial.Mode{BaudRate: 19200, DataBits: 8})
	if err != nil {
		return err
	}
	return port.Close()
}

func (l *Line) serve(ctx context.Context, c *Cabinet) {
	e := ear{speech: c.speech}
	var buf [bufferBytes]byte
	for ctx.Err() == nil {
		l.share()
		n, err := l.listen(buf[:])
		if err != nil {
			return
		}
		if !l.understood(c.settings.Speed) {
			continue // noise to the boards, whatever it is
		}
		if c.settings.Echo && n > 0 {
			l.say(ctx, []piece{{bytes: bytes.Clone(buf[:n])}})
		}
		for _, b := range buf[:n] {
			if o, ok := e.hear(b); ok {
				l.say(ctx, c.obey(o, time.Now()))
			}
		}
		for _, frame := range c.news() {
			l.say(ctx, []piece{{bytes: frame}})
		}
	}
}

// listen waits a moment for bytes; none is no error.
func (l *Line) listen(buf []byte) (int, error) {
	if err := l.near.SetReadDeadline(time.Now().Add(lookMS * time.Millisecond)); err != nil {
		return 0, err
	}
	n, err := l.near.Read(buf)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, nil
	}
	return n, err
}

// say writes an answer, piece by piece.
func (l *Line) say(ctx context.Context, pieces []piece) {
	for _, p := range pieces {
		if !pause(ctx, p.after) {
			return
		}
		if err := l.near.SetWriteDeadline(time.Now().Add(writeMS * time.Millisecond)); err != nil {
			return
		}
		if _, err := l.near.Write(p.bytes); err != nil {
			return // nobody reads: the answer is lost, as on a real line
		}
	}
}

func pause(ctx context.Context, wait time.Duration) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// share lets the port be opened again. An agent that is killed leaves it marked as exclusively its own; a real port
// forgets that with the last close, but this one is never closed on both ends.
func (l *Line) share() {
	_ = unix.IoctlSetInt(int(l.far.Fd()), unix.TIOCNXCL, 0) // what can't be shared shows when it is opened
}
