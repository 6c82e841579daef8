package doctor

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/edge/agent"
	"lockhouse/edge/uplink"
	"lockhouse/internal/smalldisk"
	"lockhouse/internal/tlstest"
	"lockhouse/sim/cabinet"
	"lockhouse/sim/radio"
)

// ward is a locker's machine on which all is well, until something is done to it.
type ward struct {
	t        *testing.T
	dir      string // settings and compartments
	state    string
	settings string
	cabinet  *cabinet.Cabinet
	line     *cabinet.Line
	port     string // that the settings name: the line's, unless they are wrong
	radio    *radio.Radio
	patient  Patient
}

// newWard sets up a locker of four compartments on two boards. Its paths are short, as a socket's have to be.
func newWard(t *testing.T) *ward {
	t.Helper()
	dir, err := os.MkdirTemp("", "lh")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := &ward{t: t, dir: dir, state: filepath.Join(dir, "state"), settings: filepath.Join(dir, "agent.toml")}
	w.patient = Patient{SettingsFile: w.settings, Now: time.Now, Version: "test"}
	_, err = locker.MakeIdentity(w.state, rand.Reader)
	must(t, err)
	table := "number,size,rank,column,row,floor_mm,board,channel\n1,S,1,1,1,100,0,0\n2,S,1,1,2,400,0,1\n3,M,2,1,3,700,1,0\n4,M,2,1,4,900,1,1\n"
	must(t, os.WriteFile(w.compartments(), []byte(table), 0o600))
	boxes, err := locker.ReadCompartments(strings.NewReader(table), "")
	must(t, err)
	w.cabinet, err = cabinet.New(boxes, cabinet.Settings{})
	must(t, err)
	w.line, err = w.cabinet.Plug()
	must(t, err)
	t.Cleanup(func() { _ = w.line.Close() })
	w.port = w.line.Path()
	w.radio, err = radio.Start(t.Context(), radio.Options{})
	must(t, err)
	t.Cleanup(w.radio.Close)
	w.set()
	return w
}

func (w *ward) compartments() string { return filepath.Join(w.dir, "compartments.csv") }

// set writes the settings, with further lines of them.
func (w *ward) set(lines ...string) {
	w.t.Helper()
	issuer, err := locker.MakeIdentity(filepath.Join(w.t.TempDir(), "issuer"), rand.Reader)
	must(w.t, err)
	key := base64.RawURLEncoding.EncodeToString(issuer.Static.PublicKey().Bytes())
	text := fmt.Sprintf("state_dir = %q\ncompartments = %q\nserial_port = %q\ndbus_address = %q\nissuer_keys = [%q]\n%s\n",
		w.state, w.compartments(), w.port, w.radio.Address(), key, strings.Join(lines, "\n"))
	must(w.t, os.WriteFile(w.settings, []byte(text), 0o600))
}

// run starts the agent, and gives what stops it.
func (w *ward) run() (stop func()) {
	w.t.Helper()
	f, err := os.Open(w.settings)
	must(w.t, err)
	config, err := locker.ReadConfig(f)
	must(w.t, errors.Join(err, f.Close()))
	identity, err := locker.LoadIdentity(w.state)
	must(w.t, err)
	table, err := os.Open(w.compartments())
	must(w.t, err)
	boxes, err := locker.ReadCompartments(table, identity.ID)
	must(w.t, errors.Join(err, table.Close()))
	turns := make(chan struct{}, 1)
	l, err := locker.Open(config, locker.Parts{Identity: identity, Compartments: boxes, Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "test",
		Alive: func() {
			select {
			case turns <- struct{}{}:
			default:
			}
		}})
	must(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = l.Run(ctx) })
	<-turns
	w.eventually(func() bool { c := l.Condition(); return c.Air != nil && (c.Air.Up || c.Air.Why != "") })
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); running.Wait(); _ = l.Close() }) }
	w.t.Cleanup(stop)
	return stop
}

func (w *ward) eventually(holds func() bool) {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("waited in vain")
		}
	}
}

// expect examines, and wants a finding about something with these words; "" as level wants nothing worse than a note.
func (w *ward) expect(about string, level Level, words string) {
	w.t.Helper()
	found := Examine(w.t.Context(), w.patient)
	for _, f := range found {
		if f.About == about && f.Level == level && strings.Contains(f.Says+" "+f.Do, words) {
			if (level == Fault || level == Warning) && f.Do == "" && !strings.Contains(f.Says, ";") {
				w.t.Errorf("%s: it is not said what to do: %s", about, f.Says)
			}
			return
		}
	}
	w.t.Errorf("no %s about %s with %q among:\n%s", level, about, words, list(found))
}

func (w *ward) expectNothingWrong() {
	w.t.Helper()
	if found := Examine(w.t.Context(), w.patient); Worst(found) == Fault || Worst(found) == Warning {
		w.t.Errorf("on a sound machine:\n%s", list(found))
	}
}

func list(found []Finding) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "  %s %s: %s → %s\n", f.Level, f.About, f.Says, f.Do)
	}
	return b.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestASoundLocker(t *testing.T) {
	w := newWard(t)
	stop := w.run()
	w.expectNothingWrong()
	w.expect("agent", Fine, "The agent runs")
	w.expect("boards", Fine, "answers the agent")
	stop()
	w.expect("agent", Warning, "systemctl start")
	w.expect("boards", Fine, "(2)")
	w.expect("journal", Fine, "can be read")
}

func TestSettingsAndFiles(t *testing.T) {
	w := newWard(t)
	w.set("nonsense = 1")
	w.expect("settings", Fault, "nonsense")
	w.set()
	must(t, os.WriteFile(w.compartments(), []byte("number\n"), 0o600))
	w.expect("compartments", Fault, "must begin with")
	must(t, os.Remove(w.compartments()))
	w.expect("compartments", Fault, "not there")
	w.patient.SettingsFile = filepath.Join(w.dir, "none.toml")
	w.expect("settings", Fault, "not there")
}

func TestStateDirectory(t *testing.T) {
	w := newWard(t)
	must(t, os.Chmod(w.state, 0o755))
	w.expect("state", Warning, "chmod 700")
	must(t, os.Chmod(w.state, 0o700))
	must(t, os.Rename(w.state, w.state+".away"))
	w.expect("state", Fault, "not there")
	w.expect("identity", Fault, "lockhouse-agent enrol")
	must(t, os.WriteFile(w.state, nil, 0o600))
	w.expect("state", Fault, "not a directory")
	must(t, os.Remove(w.state))
	must(t, os.Rename(w.state+".away", w.state))
	if os.Geteuid() != 0 {
		t.Skip("a file of another user's is tested as root")
	}
	must(t, os.Chown(filepath.Join(w.state, "locker-id"), 12345, 12345))
	w.expect("state", Fault, "chown -R")
}

func TestDisks(t *testing.T) {
	w := newWard(t)
	disk := smalldisk.Mount(t, 4<<20, 1<<20)
	must(t, os.RemoveAll(w.state))
	w.state = filepath.Join(disk.Dir, "s")
	_, err := locker.MakeIdentity(w.state, rand.Reader)
	must(t, err)
	w.set()
	w.expect("state", Warning, "nearly full")
	must(t, disk.Fill())
	w.expect("state", Fault, "no door can be opened")
	must(t, exec.Command("mount", "-o", "remount,ro", disk.Dir).Run())
	w.expect("state", Fault, "read-only")
}

func TestJournal(t *testing.T) {
	w := newWard(t)
	w.expect("journal", Note, "no journal yet")
	w.run()()
	path := filepath.Join(w.state, "journal")
	whole, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, append(whole, "torn"...), 0o600))
	w.expect("journal", Note, "torn (4 bytes)")
	whole[3] ^= 1
	must(t, os.WriteFile(path, whole, 0o600))
	w.expect("journal", Fault, "damaged")
}

func TestClocks(t *testing.T) {
	w := newWard(t)
	w.run()()
	w.patient.Now = func() time.Time { return time.Unix(17, 0) } // no clock at all
	w.expect("clock", Warning, "1970-01-01")
	w.patient.Now = func() time.Time { return time.Now().AddDate(-3, 0, 0) } // an empty battery
	w.expect("clock", Warning, "battery")
	w.patient.Now = time.Now
	w.expect("clock", Fine, "")
	ahead := &Patient{Now: time.Now, floor: time.Now().AddDate(-1, 0, 0), running: &locker.Condition{Agent: agent.Condition{TimeQuality: lockhouse.TimeGood}}}
	clock(t.Context(), ahead)
	if f := ahead.found[0]; f.Level != Warning || !strings.Contains(f.Do, "timedatectl") {
		t.Errorf("a clock that is a year ahead: %+v", f)
	}
}

func TestPortsAndBoards(t *testing.T) {
	w := newWard(t)
	must(t, w.cabinet.FaultBoard(1, cabinet.BoardDeaf))
	w.expect("boards", Fault, "Lock board 1 does not answer")
	must(t, w.cabinet.FaultBoard(1, cabinet.BoardWrongSum))
	w.expect("boards", Fault, "nonsense")
	must(t, w.cabinet.FaultBoard(1, cabinet.BoardSound))
	must(t, w.cabinet.Force(2))
	w.expect("doors", Warning, "compartment 2")
	must(t, w.cabinet.Shut(2))
	sound, err := os.ReadFile(w.compartments())
	must(t, err)
	must(t, os.WriteFile(w.compartments(), append(sound, "5,S,1,1,5,950,0,40\n"...), 0o600))
	w.expect("boards", Fault, "Compartment 5")
	must(t, os.WriteFile(w.compartments(), sound, 0o600))
	w.set("hook_reversed = true")
	w.expect("doors", Fault, "hook_reversed")
	w.set()
	for _, v := range w.cabinet.Look() {
		if v.Pulses > 0 {
			t.Errorf("the doctor let lock %d go", v.Number)
		}
	}
	port, err := os.OpenFile(w.line.Path(), os.O_RDWR, 0)
	must(t, err)
	other := exec.Command("sleep", "60")
	other.ExtraFiles = []*os.File{port}
	must(t, other.Start())
	must(t, port.Close())
	w.expect("serial port", Fault, "sleep (process")
	_ = other.Process.Kill()
	_ = other.Wait()
	must(t, w.line.Close())
	w.expect("serial port", Fault, "not there")
	plain := filepath.Join(w.dir, "plain")
	must(t, os.WriteFile(plain, nil, 0o600))
	p := &Patient{config: locker.Config{SerialPort: plain}}
	if p.port() || !strings.Contains(p.found[0].Says, "not a serial port") {
		t.Errorf("a file as a port: %+v", p.found)
	}
}

// What the agent found out, the doctor passes on, and speaks with no board itself.
func TestWhatARunningAgentKnows(t *testing.T) {
	w := newWard(t)
	must(t, w.cabinet.FaultBoard(0, cabinet.BoardDeaf))
	must(t, w.cabinet.Force(3))
	w.run()
	w.eventually(func() bool {
		c, err := locker.AskCondition(t.Context(), w.state)
		return err == nil && len(c.Agent.Silent) == 1 && len(c.Agent.LeftOpen) == 1
	})
	w.expect("boards", Fault, "Lock board 0 does not answer the agent")
	w.expect("boards", Fault, "check its power")
	w.expect("doors", Warning, "compartment 3")
}

// What root writes with a tight umask, the agent can't read, and root who runs the doctor can.
func TestFilesThatOnlyRootReads(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory to another user")
	}
	const agent = 31_999
	w := newWard(t)
	must(t, os.Chown(w.state, agent, agent))
	w.expect("settings", Fault, "can't be read by the agent's user")
	w.expect("compartments", Fault, "chgrp --reference="+w.state)
	must(t, errors.Join(os.Chown(w.settings, 0, agent), os.Chmod(w.settings, 0o640), os.Chmod(w.compartments(), 0o644)))
	w.expect("settings", Fine, "can be read")
	w.expect("compartments", Fine, "names 4")
}

// A locker whose contacts read the other way round, or whose port the agent may not open, says so while its agent runs: that is how a
// technician meets it.
func TestWhatATechnicianDidWrong(t *testing.T) {
	t.Run("contacts", func(t *testing.T) {
		t.Parallel()
		w := newWard(t)
		w.set("hook_reversed = true")
		w.run()
		w.eventually(func() bool {
			c, err := locker.AskCondition(t.Context(), w.state)
			return err == nil && len(c.Agent.LeftOpen) == 4
		})
		w.expect("doors", Fault, "hook_reversed")
	})
	t.Run("port", func(t *testing.T) {
		t.Parallel()
		w := newWard(t)
		w.port = filepath.Join(w.dir, "ttyUSB0")
		w.set()
		w.run()
		w.eventually(func() bool {
			c, err := locker.AskCondition(t.Context(), w.state)
			return err == nil && len(c.Agent.Silent) == 2
		})
		w.expect("boards", Fault, "The serial line to the lock boards is down")
	})
}

func TestAir(t *testing.T) {
	w := newWard(t)
	w.radio.SetPowered(false)
	w.expect("bluetooth", Note, "switched off")
	must(t, w.radio.Down())
	w.expect("bluetooth", Fault, "BlueZ is not running")
	w.set("bluetooth = false", `line_url = "nats://127.0.0.1:1"`)
	w.expect("bluetooth", Note, "not to be on the air")
}

func TestBlueZ(t *testing.T) {
	w := newWard(t)
	w.expect("bluez", Fine, "5.66")
	w.patient.BlueZSettings = filepath.Join(w.dir, "main.conf")
	w.expect("bluez settings", Warning, "Privacy = device below [General]")
	for text, wants := range map[string]string{
		"[General]\n#Privacy = device\nControllerMode = le\n":              "Privacy = device below",
		"[General]\nPrivacy = off\nControllerMode = le\n":                  "Privacy = device below",
		"[Policy]\nPrivacy = device\n[General]\nControllerMode=le\n":       "Privacy = device below",
		"[General]\nPrivacy = device\nControllerMode = dual\n":             "ControllerMode = le below",
		"[General]\nControllerMode = le\nControllerMode=bredr\nPrivacy=on": "ControllerMode = le below",
	} {
		must(t, os.WriteFile(w.patient.BlueZSettings, []byte(text), 0o600))
		w.expect("bluez settings", Warning, wants)
	}
	must(t, os.WriteFile(w.patient.BlueZSettings, []byte("# of the locker\n[General]\nPrivacy = device\nControllerMode=le\n"), 0o600))
	w.expect("bluez settings", Fine, "changes its address")
	for modalias, level := range map[string]Level{"usb:v1D6Bp0246d0537": Warning, "usb:v1D6Bp0246d0554": Fine, "bluetooth:v0001p0002d0003": Note} {
		old, err := radio.Start(t.Context(), radio.Options{Modalias: modalias})
		must(t, err)
		t.Cleanup(old.Close)
		w.radio = old
		w.set()
		w.expect("bluez", level, "BlueZ")
	}
}

func TestLine(t *testing.T) {
	w := newWard(t)
	w.expect("line", Note, "phones carry")
	w.set(`line_url = "tls://no-such-host.invalid:7422"`)
	w.expect("line", Fault, "name server")
	w.set(`line_url = "tls://127.0.0.1:1"`)
	w.expect("line", Fault, "firewall")
	hangsUp, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer hangsUp.Close()
	go func() {
		for {
			c, err := hangsUp.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	w.set(fmt.Sprintf("line_url = %q", "tls://"+hangsUp.Addr().String()))
	w.expect("line", Fault, "certificate")
	w.set(fmt.Sprintf("line_url = %q", "nats://"+hangsUp.Addr().String()))
	w.expect("line", Fault, "registered")
}

// What the network is known by, and how long still: told when there is time to do something, and not before.
func TestCertificatesThatEnd(t *testing.T) {
	w := newWard(t)
	day := 24 * time.Hour
	for _, tt := range []struct {
		ago, left time.Duration
		words     string // none: nothing is said
	}{
		{500 * day, 59 * day, "ends on"}, {300 * day, 61 * day, ""}, {300 * day, 60*day - time.Hour, "in 59 days"},
		{0, 50 * day, ""}, {60 * day, 30 * day, ""}, {70 * day, 20 * day, "ca_file"},
	} {
		cert, key := tlstest.Certificate(t, time.Now().Add(-tt.ago), tt.ago+tt.left, "127.0.0.1")
		pair, err := tls.LoadX509KeyPair(cert, key)
		must(t, err)
		network, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
		must(t, err)
		go func() {
			for {
				c, err := network.Accept()
				if err != nil {
					return
				}
				_ = c.(*tls.Conn).Handshake()
				_ = c.Close()
			}
		}()
		w.set(fmt.Sprintf("line_url = %q\nca_file = %q", "tls://"+network.Addr().String(), cert))
		if tt.words != "" {
			w.expect("certificates", Warning, tt.words)
		}
		for _, f := range Examine(t.Context(), w.patient) {
			if f.About == "certificates" && tt.words == "" {
				t.Errorf("%v after its beginning, %v before its end: %+v", tt.ago, tt.left, f)
			}
		}
		_ = network.Close()
	}
}

// A chain ends with what ends first, and who has to do what depends on which that is.
func TestWhichCertificateEnds(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	until := func(days int) *x509.Certificate {
		return &x509.Certificate{NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(0, 0, days), Subject: pkix.Name{CommonName: fmt.Sprint("of ", days)}}
	}
	for _, tt := range []struct {
		days  []int
		words string
	}{{[]int{30, 20, 900}, "of 20"}, {[]int{30, 400, 900}, "renews it there"}, {[]int{90, 400, 50}, "authority"}, {[]int{90, 400, 900}, ""}, {nil, ""}} {
		p := &Patient{}
		shown := uplink.Shown{At: at}
		for _, days := range tt.days {
			shown.Chain = append(shown.Chain, until(days))
		}
		p.ends(shown)
		if said := list(p.found); !strings.Contains(said, tt.words) || (said == "") != (tt.words == "") {
			t.Errorf("%v: %s", tt.days, said)
		}
	}
}

func TestWear(t *testing.T) {
	for tenths, want := range map[int]Level{1: Fine, 8: Fine, 9: Warning, 11: Warning} {
		p := &Patient{}
		p.worn(tenths)
		if len(p.found) != 1 || p.found[0].Level != want {
			t.Errorf("%d: %+v", tenths, p.found)
		}
	}
	p := &Patient{}
	p.worn(0) // a disk that says nothing
	if len(p.found) != 0 {
		t.Errorf("%+v", p.found)
	}
}

func TestVersions(t *testing.T) {
	w := newWard(t)
	w.expect("updates", Note, "package alone")
	root := filepath.Join(w.dir, "root.json")
	w.set("[updates]", `url = "https://parcels.example/updates"`, fmt.Sprintf("root = %q", root))
	w.expect("updates", Fault, "root of trust")
	must(t, os.WriteFile(root, []byte("{}"), 0o600))
	w.expect("updates", Fine, "")
	w.expect("updates", Note, "in which time zone it is")
	w.set("[updates]", `url = "https://parcels.example/updates"`, fmt.Sprintf("root = %q", root), `zone = "Europe/Paris"`)
	if found := Examine(t.Context(), w.patient); strings.Contains(list(found), "time zone") {
		t.Errorf("its zone is set:\n%s", list(found))
	}
	must(t, os.MkdirAll(filepath.Join(w.state, "updates"), 0o700))
	for text, want := range map[string]Level{
		`{"staged":{"version":"v2","slot":"a"}}`: Note, `{"trial":{"version":"v2","slot":"a","starts":1}}`: Note, `{"failed":[{"version":"v2","why":"the watchdog bit"}]}`: Warning, `{"st`: Warning,
	} {
		must(t, os.WriteFile(filepath.Join(w.state, "updates", "state.json"), []byte(text), 0o600))
		w.expect("updates", want, "")
	}
}

// The network's word on the zone goes before what is set here, and one that this version does not know before nothing.
func TestZone(t *testing.T) {
	for _, c := range []struct{ said, set, finds string }{
		{"Europe/Paris", "", ""},
		{"Europe/Paris", "Europe/Paris", ""},
		{"Europe/Paris", "Asia/Tokyo", "The hours are in Europe/Paris, as the network says, and not in Asia/Tokyo"},
		{"Mars/Olympus_Mons", "Asia/Tokyo", "does not know"},
		{"Mars/Olympus_Mons", "", "in which time zone it is"},
	} {
		p := &Patient{Now: time.Now, Local: time.UTC, config: locker.Config{Updates: locker.Updates{Hours: "02:00-05:00", Zone: c.set}}, running: &locker.Condition{Agent: agent.Condition{Zone: c.said}}}
		p.zone()
		if (c.finds == "") != (len(p.found) == 0) || !strings.Contains(list(p.found), c.finds) {
			t.Errorf("%+v: %s", c, list(p.found))
		}
	}
}

func TestPanel(t *testing.T) {
	w := newWard(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := free.Addr().String()
	must(t, free.Close())
	w.set(`panel_keypad = "/dev/input/by-id/none"`, `panel_voice = ["no-such-voice", "{phrase}"]`, fmt.Sprintf("panel_screen = %q", address))
	w.expect("panel", Fault, "panel_keypad")
	w.expect("panel", Warning, "no-such-voice")
	w.set(`panel_scanner = "` + w.settings + `"`)
	w.expect("panel", Fault, "is no device")
	w.set(`panel_scanner = "/dev/null"`)
	w.expect("panel", Warning, "answers nobody")
	w.set(fmt.Sprintf("panel_screen = %q", address))
	stop := w.run()
	w.eventually(func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	w.expect("panel", Fine, "there")
	stop()
	w.set(`panel_scanner = "` + w.settings + `"`) // as one that the agent may not open
	stop = w.run()
	w.eventually(func() bool {
		c, err := locker.AskCondition(t.Context(), w.state)
		return err == nil && len(c.Agent.Faults) == 1
	})
	w.expect("panel", Fault, "The agent says of its panel: scanner is away")
	stop()
	running := &Patient{config: locker.Config{PanelScreen: address}, running: &locker.Condition{}}
	front(t.Context(), running)
	if len(running.found) != 1 || running.found[0].Level != Fault {
		t.Errorf("a screen that does not answer: %+v", running.found)
	}
}

// TestOpenByLine: a locker that is to be opened over its line, and shows nobody a code.
func TestOpenByLine(t *testing.T) {
	w := newWard(t)
	const byLine, code = `line_url = "nats://127.0.0.1:1"`, `presence_code = "31415926"`
	w.set(byLine)
	w.expect("open by line", Warning, "neither a screen")
	w.set(code)
	w.expect("open by line", Note, "opens nothing")
	for _, lines := range [][]string{{byLine, code}, {byLine, `panel_screen = "127.0.0.1:7480"`}, {byLine, "open_by_line = false"}, {}} {
		w.set(lines...)
		for _, f := range Examine(t.Context(), w.patient) {
			if f.About == "open by line" {
				t.Errorf("with %q: %+v", lines, f)
			}
		}
	}
}
