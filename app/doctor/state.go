package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"lockhouse"
	"lockhouse/app/locker"
)

// minFreeBytes is what the state directory's disk has to have free: the journal written anew, and an update beside it.
const (
	minFreeBytes  = 64 << 20
	fullFreeBytes = 1 << 20
)

// state looks at the state directory: there, ours, writable, with room on the disk.
func state(_ context.Context, p *Patient) {
	dir := p.config.StateDir
	info, err := os.Stat(dir)
	if err != nil {
		p.cannotRead("state", dir, err)
		return
	}
	if !info.IsDir() {
		p.say("state", Fault, dir+" is not a directory.", "Move the file away; the package makes the directory.")
		return
	}
	sound := p.room(dir)
	sound = p.owner(dir, info) && sound
	if sound {
		p.fine("state", dir+" can be written, and has room.")
	}
}

// room looks at the disk below.
func (p *Patient) room(dir string) bool {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		p.say("state", Warning, fmt.Sprintf("The disk of %s does not say how full it is: %v.", dir, err), "")
		return false
	}
	free := fs.Bavail * uint64(fs.Bsize)
	switch {
	case fs.Flags&unix.ST_RDONLY != 0:
		p.say("state", Fault, "The disk of "+dir+" is mounted read-only: no door can be opened.",
			"A disk that fails is often remounted so: look into dmesg, save the directory, and change the disk. If it is meant so, keep state_dir on another one.")
	case free < fullFreeBytes:
		p.say("state", Fault, fmt.Sprintf("The disk of %s is full (%d kB free): no door can be opened.", dir, free>>10), "Make room on it, at least 64 MB.")
	case free < minFreeBytes:
		p.say("state", Warning, fmt.Sprintf("The disk of %s is nearly full (%d MB free).", dir, free>>20), "Make room on it, at least 64 MB.")
	default:
		return true
	}
	return false
}

// owner looks whether everything in the directory belongs to whom the directory belongs to, and to nobody else. A command
// that was run as root leaves files that the agent can't open.
func (p *Patient) owner(dir string, info os.FileInfo) bool {
	sound := true
	if info.Mode().Perm()&0o077 != 0 {
		p.say("state", Warning, fmt.Sprintf("%s can be read by other users (mode %04o): the locker's keys lie there.", dir, info.Mode().Perm()), "chmod 700 "+dir)
		sound = false
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	if me := os.Geteuid(); me != 0 && uint32(me) != owner {
		p.say("state", Fault, dir+" belongs to another user.", "Run the doctor as root: sudo lockhouse-agent doctor. If the agent runs as this user, give it the directory: chown -R.")
		return false
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Sys().(*syscall.Stat_t).Uid != owner {
			p.say("state", Fault, path+" belongs to another user than "+dir+": the agent can't use it.",
				fmt.Sprintf("chown -R --reference=%s %s", dir, dir))
			sound = false
			return fs.SkipAll
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // what was just removed was not ours to look at
		p.say("state", Fault, fmt.Sprintf("%s can't be read: %v.", dir, err), "Check the disk (dmesg).")
		return false
	}
	return sound
}

// agentRunning asks the agent, if one runs.
func agentRunning(ctx context.Context, p *Patient) {
	c, err := locker.AskCondition(ctx, p.config.StateDir)
	switch {
	case lockhouse.CodeOf(err) == lockhouse.CodeNotFound || errors.Is(err, fs.ErrNotExist):
		p.say("agent", Warning, "No agent runs on "+p.config.StateDir+".", "systemctl start lockhouse-agent; why it ended: journalctl -u lockhouse-agent -n 50.")
	case err != nil:
		p.say("agent", Fault, fmt.Sprintf("The agent is there and does not answer: %v.", err), "Its watchdog starts it anew within a minute or two; if this stays: systemctl restart lockhouse-agent.")
	default:
		p.running, p.floor = &c, c.Agent.Floor
		p.agentSays(c)
	}
}

func (p *Patient) agentSays(c locker.Condition) {
	before := len(p.found)
	for _, fault := range c.Agent.Faults {
		p.agentFault(fault)
	}
	switch {
	case len(p.found) > before:
	case !c.Agent.DropOffs:
		p.say("agent", Warning, "The agent takes no more drop-offs: thousands of receipts wait for the network.", "Bring the line up (see line), or let phones carry receipts.")
	default:
		p.fine("agent", fmt.Sprintf("The agent runs (version %s, start %d on this journal, for %d s).", c.Version, c.Agent.Boot, c.Agent.UptimeS))
	}
}

// agentFault passes on what the agent says is wrong. Boards and the panel have places of their own.
func (p *Patient) agentFault(fault string) {
	switch number, off := strings.CutSuffix(fault, " not in the table"); {
	case fault == "journal":
		p.say("agent", Fault, "The agent's journal has failed: no door opens.", "Look at the disk (dmesg); the agent starts anew by itself.")
	case fault == "journal lost":
		p.say("agent", Fault, "The network knows of receipts that this locker's journal does not have: it takes no drop-offs, since nobody knows what lies behind the doors.",
			"Was the disk changed or restored? Have every compartment looked into, and ask the operator.")
	case strings.HasPrefix(fault, "disk"):
		p.say("agent", Fault, "The agent's journal takes nothing ("+fault+"): no door opens.", "Make room on the disk, or see whether it can be written to (dmesg); the agent goes on by itself.")
	case off:
		p.say("agent", Fault, "A parcel lies in "+number+", which is not in "+p.config.Compartments+": nobody can fetch it.", "Put its line back, and start the agent anew.")
	}
}

// identity looks for the locker's name and keys.
func identity(_ context.Context, p *Patient) {
	id, err := locker.LoadIdentity(p.config.StateDir)
	if err != nil {
		p.refusal("identity", Fault, err, "A new locker: lockhouse-agent enrol. One that was registered: restore its state directory; a new identity would orphan its parcels.")
		return
	}
	p.identity = &id
	p.fine("identity", "This is locker "+string(id.ID)+".")
}
