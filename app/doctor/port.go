package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// port looks whether the line to the lock boards is there, may be opened, and is free, without opening it for long or
// saying a byte. ok is false where nothing can be asked of the boards.
func (p *Patient) port() (ok bool) {
	path := p.config.SerialPort
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		p.say("serial port", Fault, path+" is not there: no door can be opened.", "Plug in the adapter, or name the right one as serial_port. "+portsThere())
		return false
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, fs.ErrPermission):
		p.say("serial port", Fault, path+" may not be opened by this user.", "Run the doctor as root. The agent's user has to be in the port's group: usermod -aG dialout lockhouse-agent.")
		return false
	case errors.Is(err, unix.EBUSY):
		p.say("serial port", Fault, path+" is in use by another program.", "Stop it: "+holder(path))
		return false
	case err != nil:
		p.say("serial port", Fault, fmt.Sprintf("%s can't be opened: %v.", path, err), "Unplug the adapter and plug it in again; look into dmesg.")
		return false
	}
	_, err = unix.IoctlGetTermios(fd, unix.TCGETS)
	_ = unix.Close(fd) // nothing was written
	if err != nil {
		p.say("serial port", Fault, path+" is not a serial port.", "Name the right one as serial_port. "+portsThere())
		return false
	}
	if who := holder(path); who != "" {
		p.say("serial port", Fault, path+" is in use by another program: two that speak on one line confuse the boards.", "Stop it: "+who)
		return false
	}
	p.fine("serial port", path+" is there.")
	return true
}

// portsThere names the serial ports of this machine.
func portsThere() string {
	for _, pattern := range []string{"/dev/serial/by-id/*", "/dev/ttyUSB*", "/dev/ttyACM*"} {
		if names, _ := filepath.Glob(pattern); len(names) > 0 {
			return "There are: " + strings.Join(names, ", ") + "."
		}
	}
	return "There is no USB serial adapter on this machine."
}

// holder names a process besides this one that has a device open, or gives "". It sees what this user may see.
func holder(path string) string {
	device, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	fds, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	me := strconv.Itoa(os.Getpid())
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err != nil || to != device {
			continue
		}
		pid := strings.Split(fd, "/")[2]
		if pid != me {
			name, _ := os.ReadFile("/proc/" + pid + "/comm") // a process that is gone has no name
			return fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), pid)
		}
	}
	return ""
}
