package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	buildLimitS = 600
	startLimitS = 60
	startPollMS = 20
	stopLimitS  = 30
)

// workshop is the directory in which programs are built and databases lie, for this run alone.
type workshop struct{ dir string }

func newWorkshop(under string) (*workshop, error) {
	dir, err := os.MkdirTemp(under, "lockhouse-bench-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o711); err != nil { // PostgreSQL's user has to get to its own directory in it
		return nil, errors.Join(err, os.Remove(dir))
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	return &workshop{dir: dir}, nil
}

func (w *workshop) close() { _ = os.RemoveAll(w.dir) } // at worst a directory for temporary files stays

// say tells whoever waits what is going on.
func (w *workshop) say(words string) { fmt.Fprintln(os.Stderr, "  …", words) }

// build compiles one of our programs.
func (w *workshop) build(ctx context.Context, pkg string) (program string, err error) {
	w.say("building " + pkg)
	ctx, cancel := context.WithTimeout(ctx, buildLimitS*time.Second)
	defer cancel()
	program = filepath.Join(w.dir, filepath.Base(pkg))
	out, err := exec.CommandContext(ctx, "go", "build", "-o", program, pkg).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building %s (run the benchmark inside the source tree): %w\n%s", pkg, err, out)
	}
	return program, nil
}

// process is a program of ours that runs, with everything it prints in a log file.
type process struct {
	cmd    *exec.Cmd
	log    string
	exited chan struct{}
}

// start runs a server and waits until it answers at an address, whatever it answers.
func (w *workshop) start(ctx context.Context, program string, args []string, url string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), log: program + ".log", exited: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the program keeps its own copy
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = w.dir, log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended stands in its log
		close(p.exited)
	}()
	if err := p.answers(ctx, url); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w:\n%s", filepath.Base(program), err, p.tail())
	}
	return p, nil
}

// answers waits for the first answer.
func (p *process) answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimitS*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			return resp.Body.Close()
		}
		select {
		case <-p.exited:
			return errors.New("ended instead of serving")
		case <-ctx.Done():
			return fmt.Errorf("did not serve: %w", err)
		case <-time.After(startPollMS * time.Millisecond):
		}
	}
}

// freeAddress finds a port of the loopback interface that nobody uses just now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the program in order, and by force if it does not.
func (p *process) stop() {
	for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		_ = p.cmd.Process.Signal(sig) // it may be gone already
		select {
		case <-p.exited:
			return
		case <-time.After(stopLimitS * time.Second):
		}
	}
}

// tail gives the end of the program's log.
func (p *process) tail() string {
	const most = 4 << 10 // bytes
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(len(text)-most, 0):])
}
