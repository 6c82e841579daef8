package lockhouse_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// minThreatRows keeps the page from being emptied unseen.
const minThreatRows = 20

// TestThreatModelNamesTests: every row of docs/threat-model.md says by which tests it is held, and those exist.
func TestThreatModelNamesTests(t *testing.T) {
	page, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	named, rows := regexp.MustCompile("`([a-z/]+): (Test[A-Za-z0-9]+)`"), 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") || strings.HasSuffix(strings.TrimSpace(line), "| held by |") {
			continue
		}
		rows++
		tests := named.FindAllStringSubmatch(line, -1)
		if len(tests) == 0 {
			t.Errorf("no test holds: %s", line)
		}
		for _, name := range tests {
			if !declares(t, name[1], name[2]) {
				t.Errorf("%s has no %s, which holds: %s", name[1], name[2], line)
			}
		}
	}
	if rows < minThreatRows {
		t.Errorf("%d rows", rows)
	}
}

func declares(t *testing.T, dir, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+test+"(") {
			return true
		}
	}
	return false
}
