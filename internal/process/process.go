// Package process builds and runs programs for tests and benchmarks as they run in life: each a process of its own, that can
// be told to stop, stopped in its tracks, woken, or killed.
//
// Whatever it starts ends with it: a process is in a process group of its own, so that an interrupt at the terminal is
// passed on in order, and on Linux it is told to end when ours dies without having stopped it.
package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Limits of what is waited for.
const (
	buildLimitS = 600
	stopLimitS  = 30 // after each signal of Stop
	killLimitS  = 10
)

// maxTailBytes is how much of a log a failed test shows.
const maxTailBytes = 4 << 10

// Build compiles a command of this module or of one that it requires, such as "lockhouse/cmd/lockhouse", into a directory.
// It has to run inside the source tree.
func Build(ctx context.Context, dir, pkg string) (program string, err error) {
	ctx, cancel := context.WithTimeout(ctx, buildLimitS*time.Second)
	defer cancel()
	program = filepath.Join(dir, nameOf(pkg))
	out, err := exec.CommandContext(ctx, "go", "build", "-o", program, pkg).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building %s (run this inside the source tree): %w\n%s", pkg, err, out)
	}
	return program, nil
}

// nameOf gives the last word of a package's path that is not a version, such as nats-server of …/nats-server/v2.
func nameOf(pkg string) string {
	dir, name := filepath.Split(pkg)
	if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
		return filepath.Base(dir)
	}
	return name
}

// Plan says what is started, and how.
type Plan struct {
	Program string
	Args    []string
	Dir     string         // where it runs
	Log     string         // the file to which it prints, both outputs; what is there already stays
	Owner   *Owner         // the user that it runs as; nil: ours
	Orphan  syscall.Signal // what it is sent when we die without having stopped it; 0: SIGTERM
}

// Owner is another user, for programs that refuse to run as root.
type Owner struct{ UID, GID uint32 }

// Process is a program that runs, or has run.
type Process struct {
	cmd    *exec.Cmd
	log    string
	exited chan struct{}
}

// Start starts the program and does not wait for it. The caller stops it.
func Start(plan Plan) (*Process, error) {
	log, err := os.OpenFile(plan.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the program keeps its own copy
	p := &Process{cmd: exec.Command(plan.Program, plan.Args...), log: plan.Log, exited: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = plan.Dir, log, log
	p.cmd.SysProcAttr = Attributes(plan.Owner, plan.Orphan)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s did not start: %w", filepath.Base(plan.Program), err)
	}
	go func() {
		_ = p.cmd.Wait() // Ended says how
		close(p.exited)
	}()
	return p, nil
}

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Exited is closed when it has ended, by whatever cause.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Ended says how it ended, such as "signal: segmentation fault"; nothing while it runs.
func (p *Process) Ended() string {
	select {
	case <-p.exited:
		return p.cmd.ProcessState.String()
	default:
		return ""
	}
}

// Signal sends it a signal; that it has ended already is no error.
func (p *Process) Signal(sig syscall.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Kill ends it as the machine's end would, with no chance to tidy up, and waits until it is gone.
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	if !p.GoneWithin(killLimitS * time.Second) {
		return fmt.Errorf("%s was killed and is still there after %d s", filepath.Base(p.cmd.Path), killLimitS)
	}
	return nil
}

// Pause stops it in its tracks, as a machine that swaps or a frozen virtual machine does; its connections stay open.
func (p *Process) Pause() error { return p.Signal(syscall.SIGSTOP) }

// Resume lets it go on where it was.
func (p *Process) Resume() error { return p.Signal(syscall.SIGCONT) }

// Stop tells it to end in order, waits, and kills it if it does not. forced says that it came to that.
func (p *Process) Stop() (forced bool) {
	return p.End(stopLimitS*time.Second, syscall.SIGTERM)
}

// End sends one signal after the other, with a wait after each until it is gone, and at last kills it.
func (p *Process) End(patience time.Duration, signals ...syscall.Signal) (forced bool) {
	for _, sig := range signals {
		_ = p.Signal(sig) // it may be gone already
		_ = p.Resume()    // a process that was paused hears nothing else
		if p.GoneWithin(patience) {
			return false
		}
	}
	_ = p.Kill() // nothing is left to try
	return true
}

// GoneWithin waits until it has ended, and tells whether it has.
func (p *Process) GoneWithin(limit time.Duration) bool {
	select {
	case <-p.exited:
		return true
	case <-time.After(limit):
		return false
	}
}

// Log gives everything that it has printed so far.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Tail gives the end of its log.
func (p *Process) Tail() string {
	text := p.Log()
	return text[max(len(text)-maxTailBytes, 0):]
}

// FreeAddress finds a port of a loopback address, such as 127.0.0.1, that nobody uses just now.
func FreeAddress(host string) (string, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
