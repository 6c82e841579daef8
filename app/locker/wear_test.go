package locker

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWear(t *testing.T) {
	sys := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(sys, "mmcblk0", "device"), 0o700))
	must(t, os.MkdirAll(filepath.Join(sys, "mmcblk0", "mmcblk0p2"), 0o700))
	for text, want := range map[string]int{"0x01 0x02\n": 2, "0x03 0x0a\n": 10, "0x0b 0x01\n": 11, "": 0, "new\n": 0} {
		must(t, os.WriteFile(filepath.Join(sys, "mmcblk0", "device", "life_time"), []byte(text), 0o600))
		for _, at := range []string{"mmcblk0", "mmcblk0/mmcblk0p2"} {
			if got := wearOf(filepath.Join(sys, at)); got != want {
				t.Errorf("%s, %q: %d, not %d", at, text, got, want)
			}
		}
	}
	if got := wearOf(filepath.Join(sys, "sda1")); got != 0 {
		t.Errorf("a disk that says nothing: %d", got)
	}
}
