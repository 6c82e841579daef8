package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	buildLimitS = 600
	startLimitS = 60
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

// process is a program of ours that runs.
type process struct {
	cmd    *exec.Cmd
	log    string
	exited chan struct{}
}

// start runs a program with its errors in a log file, and gives the first line that it prints for which found says true.
func (w *workshop) start(program string, args []string, found func(line string) bool) (*process, string, error) {
	p := &process{cmd: exec.Command(program, args...), log: program + ".log", exited: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, "", err
	}
	defer log.Close()
	read, write, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = w.dir, write, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = p.cmd.Start()
	write.Close()
	if err != nil {
		return nil, "", errors.Join(err, read.Close())
	}
	lines := make(chan string, 1)
	go func() { // ends with the process, which holds the other end of the pipe
		defer close(p.exited)
		scan(read, found, lines)
		_ = p.cmd.Wait()
	}()
	select {
	case line := <-lines:
		return p, line, nil
	case <-p.exited:
		return nil, "", fmt.Errorf("%s ended instead of serving:\n%s", filepath.Base(program), p.tail())
	case <-time.After(startLimitS * time.Second):
		p.stop()
		return nil, "", fmt.Errorf("%s did not start to serve within %d s:\n%s", filepath.Base(program), startLimitS, p.tail())
	}
}

// scan reads all that the program prints and passes on the first line that is found.
func scan(from io.ReadCloser, found func(string) bool, lines chan<- string) {
	defer from.Close()
	s := bufio.NewScanner(from)
	for told := false; s.Scan(); {
		if line := strings.TrimSpace(s.Text()); !told && found(line) {
			lines <- line
			told = true
		}
	}
	_, _ = io.Copy(io.Discard, from) // a line too long to scan must not block the program
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
