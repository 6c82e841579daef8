package process

import "syscall"

// Attributes makes a process run as the owner (nil: as we do), in a process group of its own (an interrupt at the terminal
// is for us to pass on), and end when we die without having stopped it: by the signal given, or SIGTERM for 0.
func Attributes(o *Owner, orphan syscall.Signal) *syscall.SysProcAttr {
	if orphan == 0 {
		orphan = syscall.SIGTERM
	}
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: orphan}
	if o != nil {
		attr.Credential = &syscall.Credential{Uid: o.UID, Gid: o.GID}
	}
	return attr
}
