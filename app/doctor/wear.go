package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// wornTenths is from which tenth of its life on a flash chip is told as worn (JEDEC eMMC 5.0: 1 is 0 to 10 % used, 10 is 90 to
// 100 %, 11 is beyond).
const wornTenths = 9

// wear asks the flash chip below the state directory how much of its life is used. SD cards and USB sticks don't say.
func wear(_ context.Context, p *Patient) {
	info, err := os.Stat(p.config.StateDir)
	if err != nil {
		return
	}
	device := info.Sys().(*syscall.Stat_t).Dev
	p.worn(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(uint64(device)), unix.Minor(uint64(device))))
}

// worn reads what the kernel says of a block device, or of the disk that it is a part of.
func (p *Patient) worn(sys string) {
	dir, err := filepath.EvalSymlinks(sys)
	if err != nil {
		return
	}
	for _, at := range []string{dir, filepath.Dir(dir)} {
		text, err := os.ReadFile(filepath.Join(at, "device", "life_time"))
		if err != nil {
			continue
		}
		worst := 0
		for field := range strings.FieldsSeq(string(text)) {
			var tenths int
			if _, err := fmt.Sscanf(field, "0x%x", &tenths); err == nil {
				worst = max(worst, tenths)
			}
		}
		switch {
		case worst >= wornTenths:
			p.say("disk", Warning, fmt.Sprintf("The flash disk has used up %d to %d %% of its life.", (worst-1)*10, worst*10), "Change it before it fails; the state directory moves with it.")
		case worst > 0:
			p.fine("disk", fmt.Sprintf("The flash disk has used up %d to %d %% of its life.", (worst-1)*10, worst*10))
		}
		return
	}
}
