package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lockhouse/app/locker"
	"lockhouse/app/updates"
	"lockhouse/edge/journal"
	"lockhouse/edge/update"
	"lockhouse/internal/longtest"
	"lockhouse/sim/cabinet"
	"lockhouse/trust/credential"
)

// wall is a locker on its wall: the package's program under a service manager, a cabinet, and a repository of versions.
type wall struct {
	t       *testing.T
	dir     string
	program string // the package's
	cabinet *cabinet.Cabinet
	repo    updates.Repository
	server  *httptest.Server
	manager *manager

	mu   sync.Mutex
	stop chan struct{} // if set, targets are served half, and then nothing until it is closed
	half chan struct{} // told when half was served
}

// programDir is where the agent is, once a test has needed it.
var programDir string

// program is the agent as version v1, built once for all tests.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programDir, "lockhouse-agent")
	out, err := exec.Command("go", "build", "-ldflags", "-s -w -X main.version=v1", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// TestMain takes away what was built.
func TestMain(m *testing.M) {
	var err error
	if programDir, err = os.MkdirTemp("", "lh-agent-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(programDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func newWall(t *testing.T, trialS int) *wall {
	t.Helper()
	dir, err := os.MkdirTemp("", "lh")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := &wall{t: t, dir: dir, half: make(chan struct{}, 8)}
	w.program, err = program()
	must(t, err)
	w.repo = updates.Repository{Dir: w.path("repo"), Keys: w.path("keys"), Now: time.Now, Random: rand.Reader}
	must(t, w.repo.Init())
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.server.Close)
	w.setUp(trialS)
	w.manager = &manager{wall: w, boot: "first"}
	w.manager.start()
	t.Cleanup(w.manager.end)
	return w
}

func (w *wall) path(name string) string { return filepath.Join(w.dir, name) }

// setUp sets the locker up. Its line is down, before a trial and in it.
func (w *wall) setUp(trialS int) {
	w.t.Helper()
	issuer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(w.t, err)
	public, err := credential.PublicKey(issuer)
	must(w.t, err)
	_, err = locker.MakeIdentity(w.path("state"), rand.Reader)
	must(w.t, err)
	boxes, err := locker.ReadCompartments(strings.NewReader(table), "")
	must(w.t, err)
	w.cabinet, err = cabinet.New(boxes, cabinet.Settings{})
	must(w.t, err)
	line, err := w.cabinet.Plug()
	must(w.t, err)
	w.t.Cleanup(func() { _ = line.Close() })
	settings := fmt.Sprintf("state_dir = %q\ncompartments = %q\nserial_port = %q\nbluetooth = false\nline_url = \"nats://127.0.0.1:1\"\nissuer_keys = [%q]\n[updates]\nurl = %q\nroot = %q\nhours = \"\"\nevery_s = 1\ntrial_s = %d\n",
		w.path("state"), w.path("compartments.csv"), line.Path(), base64.RawURLEncoding.EncodeToString(public), w.server.URL, w.path("repo/root.json"), trialS)
	must(w.t, os.WriteFile(w.path("compartments.csv"), []byte(table), 0o600))
	must(w.t, os.WriteFile(w.path("agent.toml"), []byte(settings), 0o600))
}

func (w *wall) serve(out http.ResponseWriter, r *http.Request) {
	body, err := os.ReadFile(filepath.Join(w.repo.Dir, filepath.Clean(r.URL.Path)))
	if err != nil {
		http.NotFound(out, r)
		return
	}
	w.mu.Lock()
	stop := w.stop
	w.mu.Unlock()
	if stop != nil && strings.HasPrefix(r.URL.Path, "/targets/") {
		_, _ = out.Write(body[:len(body)/2])
		out.(http.Flusher).Flush()
		w.half <- struct{}{}
		select {
		case <-stop:
		case <-r.Context().Done():
			return
		}
		body = body[len(body)/2:]
	}
	_, _ = out.Write(body)
}

// publish publishes a program under a name.
func (w *wall) publish(version string, program []byte) {
	w.t.Helper()
	must(w.t, os.WriteFile(w.path("new"), program, 0o700))
	must(w.t, w.repo.Add(updates.Version{Channel: "stable", Arch: runtime.GOARCH, Name: version}, w.path("new")))
}

// another gives a program that is well, and another one.
func (w *wall) another(n string) []byte {
	w.t.Helper()
	program, err := os.ReadFile(w.program)
	must(w.t, err)
	return append(program, n...)
}

func (w *wall) state() update.State {
	w.t.Helper()
	s, err := update.In(w.path("state")).Read()
	must(w.t, err)
	return s
}

// until waits for a state of updates.
func (w *wall) until(what string, holds func(update.State) bool) {
	w.t.Helper()
	for end := time.Now().Add(90 * time.Second); !holds(w.state()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("waited in vain until %s: %+v\n%s", what, w.state(), w.manager.tail())
		}
	}
}

func (w *wall) untilKept(version string) {
	w.t.Helper()
	w.until(version+" is kept", func(s update.State) bool { return s.Current.Version == version && s.Trial == nil })
	w.answers()
}

func (w *wall) untilGivenUp(version, words string) {
	w.t.Helper()
	w.untilNoted(version, words)
	w.answers()
}

// untilNoted waits until a version is noted as given up, whether or not an agent answers then.
func (w *wall) untilNoted(version, words string) {
	w.t.Helper()
	w.until(version+" is given up", func(s update.State) bool {
		f, ok := s.LastFailure()
		return ok && f.Version == version && strings.Contains(f.Why, words)
	})
}

func (w *wall) untilTried(version string, starts int) {
	w.t.Helper()
	w.until(version+" is tried", func(s update.State) bool {
		return s.Trial != nil && s.Trial.Version == version && s.Trial.Starts >= starts
	})
}

// answers waits until an agent says how it is.
func (w *wall) answers() {
	w.t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, err := locker.AskCondition(w.t.Context(), w.path("state"))
		if err == nil {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("no agent answers: %v\n%s", err, w.manager.tail())
		}
	}
}

// manager does what systemd does with the unit: starts the launcher, waits for "ready", starts it anew, and says how it ended.
type manager struct {
	wall *wall
	stop context.CancelFunc
	done sync.WaitGroup

	mu   sync.Mutex
	boot string
	main *exec.Cmd
	log  bytes.Buffer
}

const readyLimitS = 30 // more than WatchdogSec: a busy machine starts slowly, and a version that was bitten is not tried again

func (m *manager) start() {
	var ctx context.Context
	ctx, m.stop = context.WithCancel(context.Background())
	m.done.Go(func() {
		for ctx.Err() == nil {
			m.once(ctx)
			time.Sleep(50 * time.Millisecond)
		}
	})
}

func (m *manager) end() {
	m.stop()
	m.done.Wait()
}

// Write is where the programs' words go.
func (m *manager) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.log.Write(p)
}

func (m *manager) tail() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := m.log.String()
	return text[max(0, len(text)-6_000):]
}

// once is one life of the service.
func (m *manager) once(ctx context.Context) {
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.wall.path("notify"), Net: "unixgram"})
	if err != nil {
		fmt.Fprintln(m, err)
		return
	}
	defer os.Remove(m.wall.path("notify"))
	defer socket.Close()
	m.mu.Lock()
	c := exec.CommandContext(ctx, m.wall.program, "launch", "--config", m.wall.path("agent.toml"))
	c.Env = append(os.Environ(), "LOCKHOUSE_BOOT_ID="+m.boot, "NOTIFY_SOCKET="+m.wall.path("notify"))
	c.SysProcAttr, c.Stdout, c.Stderr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}, m, m
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	m.main = c
	err = c.Start()
	m.mu.Unlock()
	if err != nil {
		fmt.Fprintln(m, err)
		return
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	result := "exit-code"
	if !m.ready(socket, ended) {
		result = "watchdog"
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
	}
	<-ended
	post := exec.Command(m.wall.program, "launch", "--ended", "--config", m.wall.path("agent.toml"))
	post.Env, post.Stdout, post.Stderr = append(os.Environ(), "SERVICE_RESULT="+result), m, m
	_ = post.Run()
}

// ready waits for the word, or the program's end; false says that it hangs.
func (m *manager) ready(socket *net.UnixConn, ended <-chan struct{}) bool {
	buf := make([]byte, 64)
	for end := time.Now().Add(readyLimitS * time.Second); time.Now().Before(end); {
		select {
		case <-ended:
			return true
		default:
		}
		_ = socket.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := socket.Read(buf); err == nil && string(buf[:n]) == "READY=1" {
			return true
		}
	}
	return false
}

// kill ends the agent and whatever fetches for it, as a power cut does; the machine comes up again under another name where it went down too.
func (m *manager) kill(boot string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if boot != "" {
		m.boot = boot
	}
	_ = syscall.Kill(-m.main.Process.Pid, syscall.SIGKILL)
}

// A version is fetched, tried and kept; one that crashes is not.
func TestUpdates(t *testing.T) {
	t.Parallel()
	w := newWall(t, 2)
	w.answers()
	w.publish("v2", w.another("2"))
	w.untilKept("v2")
	w.publish("crashes", []byte("#!/bin/sh\nexit 1\n"))
	w.untilGivenUp("crashes", "ended 3 times")
}

// Versions that hang or can't be started are not kept either; and an open door puts a trial off.
func TestMoreUpdates(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	w := newWall(t, 2)
	w.answers()
	w.publish("is no program", []byte("neither a script nor anything else"))
	w.untilGivenUp("is no program", "can't be started")
	w.publish("hangs", []byte("#!/bin/sh\nexec sleep 1000\n"))
	w.untilGivenUp("hangs", "watchdog")

	must(t, w.cabinet.Force(1))
	w.publish("v3", w.another("3"))
	w.until("v3 is here", func(s update.State) bool { return s.Staged != nil && s.Staged.Version == "v3" })
	time.Sleep(2 * lookingS * time.Second)
	if s := w.state(); s.Trial != nil || s.Current.Slot != update.Package {
		t.Errorf("a version was tried with a door open: %+v", s)
	}
	must(t, w.cabinet.Shut(1))
	w.untilKept("v3")
}

// lookingS is how often the agent looks whether nobody is at the locker.
const lookingS = 5

// The power goes, or the process is killed, while a version is downloaded, when it is there, when its trial begins, and in it.
func TestUpdatesThatAreCut(t *testing.T) {
	t.Parallel()
	w := newWall(t, 4) // in which the machine has to go down
	w.answers()
	stop := make(chan struct{})
	w.mu.Lock()
	w.stop = stop
	w.mu.Unlock()
	w.publish("v2", w.another("2"))
	<-w.half
	w.manager.kill("second") // half of it is on the disk
	<-w.half
	if s := w.state(); s.Staged != nil || s.Current.Slot != update.Package {
		t.Errorf("half a version: %+v", s)
	}
	must(t, w.cabinet.Force(1)) // so that it is not tried at once
	w.mu.Lock()
	w.stop = nil
	w.mu.Unlock()
	close(stop)
	w.until("v2 is here", func(s update.State) bool { return s.Staged != nil })
	w.manager.kill("third")
	w.answers()
	must(t, w.cabinet.Shut(1))
	w.untilTried("v2", 0)
	w.manager.kill("") // as it begins, or just after
	w.untilTried("v2", 1)
	w.manager.kill("fourth") // the machine goes down: back, and tried again
	w.untilGivenUp("v2", "went down")
	w.untilKept("v2")
	w.manager.kill("fifth")
	w.answers()
	if s := w.state(); s.Current.Version != "v2" || s.Trial != nil {
		t.Errorf("%+v", s)
	}
}

// A version with which the locker is not as well as it was is given up by itself.
func TestAVersionThatDoesNotGetWell(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	w := newWall(t, 6) // a silent board is noticed after four seconds
	w.answers()
	must(t, w.cabinet.Force(1))
	w.publish("v2", w.another("2"))
	w.until("v2 is here", func(s update.State) bool { return s.Staged != nil })
	must(t, w.cabinet.Shut(1))
	w.untilTried("v2", 0)
	must(t, w.cabinet.FaultBoard(0, cabinet.BoardDeaf))
	w.untilGivenUp("v2", "board 0 silent")
	must(t, w.cabinet.FaultBoard(0, cabinet.BoardSound))
	w.untilKept("v2")
}

// A journal that a newer version has written into stops an older one for as long as it takes to fetch another, and no longer: here the package
// waits, tries what it can fetch, and goes on by itself when one can read it.
func TestAJournalThatIsNewer(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	w := newWall(t, 2)
	w.answers()
	w.manager.end()
	j, found, err := journal.Open(w.path("state/journal"), rand.Reader)
	must(t, err)
	before, err := os.ReadFile(w.path("state/journal"))
	must(t, err)
	must(t, j.Append([]byte{0x88, 0x18, 200, 0, 0, 0, 0xf4, 0xf6, 0xf6, 0xf6}))
	must(t, j.Close())
	w.manager.start()
	w.publish("v2", w.another("2")) // which knows no more
	w.untilNoted("v2", "read this locker's journal")
	if got, err := os.ReadFile(w.path("state/journal")); err != nil || len(got) <= len(before) {
		t.Errorf("%d bytes of a journal of more than %d are left (%d records before), %v", len(got), len(before), found.Records, err)
	}
	must(t, os.WriteFile(w.path("state/journal"), before, 0o600)) // as if v3 could read it
	w.publish("v3", w.another("3"))
	w.untilKept("v3")
}
