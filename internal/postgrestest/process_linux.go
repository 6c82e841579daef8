package postgrestest

import "syscall"

// attributes makes a process run as the owner, in a process group of its own (an interrupt at the terminal is for us to
// pass on), and end when we die without having stopped it.
func attributes(o *owner) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	if o != nil {
		attr.Credential = &syscall.Credential{Uid: o.uid, Gid: o.gid}
	}
	return attr
}
