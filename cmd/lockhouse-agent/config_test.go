package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockhouse/app/locker"
)

// Whoever is told that `lockhouse-agent config` prints a good file, because theirs is not, gets one; so does who has not enrolled the locker yet.
func TestConfigPrintsWhateverTheFileSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, shows, says string }{
		"not enrolled yet": {"state_dir = \"/nowhere\"\nbluetooth = false\n", "bluetooth = false", ""},
		"an unknown key":   {"serialport = 1\n", "serial_port = ", `no key "serialport"`},
		"a wrong type":     {"bluetooth = \"yes\"\n", "bluetooth = true", "Line 1, column 13"},
	} {
		file := filepath.Join(t.TempDir(), "agent.toml")
		must(t, os.WriteFile(file, []byte(c.text), 0o600))
		var out strings.Builder
		err := (&configCommand{settingsFlag{file}}).print(&out)
		if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(out.String(), c.shows) {
			t.Errorf("%s: %q is not in what it prints", name, c.shows)
		}
		if _, err := locker.ReadUnchecked(strings.NewReader(out.String())); err != nil {
			t.Errorf("%s: what it prints can't be read again: %v", name, err)
		}
	}
}
