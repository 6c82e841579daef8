// Package cpu reads from Linux how much processor time processes have used: user and system time together, as the kernel
// charges it, in steps of 10 ms.
package cpu

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// tick is the unit of times in /proc (USER_HZ), the same on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// OfTree gives the time that a process and all its descendants have used since they began, those included that have ended
// and were waited for. PostgreSQL's backends are children of its postmaster.
func OfTree(pid int) (time.Duration, error) {
	children, err := childrenByParent()
	if err != nil {
		return 0, err
	}
	var total time.Duration
	found := false
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		s, err := readStat(queue[0])
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it ended just now: its parent has its time, or will have at the next look
		}
		if err != nil {
			return 0, err
		}
		found = true
		total += s.used
		queue = append(queue, children[queue[0]]...)
	}
	if !found {
		return 0, fmt.Errorf("process %d is not there", pid)
	}
	return total, nil
}

// OfSelf gives the time that this process has used, without its children.
func OfSelf() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// OfMachine gives the time that all processors together have been busy since the machine was started, whoever kept them
// so: processes, the kernel, and on a virtual machine its neighbours.
func OfMachine() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return parseMachine(line)
}

// parseMachine reads the line of all processors (proc_stat(5)): user, nice, system, idle, waiting for the disk, hard and
// soft interrupts, stolen by neighbours.
func parseMachine(line []byte) (time.Duration, error) {
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return 0, errors.New("the first line of /proc/stat is not that of all processors")
	}
	var busy time.Duration
	for i, field := range fields[1:9] {
		ticks, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return 0, err
		}
		if idle := i == 3 || i == 4; !idle {
			busy += time.Duration(ticks) * tick
		}
	}
	return busy, nil
}

// childrenByParent maps the machine's processes as they are now.
func childrenByParent() (map[int][]int, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if s, err := readStat(pid); err == nil { // one that ends while we look is nobody's child any more
			children[s.parent] = append(children[s.parent], pid)
		}
	}
	return children, nil
}

// stat is what we need of /proc/PID/stat (proc_pid_stat(5)).
type stat struct {
	parent int
	used   time.Duration // user and system, its own and that of children it has waited for
}

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

// parseStat reads the fields behind the command's name, which stands in parentheses and may hold anything.
func parseStat(text []byte) (stat, error) {
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("a line of /proc/PID/stat has %d fields behind the name, too few", len(fields))
	}
	parent, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return stat{}, err
	}
	s := stat{parent: parent}
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		ticks, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return stat{}, err
		}
		s.used += time.Duration(ticks) * tick
	}
	return s, nil
}

// Resident gives how much memory a process has, in bytes, shared pages included.
func Resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("the kernel's word on process %d's memory can't be read", pid)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// Written gives the bytes that a process has sent to the disk, in whole pages, as the kernel charges them (proc_pid_io(5)): without
// what the file system writes for itself.
func Written(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if count, ok := bytes.CutPrefix(line, []byte("write_bytes: ")); ok {
			return strconv.ParseInt(string(bytes.TrimSpace(count)), 10, 64)
		}
	}
	return 0, fmt.Errorf("the kernel does not say what process %d has written", pid)
}
