package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"lockhouse/app/locker"
)

// settings reads the settings and the table of compartments.
func settings(_ context.Context, p *Patient) {
	config := locker.Defaults()
	if p.SettingsFile != "" {
		f, err := os.Open(p.SettingsFile)
		if err != nil {
			p.cannotRead("settings", p.SettingsFile, err)
			return
		}
		defer f.Close()
		if config, err = locker.ReadConfig(f); err != nil {
			p.refusal("settings", Fault, err, "Correct "+p.SettingsFile+"; lockhouse-agent config prints every key with its explanation.")
			if config.StateDir == "" {
				return
			}
		}
		if p.agentReads("settings", f, config.StateDir) && err == nil {
			p.fine("settings", p.SettingsFile+" can be read.")
		}
	}
	p.config = config
	compartments(p)
}

func compartments(p *Patient) {
	f, err := os.Open(p.config.Compartments)
	if err != nil {
		p.cannotRead("compartments", p.config.Compartments, err)
		return
	}
	defer f.Close()
	boxes, err := locker.ReadCompartments(f, "")
	if err != nil {
		p.refusal("compartments", Fault, err, "Correct "+p.config.Compartments+".")
		return
	}
	p.boxes = boxes
	if p.agentReads("compartments", f, p.config.StateDir) {
		p.fine("compartments", fmt.Sprintf("%s names %d compartments.", p.config.Compartments, len(boxes)))
	}
}

// agentReads says so of a file that the agent's user, to whom its state directory belongs, can't read: root, who runs the doctor, can read all.
func (p *Patient) agentReads(about string, f *os.File, state string) bool {
	dir, dirErr := os.Stat(state)
	file, err := f.Stat()
	if dirErr != nil || err != nil {
		return true // what can't be looked at is told elsewhere
	}
	agent, owner, may := dir.Sys().(*syscall.Stat_t), file.Sys().(*syscall.Stat_t), file.Mode().Perm()
	if agent.Uid == 0 || may&0o004 != 0 || owner.Gid == agent.Gid && may&0o040 != 0 || owner.Uid == agent.Uid && may&0o400 != 0 {
		return true
	}
	p.say(about, Fault, f.Name()+" can't be read by the agent's user.", fmt.Sprintf("chgrp --reference=%s %[2]s; chmod g+r %[2]s", state, f.Name()))
	return false
}

func (p *Patient) cannotRead(about, path string, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.say(about, Fault, path+" is not there.", "Make it, or name another one in the settings.")
	case errors.Is(err, fs.ErrPermission):
		p.say(about, Fault, path+" can't be read by this user.", "Run the doctor as root: sudo lockhouse-agent doctor.")
	default:
		p.say(about, Fault, fmt.Sprintf("%s can't be read: %v.", path, err), "Check the disk (dmesg).")
	}
}
