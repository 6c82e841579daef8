package onair

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/app/doctor"
	"lockhouse/app/locker"
)

// realSystemd says that this machine has systemd as its first process, the packages to install, two controllers, and a null modem
// between two serial ports, and is there for these tests: scripts/test-systemd.
const realSystemd = "LOCKHOUSE_REAL_SYSTEMD"

const (
	unit         = "lockhouse-agent.service"
	installedDir = "/var/lib/lockhouse-agent"
	settingsDir  = "/etc/lockhouse"
	boardsPort   = "/dev/ttyS1" // the agent's
	// leftFile is what the first life of the machine leaves to the second.
	leftFile = "/root/left.json"
	// maxHang is more than the watchdog's minute, the half that an agent has to die in, and the wait before the next start.
	maxHang = 4 * time.Minute
)

// left is what a recipient still knows when the power is back.
type left struct {
	Issuer []byte // the network's key, as x509 has it
	Target lockhouse.Target
}

// systemAir is the machine's own bluetoothd, as systemd runs it.
type systemAir struct{ t *testing.T }

func (systemAir) address() string { return "" }
func (systemAir) adapter() string { return "hci1" }

func (a systemAir) restart() {
	must(a.t, exec.Command("systemctl", "kill", "--signal", "KILL", "bluetooth").Run())
}

func (a systemAir) settle() (ended bool) {
	for before, until := a.process(), time.Now().Add(settles); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if a.process() != before {
			return true // systemd starts it, since the agent asks for it
		}
	}
	return false
}

func (a systemAir) process() string {
	out, err := exec.Command("systemctl", "show", "--value", "--property=MainPID", "bluetooth.service").Output()
	must(a.t, err)
	return string(out)
}

// The package as an operator has it, on a machine of its own: installed, set up, started, judged, served, hung, upgraded, and left at
// the moment that the power goes. TestPowerCameBack is the second life.
func TestInstalled(t *testing.T) {
	s := installedStand(t, 0)
	s.network = openNetwork(t)
	s.step("install", s.installs)
	s.step("set up", s.setsUp)
	s.step("start", s.starts)
	s.step("confined", s.isConfined)
	s.step("served", func() { s.recipient(517, s.stores()) })
	s.step("doctor", s.isWell)
	s.step("bluetoothd is killed", s.losesBluetoothd)
	s.step("phones that end bluetoothd", s.meetsBadPhones)
	s.step("hung", s.hangs)
	s.step("stopped", s.stops)
	s.step("upgrade", s.upgrades)
	s.step("power", func() { s.leaves(s.stores()) })
}

// The power went. What lay behind a door before is there, and is fetched by the same grant; then the package is removed.
func TestPowerCameBack(t *testing.T) {
	needsSystemd(t)
	var before left
	raw, err := os.ReadFile(leftFile)
	must(t, errors.Join(err, json.Unmarshal(raw, &before)))
	issuer, err := x509.ParseECPrivateKey(before.Issuer)
	must(t, err)
	s := installedStand(t, before.Target.Compartment)
	s.network = &network{t: t, issuer: issuer}
	s.identity, err = locker.LoadIdentity(installedDir)
	must(t, err)
	s.step("comes up by itself", func() {
		s.isUpSoon(s.isOnAir)
		s.recipient(517, before.Target)
	})
	s.step("removal", s.removes)
	s.step("purge", s.purges)
}

func (s *stand) step(name string, does func()) {
	outer := s.t
	done := outer.Run(name, func(t *testing.T) {
		s.t = t
		defer func() { s.t = outer }()
		began := time.Now()
		does()
		t.Logf("after %v", time.Since(began).Round(time.Millisecond))
	})
	if !done {
		outer.Fatal("what follows needs this")
	}
}

// installs puts the package on a machine that was not set up: the service waits, and does not fail.
func (s *stand) installs() {
	s.sh("dpkg -i " + packageOf("1.0.0"))
	s.service("enabled", "UnitFileState")
	s.service("inactive", "ActiveState")
	s.service("success", "Result")
}

func packageOf(version string) string { return "/root/lockhouse-agent_" + version + "_amd64.deb" }

// setsUp is the technician's part.
func (s *stand) setsUp() {
	_, table := s.boxes()
	must(s.t, os.WriteFile(settingsDir+"/compartments.csv", []byte(table), 0o644))
	s.sh("runuser -u lockhouse-agent -- lockhouse-agent init --state-dir " + installedDir + " --compartments " + settingsDir + "/compartments.csv")
	var err error
	s.identity, err = locker.LoadIdentity(installedDir)
	must(s.t, err)
	all, _ := s.boxes()
	s.register(all)
	s.configure(boardsPort)
}

// starts wants systemctl to come back when the agent has said that it is ready, and then all that it needs from under its
// confinement: the serial port, the system's bus and BlueZ on it, its line, its directory.
func (s *stand) starts() {
	s.sh("systemctl start " + unit)
	s.service("active", "ActiveState")
	s.service("notify", "Type")
	s.service("lockhouse-agent", "User")
	s.isUpSoon(s.isUp)
}

// stores is a courier who leaves a parcel, and gives what its recipient is then allowed to do.
func (s *stand) stores() lockhouse.Target {
	one := s.courier(517, 1)[0]
	return lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: one.Compartment, Generation: one.Receipt.Generation}
}

// isWell asks the doctor, who finds nothing that keeps a parcel from anybody.
func (s *stand) isWell() {
	out, _ := s.try("lockhouse-agent doctor --json 2>/dev/null") // its exit code says what the findings say
	var found []doctor.Finding
	must(s.t, json.Unmarshal([]byte(out), &found))
	for _, f := range found {
		s.t.Logf("%s: %s: %s %s", f.About, f.Level, f.Says, f.Do)
	}
	if doctor.Worst(found) == doctor.Fault {
		s.t.Error("the doctor finds a fault")
	}
}

// losesBluetoothd kills it; bluetooth.service is not started again by itself, and is by the agent's asking.
func (s *stand) losesBluetoothd() {
	before := s.property("bluetooth.service", "MainPID")
	s.air.restart()
	eventually(s.t, "bluetoothd is there again", func() bool {
		now := s.property("bluetooth.service", "MainPID")
		return now != "0" && now != before
	})
	s.isUpSoon(s.isUp)
}

// meetsBadPhones has one phone after another ask again before it has an answer, of which BlueZ ends (docs/bluetooth.md). However often:
// the locker is back, and the next one gets their door.
func (s *stand) meetsBadPhones() {
	const badPhones = 3
	target := s.stores()
	for range badPhones {
		s.cutsOff(s.t, func(_ *person, l *watched) { speaksOutOfTurn(s.t, l) })
		met := time.Now()
		ended := s.air.settle()
		s.isUpSoon(s.isUp)
		s.t.Logf("bluetoothd ended: %v; the locker is on the air %v after the phone was cut off", ended, time.Since(met).Round(time.Millisecond))
	}
	s.recipient(517, target)
}

// hangs stops the agent's process, which neither feeds the watchdog nor hears what it is then told: systemd ends it and starts
// another, which knows the parcel.
func (s *stand) hangs() {
	target := s.stores()
	hung := s.property(unit, "MainPID")
	s.sh("kill -STOP " + hung)
	for began := time.Now(); s.property(unit, "MainPID") == hung; time.Sleep(time.Second) {
		if time.Since(began) > maxHang {
			s.t.Fatal("nobody ends an agent that hangs")
		}
	}
	s.isUpSoon(s.isUp)
	s.service("1", "NRestarts")
	if said := s.sh("journalctl --boot --no-pager --unit=" + unit); !strings.Contains(said, "Watchdog timeout") {
		s.t.Error("systemd says nothing of its watchdog")
	}
	s.recipient(517, target)
}

// stops ends the agent as an operator does, and starts it again.
func (s *stand) stops() {
	s.sh("systemctl stop " + unit)
	s.service("inactive", "ActiveState")
	s.service("success", "Result")
	s.service("0", "ExecMainStatus")
	s.sh("systemctl start " + unit)
	s.isUpSoon(s.isUp)
}

// upgrades puts the next version on, which runs then by itself.
func (s *stand) upgrades() {
	s.sh("dpkg -i " + packageOf("1.0.1"))
	s.isUpSoon(s.isUp)
	if c, err := locker.AskCondition(limit(s.t), installedDir); err != nil || c.Version != "v1.0.1" {
		s.t.Errorf("after the upgrade %q runs, %v", c.Version, err)
	}
}

// leaves writes down what a recipient knows. Nothing of the agent's is synced here: that it has done.
func (s *stand) leaves(target lockhouse.Target) {
	issuer, err := x509.MarshalECPrivateKey(s.network.issuer)
	must(s.t, err)
	raw, err := json.Marshal(left{issuer, target})
	must(s.t, err)
	f, err := os.Create(leftFile)
	must(s.t, err)
	_, err = f.Write(raw)
	must(s.t, errors.Join(err, f.Sync(), f.Close()))
}

// removes takes the package off and puts it on again: what the locker knows stays, and it runs again.
func (s *stand) removes() {
	s.sh("dpkg -r lockhouse-agent")
	s.service("inactive", "ActiveState")
	s.sh("test -e " + installedDir + "/journal && test -e " + settingsDir + "/agent.toml && ! test -e /usr/bin/lockhouse-agent")
	s.sh("dpkg -i " + packageOf("1.0.1"))
	s.service("enabled", "UnitFileState")
	s.isUpSoon(s.isOnAir)
}

// purges keeps what lies behind the doors, unless it is told not to.
func (s *stand) purges() {
	if out := s.sh("dpkg -P lockhouse-agent 2>&1; ls " + installedDir + "/journal"); !strings.Contains(out, "is kept") {
		s.t.Errorf("the purge does not say what it keeps: %s", out)
	}
	s.sh("dpkg -i " + packageOf("1.0.1"))
	s.sh("LOCKHOUSE_PURGE_STATE=yes dpkg -P lockhouse-agent && ! test -e " + installedDir + " && ! test -e " + settingsDir + "/agent.toml")
	s.service("inactive", "ActiveState")
}
