package panel

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"lockhouse"
	"lockhouse/internal/backoff"
)

// waits between tries to open what is not plugged in; the last one is repeated.
var waits = backoff.Schedule{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second}

const (
	readBytes = 1_024
	scanBaud  = 9_600 // what scanners leave the factory with; on USB it means nothing
	away      = "is away"
)

// attend keeps a device open: it reads until the device is gone, and looks for it again. begin makes who is given what
// was read, anew for each time that it was opened, since half a line from before means nothing.
func (p *Panel) attend(ctx context.Context, name string, open func() (io.ReadCloser, error), begin func(context.Context) func([]byte)) {
	tries := 0
	for ctx.Err() == nil {
		device, err := open()
		if err == nil {
			p.leave(ctx, func(time.Time) { p.fault(name, "", nil) })
			if p.readAll(ctx, device, begin(ctx)) {
				tries = 0
			}
		}
		if ctx.Err() != nil {
			return
		}
		p.leave(ctx, func(time.Time) { p.fault(name, away, err) })
		tries = min(tries+1, len(waits))
		pause(ctx, waits[tries-1])
	}
}

// readAll reads until the device ends or ctx does, and tells whether anything came.
func (p *Panel) readAll(ctx context.Context, device io.ReadCloser, feed func([]byte)) (came bool) {
	stop := context.AfterFunc(ctx, func() { _ = device.Close() }) // which ends a read under way
	defer func() {
		if stop() {
			_ = device.Close() // it is gone already, or about to be
		}
	}()
	buf := make([]byte, readBytes)
	for {
		n, err := device.Read(buf)
		if n > 0 {
			came = true
			feed(buf[:n])
		}
		if err != nil || n == 0 {
			return came
		}
	}
}

func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// grab is EVIOCGRAB of linux/input.h: nobody else hears of the keys, neither the console nor the screen's browser.
const grab = 0x40044590

// keyboard opens a file of /dev/input. A pipe passes for one: tests have no other.
func keyboard(path string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err == nil && info.Mode()&fs.ModeNamedPipe == 0 {
			err = grabbed(f)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
}

func grabbed(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = unix.IoctlSetInt(int(fd), grab, 1) })
	if failed != nil {
		failed = lockhouse.Refuse(lockhouse.CodeConflict, "%s can't be had for the panel alone: it is no input device, or another program has it.", f.Name()).Because(failed)
	}
	return errors.Join(err, failed)
}

// serialLine opens a scanner's serial line.
func serialLine(path string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		return serial.Open(path, &serial.Mode{BaudRate: scanBaud, DataBits: 8})
	}
}
