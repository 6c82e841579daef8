package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Kill ends the server as a power cut of its machine would: every process of it at once, with nothing tidied up. Its
// directory stays, for Restart.
func (s *Server) Kill() error {
	children := s.children()
	if err := s.process.Kill(); err != nil {
		return err
	}
	for _, pid := range children {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended with its postmaster
	}
	return s.gone(children)
}

// children gives the server's processes besides the postmaster, as Linux tells them. Elsewhere they end by themselves when
// they notice that they have no postmaster.
func (s *Server) children() (pids []int) {
	pid := strconv.Itoa(s.PID())
	text, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
	if err != nil {
		return nil
	}
	for word := range strings.FieldsSeq(string(text)) {
		if n, err := strconv.Atoi(word); err == nil {
			pids = append(pids, n)
		}
	}
	return pids
}

// gone waits until processes have ended: a server that starts while one of another's is left refuses to.
func (s *Server) gone(pids []int) error {
	for end := time.Now().Add(stopLimitS * time.Second); ; time.Sleep(pairPollMS * time.Millisecond) {
		left := 0
		for _, pid := range pids {
			if syscall.Kill(pid, 0) == nil && !zombie(pid) {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d processes of PostgreSQL are still there %d s after they were killed", left, stopLimitS)
		}
	}
}

// zombie tells whether a process has ended and nobody has asked how: where nobody adopts orphans it stays like that.
func zombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z")
}

// StopImmediately is pg_ctl stop -m immediate: no checkpoint, no farewell; the next start recovers from the log.
func (s *Server) StopImmediately() error {
	if err := s.process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	if !s.process.GoneWithin(stopLimitS * time.Second) {
		return fmt.Errorf("PostgreSQL did not stop within %d s", stopLimitS)
	}
	return nil
}

// Restart starts the server again on what its end left on the disk, as it was configured, and waits until it answers.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Kill(); err != nil {
		return err
	}
	return s.up(ctx)
}

// Pause makes every process of the server stand still: connections stay open and nobody answers, as when its machine hangs.
func (s *Server) Pause() error {
	if err := s.process.Pause(); err != nil { // first, so that it starts no more
		return err
	}
	return s.signal(syscall.SIGSTOP)
}

// Resume lets them go on.
func (s *Server) Resume() error {
	if err := s.signal(syscall.SIGCONT); err != nil {
		return err
	}
	return s.process.Resume()
}

func (s *Server) signal(sig syscall.Signal) error {
	for _, pid := range s.children() {
		if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}
