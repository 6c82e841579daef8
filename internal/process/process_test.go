package process

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell starts a shell's script.
func shell(t *testing.T, script string) *Process {
	t.Helper()
	dir := t.TempDir()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(Plan{Program: sh, Args: []string{"-c", script}, Dir: dir, Log: filepath.Join(dir, "log")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	return p
}

// says waits until it has printed something.
func says(t *testing.T, p *Process, words string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := p.Await(ctx, func(context.Context) error {
		if !strings.Contains(p.Log(), words) {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStopAsksFirst(t *testing.T) {
	p := shell(t, `trap 'echo tidied up; exit 0' TERM; echo up; while :; do sleep 0.05; done`)
	says(t, p, "up")
	if p.Stop() || !strings.Contains(p.Tail(), "tidied up") {
		t.Errorf("was forced, or did not tidy up: %q", p.Tail())
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("a signal to what has ended: %v", err)
	}
}

func TestKillLeavesNoChance(t *testing.T) {
	p := shell(t, `trap 'echo tidied up; exit 0' TERM; echo up; while :; do sleep 0.05; done`)
	says(t, p, "up")
	if err := p.Kill(); err != nil || strings.Contains(p.Tail(), "tidied up") {
		t.Errorf("%v, %q", err, p.Tail())
	}
}

func TestWhoeverDoesNotListenIsForced(t *testing.T) {
	p := shell(t, `trap '' TERM; echo up; while :; do sleep 0.05; done`)
	says(t, p, "up")
	if !p.End(100*time.Millisecond, syscall.SIGTERM) {
		t.Error("it ended by itself")
	}
	select {
	case <-p.Exited():
	default:
		t.Error("it still runs")
	}
}

func TestPausedIsAliveAndSilent(t *testing.T) {
	p := shell(t, `i=0; while :; do i=$((i+1)); echo line $i; sleep 0.01; done`)
	says(t, p, "line 3")
	if err := p.Pause(); err != nil {
		t.Fatal(err)
	}
	await(t, "it stands still", func() bool {
		before := p.Log()
		time.Sleep(100 * time.Millisecond)
		return p.Log() == before
	})
	lines := strings.Count(p.Log(), "\n")
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	says(t, p, "line "+strconv.Itoa(lines+3))
}

func TestPausedCanBeStopped(t *testing.T) {
	p := shell(t, `trap 'echo tidied up; exit 0' TERM; echo up; while :; do sleep 0.05; done`)
	says(t, p, "up")
	if err := p.Pause(); err != nil {
		t.Fatal(err)
	}
	if p.Stop() || !strings.Contains(p.Tail(), "tidied up") {
		t.Errorf("was forced, or did not tidy up: %q", p.Tail())
	}
}

func TestAwaitTellsWhy(t *testing.T) {
	p := shell(t, `echo no such luck >&2`)
	err := p.Await(t.Context(), func(context.Context) error { return errors.New("silent") })
	if err == nil || !strings.Contains(err.Error(), "ended instead of serving") || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("%v", err)
	}
	p = shell(t, `echo up; exec sleep 60`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Await(ctx, Answers("http://127.0.0.1:1")); err == nil || !strings.Contains(err.Error(), "did not serve") {
		t.Errorf("%v", err)
	}
}

func TestReadyIsMoreThanAnAnswer(t *testing.T) {
	status := http.StatusServiceUnavailable
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer server.Close()
	if err := Answers(server.URL)(t.Context()); err != nil {
		t.Error(err)
	}
	if err := Ready(server.URL)(t.Context()); err == nil {
		t.Error("a 503 is ready")
	}
	status = http.StatusOK
	if err := Ready(server.URL)(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestALogIsContinued(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	if err := os.WriteFile(log, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Start(Plan{Program: "/bin/sh", Args: []string{"-c", "echo after; yes | head -c 9000"}, Dir: dir, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Exited()
	if !strings.HasPrefix(p.Log(), "before\nafter\n") || len(p.Tail()) != maxTailBytes {
		t.Errorf("%.40q, a tail of %d bytes", p.Log(), len(p.Tail()))
	}
	if _, err := Start(Plan{Program: filepath.Join(dir, "none"), Log: log}); err == nil {
		t.Error("started nothing")
	}
}

func TestBuildSaysWhatIsWrong(t *testing.T) {
	if _, err := Build(t.Context(), t.TempDir(), "lockhouse/cmd/none"); err == nil || !strings.Contains(err.Error(), "cmd/none") {
		t.Errorf("%v", err)
	}
	for pkg, want := range map[string]string{"lockhouse/cmd/lockhouse": "lockhouse", "github.com/nats-io/nats-server/v2": "nats-server", "a/vault": "vault"} {
		if got := nameOf(pkg); got != want {
			t.Errorf("%s is built as %s, want %s", pkg, got, want)
		}
	}
}

func TestFreeAddress(t *testing.T) {
	a, err := FreeAddress("127.0.0.1")
	if err != nil || !strings.HasPrefix(a, "127.0.0.1:") {
		t.Errorf("%s, %v", a, err)
	}
	if _, err := FreeAddress("192.0.2.1"); err == nil {
		t.Error("found a port of somebody else's address")
	}
}

// await waits for what is bound to come.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
