package onair

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lockhouse/sim/cabinet"
)

// maxExposure is what systemd may find the unit's exposure to be at most, from 0 to 10.
const maxExposure = 1.5

func needsSystemd(t *testing.T) {
	t.Helper()
	if os.Getenv(realSystemd) == "" {
		t.Skip("needs a machine with systemd that is there for this; scripts/test-systemd brings one")
	}
}

// installedStand has the cabinet at the far end of the boards' port, and nothing else yet. Behind one door there is something
// already; behind door 0 there is no room.
func installedStand(t *testing.T, full int) *stand {
	t.Helper()
	needsSystemd(t)
	s := &stand{t: t, air: systemAir{t}, dir: settingsDir, state: installedDir}
	all, _ := s.boxes()
	var err error
	s.steel, err = cabinet.New(all, cabinet.Settings{})
	must(t, err)
	if full > 0 {
		must(t, errors.Join(s.steel.Force(full), s.steel.Put(full, "what was there before"), s.steel.Shut(full)))
	}
	plug, err := s.steel.Plug()
	must(t, err)
	t.Cleanup(func() { _ = plug.Close() })
	s.nullModem(plug.Path(), s.farPort())
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := s.try("journalctl --boot --no-pager --lines=200 --unit=" + unit + " --unit=bluetooth --unit=dbus; systemctl --no-pager status " + unit)
			t.Logf("the journal: %s", out)
		}
	})
	return s
}

// farPort is the other end of the boards' port: the one serial port on the PCI bus.
func (s *stand) farPort() string {
	s.t.Helper()
	found, err := filepath.Glob("/sys/bus/pci/devices/*/tty/tty*")
	must(s.t, err)
	if len(found) != 1 {
		s.t.Fatalf("the machine has these serial ports on its PCI bus, not one: %v", found)
	}
	return "/dev/" + filepath.Base(found[0])
}

// nullModem carries bytes between two ports until the test ends.
func (s *stand) nullModem(ports ...string) {
	s.t.Helper()
	var files []*os.File
	for _, port := range ports {
		s.sh("stty -F " + port + " raw -echo 19200")
		f, err := os.OpenFile(port, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
		must(s.t, err)
		s.t.Cleanup(func() { _ = f.Close() })
		files = append(files, f)
	}
	for i, f := range files { // end with their files
		go func() { _, _ = io.Copy(f, files[1-i]) }()
	}
}

// sh runs a script as root, and gives what it printed.
func (s *stand) sh(script string) string {
	s.t.Helper()
	out, err := s.try(script)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return out
}

func (s *stand) try(script string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "/bin/bash", "-c", script)
	c.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_COLORS=0"}
	out, err := c.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (s *stand) property(unit, name string) string {
	s.t.Helper()
	return s.sh("systemctl show --value --property=" + name + " " + unit)
}

// service holds a property of the agent's unit to a value.
func (s *stand) service(want, name string) {
	s.t.Helper()
	if got := s.property(unit, name); got != want {
		s.t.Errorf("of the service, %s is %s, not %s", name, got, want)
	}
}

func (s *stand) isUpSoon(up func(context.Context) error) {
	s.t.Helper()
	var err error
	for ctx := limit(s.t); ; time.Sleep(100 * time.Millisecond) {
		if err = up(ctx); err == nil {
			return
		}
		if ctx.Err() != nil {
			s.t.Fatal(err)
		}
	}
}

// isConfined looks from inside the service at what it could do if somebody had taken it over.
func (s *stand) isConfined() {
	pid := s.property(unit, "MainPID")
	status := s.sh("cat /proc/" + pid + "/status")
	for _, want := range []string{"CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} {
		if !strings.Contains(status, want) {
			s.t.Errorf("its process has no %q:\n%s", want, status)
		}
	}
	inside := "nsenter --target " + pid + " --mount -- "
	for _, dir := range []string{"/usr/bin", settingsDir, "/var/lib"} {
		if out, err := s.try(inside + "touch " + dir + "/written"); err == nil || !strings.Contains(out, "Read-only") {
			s.t.Errorf("a write into %s: %v: %s", dir, err, out)
		}
	}
	s.sh(inside + "touch " + installedDir + "/written && rm " + installedDir + "/written")
	if out, err := s.try(inside + "ls /root/"); err != nil || out != "" {
		s.t.Errorf("it sees what is in root's directory: %v: %s", err, out)
	}
	s.devices()
	s.exposure()
}

// devices opens some from within the service's control group, whose filter counts for root too.
func (s *stand) devices() {
	group := "echo $BASHPID > /sys/fs/cgroup" + s.property(unit, "ControlGroup") + "/cgroup.procs && "
	s.sh("(" + group + "exec 3<>/dev/ttyS0)")
	for _, device := range []string{"/dev/vda", "/dev/port", "/dev/vhci"} {
		if out, err := s.try("test -e " + device + " && (" + group + "exec 3<" + device + ")"); err == nil || !strings.Contains(out, "Operation not permitted") {
			s.t.Errorf("the service can open %s: %v: %s", device, err, out)
		}
	}
}

func (s *stand) exposure() {
	found := regexp.MustCompile(`Overall exposure level[^:]*: ([0-9.]+)`).FindStringSubmatch(s.sh("systemd-analyze security --no-pager " + unit))
	if found == nil {
		s.t.Fatal("systemd-analyze gives no exposure")
	}
	if score, err := strconv.ParseFloat(found[1], 64); err != nil || score > maxExposure {
		s.t.Errorf("the exposure is %s, at most %v", found[1], maxExposure)
	}
	s.t.Log(fmt.Sprintf("exposure %s, memory %s bytes", found[1], s.property(unit, "MemoryCurrent")))
}
