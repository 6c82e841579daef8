package main

import (
	"bytes"
	"crypto/rand"
	"debug/elf"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockhouse/app/doctor"
	"lockhouse/app/locker"
	"lockhouse/internal/longtest"
	"lockhouse/sim/cabinet"
)

// machine is a Debian machine of its own: what this one has, below a layer that takes all that is written.
type machine struct {
	t        *testing.T
	root     string
	cabinet  *cabinet.Cabinet
	line     *cabinet.Line
	notified *net.UnixConn // what systemd would hear
}

const table = "number,size,rank,column,row,floor_mm,board,channel\n1,S,1,1,1,100,0,0\n2,M,2,1,2,400,0,1\n"

// newMachine needs root and overlayfs; where there are none, the test is skipped with a line that says so.
func newMachine(t *testing.T) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a package is installed on a layer over this machine, and mounting one takes root: run this test as root")
	}
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("there is no dpkg on this machine to install a package with")
	}
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", 0, "size=256m")
	m := &machine{t: t, root: filepath.Join(dir, "root")}
	for _, name := range []string{"upper", "work", "root"} {
		must(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	if err := syscall.Mount("overlay", m.root, "overlay", 0, fmt.Sprintf("lowerdir=/,upperdir=%s/upper,workdir=%s/work", dir, dir)); err != nil {
		t.Skipf("there is no overlayfs on this machine to install a package on: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(m.root, syscall.MNT_DETACH) })
	mount(t, "/dev", filepath.Join(m.root, "dev"), "", syscall.MS_BIND|syscall.MS_REC, "")
	mount(t, "proc", filepath.Join(m.root, "proc"), "proc", 0, "")
	m.plug()
	return m
}

func mount(t *testing.T, what, where, kind string, flags uintptr, data string) {
	t.Helper()
	err := syscall.Mount(what, where, kind, flags, data)
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("a package is installed on a layer over this machine, and mounting one is not permitted here")
	}
	must(t, err)
	t.Cleanup(func() { _ = syscall.Unmount(where, syscall.MNT_DETACH) })
}

// plug connects a cabinet, by a port that belongs to the group that serial ports belong to.
func (m *machine) plug() {
	boxes, err := locker.ReadCompartments(strings.NewReader(table), "")
	must(m.t, err)
	m.cabinet, err = cabinet.New(boxes, cabinet.Settings{})
	must(m.t, err)
	m.line, err = m.cabinet.Plug()
	must(m.t, err)
	m.t.Cleanup(func() { _ = m.line.Close() })
	must(m.t, os.Chmod(m.line.Path(), 0o660))
}

// sh runs a script on the machine, as root, and gives what it printed.
func (m *machine) sh(script string) string {
	m.t.Helper()
	out, err := m.try(script)
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return out
}

func (m *machine) try(script string) (string, error) {
	c := exec.Command("/bin/sh", "-ec", script)
	c.SysProcAttr = &syscall.SysProcAttr{Chroot: m.root}
	c.Dir, c.Env = "/", []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive"}
	out, err := c.CombinedOutput()
	return string(out), err
}

// install puts a package on the machine.
func (m *machine) install(deb string) {
	m.t.Helper()
	data, err := os.ReadFile(deb)
	must(m.t, err)
	must(m.t, os.WriteFile(filepath.Join(m.root, "root", "agent.deb"), data, 0o600))
	m.sh("dpkg -i /root/agent.deb")
}

// asAgent is how the service manager starts the agent: as its user, with the groups of its unit.
const asAgent = "setpriv --reuid lockhouse-agent --regid lockhouse-agent --groups dialout,input,bluetooth,audio "

// start starts the agent and waits until it says that it is ready, as systemd would.
func (m *machine) start(emulator string) *exec.Cmd {
	m.t.Helper()
	path := filepath.Join(m.root, "run", "notify")
	_ = os.Remove(path)
	var err error
	m.notified, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(m.t, err)
	must(m.t, os.Chmod(path, 0o666))
	verb := "launch"
	if emulator != "" { // launch becomes the program, which the kernel alone can't run: this is what it would become
		verb = "run"
	}
	c := exec.Command("/bin/sh", "-c", "exec "+asAgent+emulator+" /usr/bin/lockhouse-agent "+verb)
	c.SysProcAttr = &syscall.SysProcAttr{Chroot: m.root, Pdeathsig: syscall.SIGKILL}
	c.Dir, c.Env = "/", []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "NOTIFY_SOCKET=/run/notify", "WATCHDOG_USEC=2000000", "LOCKHOUSE_AGENT_CONFIG=/etc/lockhouse/agent.toml"}
	log := &bytes.Buffer{}
	c.Stdout, c.Stderr = log, log
	must(m.t, c.Start())
	m.t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		_ = m.notified.Close()
		if m.t.Failed() {
			m.t.Log(log)
		}
	})
	m.hears("READY=1")
	return c
}

// hears waits until the agent says something to who started it.
func (m *machine) hears(want string) {
	m.t.Helper()
	must(m.t, m.notified.SetReadDeadline(time.Now().Add(60*time.Second)))
	for buf := make([]byte, 512); ; {
		n, err := m.notified.Read(buf)
		if err != nil {
			m.t.Fatalf("waited in vain for %s: %v", want, err)
		}
		if string(buf[:n]) == want {
			return
		}
	}
}

func (m *machine) stop(c *exec.Cmd) {
	m.t.Helper()
	must(m.t, c.Process.Signal(syscall.SIGTERM))
	m.hears("STOPPING=1")
	if err := c.Wait(); err != nil {
		m.t.Errorf("the agent ended with %v", err)
	}
	_ = m.notified.Close()
}

// setUp is what a technician does with a new locker.
func (m *machine) setUp(emulator string) {
	issuer, err := locker.MakeIdentity(m.t.TempDir(), rand.Reader)
	must(m.t, err)
	settings := fmt.Sprintf("serial_port = %q\nbluetooth = false\nline_url = \"nats://127.0.0.1:1\"\nissuer_keys = [%q]\n",
		m.line.Path(), base64.RawURLEncoding.EncodeToString(issuer.Static.PublicKey().Bytes()))
	m.sh("chgrp dialout " + m.line.Path())
	must(m.t, os.WriteFile(filepath.Join(m.root, "etc/lockhouse/agent.toml"), []byte(settings), 0o644))
	must(m.t, os.WriteFile(filepath.Join(m.root, "etc/lockhouse/compartments.csv"), []byte(table), 0o644))
	card := m.sh(asAgent + emulator + " /usr/bin/lockhouse-agent init --state-dir /var/lib/lockhouse-agent --compartments /etc/lockhouse/compartments.csv")
	if !strings.Contains(card, "lkr_") {
		m.t.Errorf("the card: %s", card)
	}
}

// doctor asks what is wrong, and gives exit code and findings.
func (m *machine) doctor(emulator string) (code int, found []doctor.Finding) {
	m.t.Helper()
	out, err := m.try(emulator + " /usr/bin/lockhouse-agent doctor --json")
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		must(m.t, err)
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		m.t.Fatalf("%v: %s", err, out)
	}
	return code, found
}

// debs builds packages, and gives their paths.
func debs(t *testing.T, version string, architectures ...string) []string {
	t.Helper()
	c := exec.Command("../../scripts/package", architectures...)
	c.Env = append(os.Environ(), "OUT="+t.TempDir(), "VERSION="+version)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return regexp.MustCompile(`(?m)^\S+\.deb$`).FindAllString(string(out), -1)
}

func architecture(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("dpkg", "--print-architecture").Output()
	if err != nil {
		t.Skipf("there is no dpkg on this machine: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func about(found []doctor.Finding, what string) (level doctor.Level) {
	for _, f := range found {
		if f.About == what {
			return f.Level
		}
	}
	return ""
}

// A package is installed, set up, run against a cabinet, killed, upgraded, removed and purged.
func TestPackage(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	arch := architecture(t)
	m.install(debs(t, "v1.0.0", arch)[0])
	if out := m.sh("systemctl is-enabled lockhouse-agent; stat -c '%a %U' /var/lib/lockhouse-agent"); out != "enabled\n700 lockhouse-agent\n" {
		t.Errorf("after the installation: %s", out)
	}
	if code, found := m.doctor(""); code != 2 || about(found, "identity") != doctor.Fault {
		t.Errorf("before it is set up, the doctor ends with %d: %+v", code, found)
	}
	m.setUp("")
	agent := m.start("")
	m.hears("WATCHDOG=1")
	code, found := m.doctor("")
	for _, what := range []string{"settings", "compartments", "state", "agent", "identity", "journal", "boards"} {
		if about(found, what) != doctor.Fine {
			t.Errorf("while it runs, %s is not well: %+v", what, found)
		}
	}
	if code != 2 || about(found, "line") != doctor.Fault { // nobody is at the other end
		t.Errorf("the doctor ends with %d: %+v", code, found)
	}
	must(t, agent.Process.Kill())
	_ = agent.Wait()
	m.stop(m.start(""))

	next := debs(t, "v1.0.1", arch)[0]
	m.install(next)
	if out := m.sh("lockhouse-agent version; grep -c serial_port /etc/lockhouse/agent.toml"); !strings.HasPrefix(out, "lockhouse-agent v1.0.1 ") || !strings.HasSuffix(out, "\n1\n") {
		t.Errorf("after the upgrade: %s", out)
	}
	m.stop(m.start(""))

	m.sh("dpkg -r lockhouse-agent")
	m.install(next)
	if out := m.sh("systemctl is-enabled lockhouse-agent"); out != "enabled\n" {
		t.Errorf("removed and installed again: %s", out)
	}
	m.sh("dpkg -r lockhouse-agent")
	if out := m.sh("ls /etc/lockhouse/agent.toml /var/lib/lockhouse-agent/journal; dpkg -P lockhouse-agent; ls /var/lib/lockhouse-agent/journal"); !strings.Contains(out, "is kept") {
		t.Errorf("the purge does not say what it keeps: %s", out)
	}
	m.install(next)
	m.sh("LOCKHOUSE_PURGE_STATE=yes dpkg -P lockhouse-agent; test ! -e /var/lib/lockhouse-agent; test ! -e /etc/lockhouse/agent.toml; test ! -L /etc/systemd/system/multi-user.target.wants/lockhouse-agent.service")
}

// Two builds of one source are one package, to the byte.
func TestPackageIsReproducible(t *testing.T) {
	longtest.Only(t)
	arch := architecture(t)
	one, err := os.ReadFile(debs(t, "v1.0.0", arch)[0])
	must(t, err)
	two, err := os.ReadFile(debs(t, "v1.0.0", arch)[0])
	must(t, err)
	if !bytes.Equal(one, two) {
		t.Error("two builds differ")
	}
}

// emulators are what runs the programs of other architectures, from the package qemu-user-static.
var emulators = map[string]struct {
	machine elf.Machine
	command string
}{
	"amd64": {elf.EM_X86_64, "qemu-x86_64-static"}, "arm64": {elf.EM_AARCH64, "qemu-aarch64-static"}, "armhf": {elf.EM_ARM, "qemu-arm-static"},
}

// The packages of the other architectures hold programs of theirs, and run where they can be emulated.
func TestPackagesOfOtherArchitectures(t *testing.T) {
	longtest.Only(t)
	for arch, emulator := range emulators {
		t.Run(arch, func(t *testing.T) {
			m := newMachine(t)
			if arch == architecture(t) {
				t.Skip("TestPackage has run it")
			}
			m.sh("dpkg --add-architecture " + arch)
			m.install(debs(t, "v1.0.0", arch)[0])
			program, err := elf.Open(filepath.Join(m.root, "usr/bin/lockhouse-agent"))
			must(t, err)
			if _ = program.Close(); program.Machine != emulator.machine {
				t.Fatalf("the program is for %v", program.Machine)
			}
			if _, err := exec.LookPath(emulator.command); err != nil {
				t.Skipf("%s is not there (package qemu-user-static): the program's architecture is right, and it was not run", emulator.command)
			}
			m.setUp(emulator.command)
			agent := m.start(emulator.command)
			if code, found := m.doctor(emulator.command); code != 2 || about(found, "boards") != doctor.Fine {
				t.Errorf("the doctor ends with %d: %+v", code, found)
			}
			m.stop(agent)
		})
	}
}
