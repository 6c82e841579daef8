package cabinet

import "golang.org/x/sys/unix"

// speeds are the marks by which a terminal keeps its speed.
var speeds = map[int]uint32{1_200: unix.B1200, 2_400: unix.B2400, 4_800: unix.B4800, 9_600: unix.B9600, 19_200: unix.B19200,
	38_400: unix.B38400, 57_600: unix.B57600, 115_200: unix.B115200}

// understood tells whether the port was opened at the boards' speed. What cannot be asked counts as understood.
func (l *Line) understood(speed int) bool {
	set, err := unix.IoctlGetTermios(int(l.far.Fd()), unix.TCGETS)
	if speed == 0 || err != nil {
		return true
	}
	return set.Cflag&unix.CBAUD == speeds[speed]
}
