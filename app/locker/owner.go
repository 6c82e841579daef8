package locker

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"lockhouse"
)

// CheckOwner refuses to run as a user on a state directory that is another's. As root it would leave files that the agent
// can't open; and worse, whoever has got into the agent could have root run what they wrote there.
func (c Config) CheckOwner(uid int) error {
	for _, name := range []string{"", "updates", "updates/a", "updates/b", "updates/roots"} {
		dir := filepath.Join(c.StateDir, name)
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && uid != 0 {
			continue
		}
		if err != nil {
			return err
		}
		if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != uid || info.Mode().Perm()&0o002 != 0 {
			return lockhouse.Refuse(lockhouse.CodeForbidden, "%s belongs to %s (mode %04o): what others may write there must not be run by this user. Say: systemctl restart lockhouse-agent; or put 'runuser -u %[2]s --' in front. If it is this user's, chmod 700 it.",
				dir, nameOf(owner), info.Mode().Perm())
		}
	}
	return nil
}

func nameOf(id uint32) string {
	number := strconv.FormatUint(uint64(id), 10)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return number
}
