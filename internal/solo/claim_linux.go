package solo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// bootID is drawn by the kernel at each start of the machine (random(4)).
const bootID = "/proc/sys/kernel/random/boot_id"

func claim(f *os.File) (string, error) {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return "", errors.Join(ErrTaken, err)
	}
	boot, err := os.ReadFile(bootID)
	if err != nil {
		return "", errors.Join(ErrTaken, err)
	}
	var stat syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &stat); err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(boot, "%d %d", stat.Dev, stat.Ino))
	return hex.EncodeToString(sum[:10]), nil
}
