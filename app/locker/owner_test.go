package locker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockhouse"
)

// TestOwner: what another user may write is not run as this one: not a state directory of theirs, nor a slot in it.
func TestOwner(t *testing.T) {
	me := os.Geteuid()
	c := Config{StateDir: t.TempDir()}
	if err := c.CheckOwner(me); err != nil {
		t.Errorf("one's own: %v", err)
	}
	if err := (Config{StateDir: filepath.Join(c.StateDir, "none")}).CheckOwner(me); err != nil {
		t.Errorf("none yet: %v", err)
	}
	if err := c.CheckOwner(me + 1); lockhouse.CodeOf(err) != lockhouse.CodeForbidden || !strings.Contains(err.Error(), "runuser") {
		t.Errorf("another's: %v", err)
	}
	slot := filepath.Join(c.StateDir, "updates", "a")
	if err := os.MkdirAll(slot, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(slot, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := c.CheckOwner(me); lockhouse.CodeOf(err) != lockhouse.CodeForbidden {
		t.Errorf("a slot that everybody may write to: %v", err)
	}
}
