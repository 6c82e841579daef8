package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/app/network"
	"lockhouse/bench/cpu"
	"lockhouse/sim/cabinet"
	"lockhouse/sim/radio"
)

// rest is what the agent takes while nobody is at the locker: on the air, its line up, sixteen doors looked at.
type rest struct {
	Ready   time.Duration `json:"ready_ns"`       // from the start of its process until the doors have been looked at; median
	Empty   time.Duration `json:"empty_ready_ns"` // an empty Go program, until its first word; median
	KB      int64         `json:"resident_kb"`
	EmptyKB int64         `json:"empty_resident_kb"`
	CPU     float64       `json:"processors"`
	Disk    int64         `json:"disk_bytes"` // that it had written to disk in the time watched
	Watched time.Duration `json:"watched_ns"`
}

const (
	restStarts  = 5
	restLimitS  = 120
	memoryLimit = "GOMEMLIMIT=24MiB" // as in the unit
)

// watchRest runs the agent's own program against a node, a simulated radio and a simulated cabinet, beside an empty program.
func watchRest(ctx context.Context, w *workshop, watched time.Duration) (r rest, err error) {
	w.say("the agent at rest")
	ctx, end := context.WithTimeout(ctx, watched+restLimitS*time.Second)
	defer end()
	s, err := newSteel(ctx, w)
	if err != nil {
		return r, err
	}
	defer s.close()
	var readies, empties []time.Duration
	for range restStarts {
		p, took, err := s.startAgent(ctx)
		if err != nil {
			return r, err
		}
		p.stop()
		readies = append(readies, took)
		if p, took, err = startEmpty(ctx, s.empty); err != nil {
			return r, err
		}
		p.stop()
		empties = append(empties, took)
	}
	r = rest{Ready: middle(readies), Empty: middle(empties), Watched: watched}
	return r, s.watch(ctx, &r)
}

// watch looks at a running agent for a while, and at an empty program.
func (s *steel) watch(ctx context.Context, r *rest) error {
	agent, _, err := s.startAgent(ctx)
	if err != nil {
		return err
	}
	defer agent.stop()
	if err := s.lineUp(ctx); err != nil {
		return err
	}
	began, err := lookAt(agent.pid())
	if err != nil {
		return err
	}
	time.Sleep(r.Watched)
	now, err := lookAt(agent.pid())
	if err != nil {
		return err
	}
	r.KB, r.CPU, r.Disk = now.kb, (now.used-began.used).Seconds()/r.Watched.Seconds(), now.wrote-began.wrote
	empty, _, err := startEmpty(ctx, s.empty)
	if err != nil {
		return err
	}
	defer empty.stop()
	one, err := lookAt(empty.pid())
	r.EmptyKB = one.kb
	return err
}

// glance is what the kernel says of a process.
type glance struct {
	kb    int64
	used  time.Duration
	wrote int64
}

func lookAt(pid int) (l glance, err error) {
	resident, err := cpu.Resident(pid)
	if err != nil {
		return l, err
	}
	if l.used, err = cpu.OfTree(pid); err != nil {
		return l, err
	}
	l.kb = resident >> 10
	l.wrote, err = cpu.Written(pid)
	return l, err
}

// steel is a locker's machine: cabinet, radio, network, and the agent's program.
type steel struct {
	house        *house
	radio        *radio.Radio
	line         *cabinet.Line
	dir          string
	agent, empty string
}

func newSteel(ctx context.Context, w *workshop) (s *steel, err error) {
	s = &steel{dir: filepath.Join(w.dir, "rest")}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	program, err := w.build(ctx, "lockhouse/cmd/lockhouse")
	if err != nil {
		return s, err
	}
	if s.agent, err = w.build(ctx, "lockhouse/cmd/lockhouse-agent"); err != nil {
		return s, err
	}
	if s.empty, err = w.build(ctx, "lockhouse/bench/empty"); err != nil {
		return s, err
	}
	if s.radio, err = radio.Start(ctx, radio.Options{Seed: 1}); err != nil {
		return s, err
	}
	return s, s.setUp(ctx, w, program)
}

// setUp does what a technician and an operator do: identity, wiring, registration, settings.
func (s *steel) setUp(ctx context.Context, w *workshop, program string) error {
	identity, err := locker.MakeIdentity(s.dir, rand.Reader)
	if err != nil {
		return err
	}
	table := "number,size,rank,column,row,floor_mm,board,channel\n"
	for i := range doorBoxes {
		table += fmt.Sprintf("%d,S,1,1,%d,%d,0,%d\n", i+1, i+1, 100*i, i)
	}
	boxes, err := locker.ReadCompartments(strings.NewReader(table), identity.ID)
	if err != nil {
		return err
	}
	steel, err := cabinet.New(boxes, cabinet.Settings{Baud: 19_200, Seed: 1})
	if err != nil {
		return err
	}
	if s.line, err = steel.Plug(); err != nil {
		return err
	}
	issuer, err := s.network(ctx, w, program, identity, boxes)
	if err != nil {
		return err
	}
	settings := fmt.Sprintf("state_dir = %q\ncompartments = %q\nserial_port = %q\ndbus_address = %q\nline_url = %q\nissuer_keys = [%q]\n",
		s.dir, s.file("compartments.csv"), s.line.Path(), s.radio.Address(), "nats://"+s.house.line, issuer)
	return errors.Join(os.WriteFile(s.file("compartments.csv"), []byte(table), 0o600), os.WriteFile(s.file("agent.toml"), []byte(settings), 0o600))
}

func (s *steel) file(name string) string { return filepath.Join(s.dir, name) }

// network starts a node that knows the locker, and gives the key that it signs with.
func (s *steel) network(ctx context.Context, w *workshop, program string, identity locker.Identity, boxes []lockhouse.Compartment) (issuer string, err error) {
	s.house = &house{name: "rest", population: population{Sites: 1, Each: map[string]int{"S": 3}}}
	node, _, err := s.house.fleetOf(ctx, w, program, 0)
	if err != nil {
		return "", err
	}
	s.house.server = node
	if err := register(ctx, s.house.configFile(w), identity, boxes); err != nil {
		return "", err
	}
	var about struct {
		IssuerKey string `json:"issuer_key"`
	}
	answer, err := http.Get("http://" + s.house.callers[0].address + "/v1/about")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return about.IssuerKey, errors.Join(err, json.Unmarshal(text, &about))
}

// register makes the locker known, as `lockhouse import locker` does.
func register(ctx context.Context, configFile string, identity locker.Identity, boxes []lockhouse.Compartment) (err error) {
	text, err := os.Open(configFile)
	if err != nil {
		return err
	}
	defer text.Close()
	config, err := network.ReadConfig(text)
	if err != nil {
		return err
	}
	n, err := network.Open(ctx, config, network.Parts{Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "bench"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	noun, err := identity.Noun()
	if err != nil {
		return err
	}
	noun.Site, noun.Name = siteID(0), "Z"
	return n.Fleet().Register(ctx, noun, boxes)
}

func (s *steel) lineUp(ctx context.Context) error {
	for {
		c, err := locker.AskCondition(ctx, s.dir)
		if err != nil {
			return err
		}
		if c.Line.Up && c.Air.Up {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("line %+v, air %+v", c.Line, c.Air)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *steel) close() {
	if s.house != nil {
		s.house.close()
	}
	if s.line != nil {
		_ = s.line.Close() // nothing was kept in it
	}
	if s.radio != nil {
		s.radio.Close()
	}
}

// running is a program that says when it is ready.
type running struct {
	cmd  *exec.Cmd
	stay io.Closer // what it waits on, if it does
}

func (r running) pid() int { return r.cmd.Process.Pid }

func (r running) stop() {
	if r.stay != nil {
		_ = r.stay.Close()
	}
	_ = r.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	_ = r.cmd.Wait()
}

// startAgent starts the agent as systemd does, and times its "ready".
func (s *steel) startAgent(ctx context.Context) (running, time.Duration, error) {
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: s.file("notify"), Net: "unixgram"})
	if err != nil {
		return running{}, 0, err
	}
	defer os.Remove(s.file("notify"))
	defer socket.Close()
	deadline, _ := ctx.Deadline()
	if err := socket.SetReadDeadline(deadline); err != nil {
		return running{}, 0, err
	}
	var log bytes.Buffer
	r := running{cmd: exec.CommandContext(ctx, s.agent, "run", "--config", s.file("agent.toml"))}
	r.cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+s.file("notify"), memoryLimit)
	r.cmd.Stderr = &log
	began := time.Now()
	if err := r.cmd.Start(); err != nil {
		return r, 0, err
	}
	buf := make([]byte, 64)
	n, err := socket.Read(buf)
	took := time.Since(began)
	if err != nil || string(buf[:n]) != "READY=1" {
		r.stop()
		return r, 0, fmt.Errorf("the agent said %q, %w\n%s", buf[:n], err, log.String())
	}
	return r, took, nil
}

// startEmpty starts a program that does nothing, and times its first word.
func startEmpty(ctx context.Context, program string) (running, time.Duration, error) {
	r := running{cmd: exec.CommandContext(ctx, program)}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return r, 0, err
	}
	if r.stay, err = r.cmd.StdinPipe(); err != nil {
		return r, 0, err
	}
	began := time.Now()
	if err := r.cmd.Start(); err != nil {
		return r, 0, err
	}
	_, err = bufio.NewReader(out).ReadString('\n')
	return r, time.Since(began), err
}

func middle(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
