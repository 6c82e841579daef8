package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const unit = "../../deploy/agent/lockhouse-agent.service"

// maxExposure is what systemd-analyze security may find at most, from 0 (nothing to attack) to 10. What is left are the serial
// lines, BlueZ's socket, the network, and the groups that open them.
const maxExposure = 1.5

// systemd reads the unit without a word, and finds it well confined.
func TestUnit(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not on this machine: the unit was not judged")
	}
	text, err := os.ReadFile(unit)
	must(t, err)
	local := filepath.Join(t.TempDir(), "lockhouse-agent.service") // the program is somewhere else before it is installed
	must(t, os.WriteFile(local, []byte(strings.ReplaceAll(string(text), "/usr/bin/lockhouse-agent", "/bin/true")), 0o600))
	if out, err := exec.Command("systemd-analyze", "verify", "--man=no", local).CombinedOutput(); err != nil || strings.Contains(string(out), "lockhouse-agent.service:") {
		t.Errorf("verify: %v\n%s", err, out)
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", local).CombinedOutput()
	found := regexp.MustCompile(`Overall exposure level[^:]*: ([0-9.]+)`).FindSubmatch(out)
	if found == nil {
		t.Skipf("this systemd-analyze knows no security --offline: %v\n%s", err, out)
	}
	score, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil || score > maxExposure {
		t.Errorf("exposure %s, at most %v:\n%s", found[1], maxExposure, out)
	}
	t.Logf("exposure %s", found[1])
}
