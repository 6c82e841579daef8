//go:build unix && !linux

package process

import "syscall"

// Attributes makes a process run as the owner (nil: as we do), in a process group of its own. Nothing but Linux can end it
// when we die.
func Attributes(o *Owner, _ syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if o != nil {
		attr.Credential = &syscall.Credential{Uid: o.UID, Gid: o.GID}
	}
	return attr
}
