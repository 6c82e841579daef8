//go:build unix && !linux

package postgrestest

import "syscall"

// attributes makes a process run as the owner, in a process group of its own.
func attributes(o *owner) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if o != nil {
		attr.Credential = &syscall.Credential{Uid: o.uid, Gid: o.gid}
	}
	return attr
}
