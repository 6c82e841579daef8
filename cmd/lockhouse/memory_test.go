package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMemoryOf(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	none := filepath.Join(t.TempDir(), "none")
	machine := write("MemFree:         10 kB\nMemTotal:       2048 kB\n")
	for name, c := range map[string]struct {
		machine, container string
		want               int64
	}{
		"a machine":           {machine, none, 2 << 20},
		"a container":         {machine, write("1048576\n"), 1 << 20},
		"a container's max":   {machine, write("max\n"), 2 << 20},
		"a larger container":  {machine, write("99999999999\n"), 2 << 20},
		"nobody knows":        {none, none, 0},
		"nonsense":            {write("MemTotal: many kB\n"), none, 0},
		"nothing is said":     {write(""), none, 0},
		"only of a container": {none, write("1048576\n"), 0},
	} {
		if got := memoryOf(c.machine, c.container); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
}
