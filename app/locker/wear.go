package locker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// WornTenths is from which tenth of its life on a flash chip counts as worn.
const WornTenths = 9

// FlashWear asks the flash chip below a directory how much of its life is used, in tenths that have begun (JEDEC eMMC 5.0: 1 is 0 to 10 %
// used, 10 is 90 to 100 %, 11 is beyond). 0 is not known: SD cards and USB sticks don't say.
func FlashWear(dir string) (tenths int) {
	info, err := os.Stat(dir)
	if err != nil {
		return 0
	}
	device := info.Sys().(*syscall.Stat_t).Dev
	return wearOf(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(uint64(device)), unix.Minor(uint64(device))))
}

// wearOf reads what the kernel says of a block device, or of the disk that it is a part of.
func wearOf(sys string) (tenths int) {
	dir, err := filepath.EvalSymlinks(sys)
	if err != nil {
		return 0
	}
	for _, at := range []string{dir, filepath.Dir(dir)} {
		text, err := os.ReadFile(filepath.Join(at, "device", "life_time"))
		if err != nil {
			continue
		}
		for field := range strings.FieldsSeq(string(text)) {
			var used int
			if _, err := fmt.Sscanf(field, "0x%x", &used); err == nil {
				tenths = max(tenths, used)
			}
		}
		return tenths
	}
	return 0
}
