package onair

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/internal/process"
	"lockhouse/sim/cabinet"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

const (
	boxes     = 20 // on two boards
	perBoard  = 16
	boxesHead = "number,size,rank,column,row,floor_mm,board,channel\n"
)

// agentProgram names one that is built already, where nothing can be built.
const agentProgram = "LOCKHOUSE_AGENT"

// stand is one locker on its wall.
type stand struct {
	t        *testing.T
	air      air
	network  *network
	steel    *cabinet.Cabinet
	identity locker.Identity
	dir      string // of its settings
	state    string // the directory of what it knows
	program  string // the agent
	agent    *process.Process
}

// settings are what a test may choose of a stand.
type settings struct {
	mtuBytes int
	springMS int
	program  string // the agent; empty: this source's
}

// newStand installs a locker, and waits until a phone can be served.
func newStand(t *testing.T, o settings) *stand {
	t.Helper()
	s := &stand{t: t, air: newAir(t, o.mtuBytes), network: openNetwork(t), dir: t.TempDir(), program: o.program}
	s.state = filepath.Join(s.dir, "state")
	var err error
	s.identity, err = locker.MakeIdentity(s.state, rand.Reader)
	must(t, err)
	all, table := s.boxes()
	must(t, os.WriteFile(filepath.Join(s.dir, "compartments.csv"), []byte(table), 0o600))
	s.register(all)
	s.steel, err = cabinet.New(all, cabinet.Settings{SpringMS: o.springMS})
	must(t, err)
	plug, err := s.steel.Plug()
	must(t, err)
	t.Cleanup(func() { must(t, plug.Close()) })
	s.configure(plug.Path())
	t.Cleanup(s.end)
	s.start()
	return s
}

// boxes are the locker's compartments, and their table.
func (s *stand) boxes() (all []lockhouse.Compartment, table string) {
	table, all = boxesHead, make([]lockhouse.Compartment, boxes)
	for i := range all {
		all[i] = lockhouse.Compartment{Locker: s.identity.ID, Number: i + 1, Size: "M", Rank: 2, Column: 1 + i/10, Row: 1 + i%10, Board: i / perBoard, Channel: i % perBoard}
		table += fmt.Sprintf("%d,M,2,%d,%d,0,%d,%d\n", i+1, all[i].Column, all[i].Row, all[i].Board, all[i].Channel)
	}
	return all, table
}

func (s *stand) register(all []lockhouse.Compartment) {
	noun, err := s.identity.Noun()
	must(s.t, err)
	noun.Site, noun.Name = storetest.Site(1).ID, "A"
	must(s.t, s.network.fleet.Register(s.t.Context(), noun, all))
}

func (s *stand) configure(port string) {
	public, err := credential.PublicKey(s.network.issuer)
	must(s.t, err)
	must(s.t, os.WriteFile(filepath.Join(s.dir, "agent.toml"), fmt.Appendf(nil,
		"state_dir = %q\ncompartments = %q\nserial_port = %q\ndbus_address = %q\nline_url = %q\nissuer_keys = [%q]\n",
		s.state, filepath.Join(s.dir, "compartments.csv"), port, s.air.address(), "nats://"+s.network.bus.Address(),
		base64.RawURLEncoding.EncodeToString(public)), 0o644))
}

// built is the agent's program, built once.
var built = sync.OnceValues(func() (string, error) {
	if program := os.Getenv(agentProgram); program != "" {
		return program, nil
	}
	dir, err := os.MkdirTemp("", "lockhouse-onair-")
	if err != nil {
		return "", err
	}
	return process.Build(context.Background(), dir, "lockhouse/cmd/lockhouse-agent")
})

// TestMain removes what was built.
func TestMain(m *testing.M) {
	code := m.Run()
	if program, err := built(); err == nil && os.Getenv(agentProgram) == "" {
		os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

// start starts the agent and waits until all of it is up.
func (s *stand) start() {
	s.t.Helper()
	var err error
	if s.program == "" {
		s.program, err = built()
		must(s.t, err)
	}
	s.agent, err = process.Start(process.Plan{Program: s.program, Args: []string{"run", "--config", filepath.Join(s.dir, "agent.toml")}, Dir: s.dir, Log: filepath.Join(s.dir, "log")})
	must(s.t, err)
	must(s.t, s.agent.Await(limit(s.t), s.isUp))
}

// isUp wants the agent on the air, on the line, and every door read.
func (s *stand) isUp(ctx context.Context) error {
	c, err := locker.AskCondition(ctx, s.state)
	if err == nil && (c.Line == nil || !c.Line.Up) {
		err = fmt.Errorf("line %+v", c.Line)
	}
	return errors.Join(err, s.isOnAir(ctx))
}

// isOnAir is what a locker needs that has no line.
func (s *stand) isOnAir(ctx context.Context) error {
	c, err := locker.AskCondition(ctx, s.state)
	if err != nil {
		return err
	}
	if c.Air == nil || !c.Air.Up {
		return fmt.Errorf("air %+v", c.Air)
	}
	for number, door := range c.Agent.Doors {
		if door == lockhouse.DoorUnknown {
			return fmt.Errorf("door %d was not read", number)
		}
	}
	return nil
}

// kill is kill -9.
func (s *stand) kill() { must(s.t, s.agent.Kill()) }

func (s *stand) end() {
	if s.agent != nil {
		s.agent.Stop()
		if s.t.Failed() {
			s.t.Log("the agent said: ", s.agent.Tail())
		}
	}
}

// name is the one of the day, by the network's clock.
func (s *stand) name(day lockhouse.Day) string {
	raw, err := s.identity.ID.Bytes()
	must(s.t, err)
	return wire.AdvertName(s.identity.Advert, raw, day)
}

func (s *stand) today() lockhouse.Day { return lockhouse.DayOf(s.network.now().UTC()) }

// door gives one as a passer-by sees it.
func (s *stand) door(number int) cabinet.View {
	for _, d := range s.steel.Look() {
		if d.Number == number {
			return d
		}
	}
	s.t.Fatalf("there is no door %d", number)
	return cabinet.View{}
}

// driven says how often each lock's coil was driven.
func (s *stand) driven() map[int]int {
	all := map[int]int{}
	for _, d := range s.steel.Look() {
		all[d.Number] = d.Pulses
	}
	return all
}

// takeAndShut is what a recipient does at an open door.
func (s *stand) takeAndShut(number int) {
	s.t.Helper()
	_, err := s.steel.Take(number)
	must(s.t, errors.Join(err, s.steel.Shut(number)))
}

// eventually waits for what is bound to come.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for ctx := limit(t); !holds(); {
		select {
		case <-ctx.Done():
			t.Fatal("it never came to this: " + what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
