package cuts

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"testing"
	"time"

	"lockhouse/edge/uplink"
)

// lineComesBack lets the network listen, and the locker call, by TLS and NATS as ever: until receipts are up, and the network's word is down.
// No time passes any more then.
func (m *month) lineComesBack() {
	m.t.Helper()
	if !m.lined {
		m.lined = true
		must(m.t, m.far.Connect(m.t.Context()))
		m.t.Cleanup(m.far.HangUp)
		m.callsHome()
	}
	last := m.lastReceipt()
	for end := time.Now().Add(60 * time.Second); m.far.applied(m.id) != last || m.behind(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			m.t.Fatalf("%d receipts of %d are applied; behind the network's word is %t", m.far.applied(m.id), last, m.behind())
		}
	}
}

// callsHome runs the locker's end of the line until the test ends.
func (m *month) callsHome() {
	m.t.Helper()
	u, err := uplink.New(uplink.Config{
		LineURL: m.far.lineURL, CAFile: m.far.cert, Locker: m.id, Keys: uplink.OneKey{Signer: m.keys.receipt}, Version: "test", Board: dialects()[0].name, Random: rand.Reader,
		Log: slog.New(slog.NewTextHandler(complaints{m.t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}, m.agent)
	must(m.t, err)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { u.Run(ctx) })
	m.t.Cleanup(func() { stop(); running.Wait() })
}

// complaints fails a test for each: a line that was away for long goes up at once, and stays.
type complaints struct{ t testing.TB }

func (c complaints) Write(line []byte) (int, error) {
	c.t.Errorf("the line: %s", line)
	return len(line), nil
}

func (m *month) lastReceipt() uint64 {
	m.t.Helper()
	all := m.receipts()
	return all[len(all)-1].Seq
}

// behind tells whether the network knows the locker to keep to something else than it is to.
func (m *month) behind() bool {
	m.t.Helper()
	standings, err := m.far.Fleet().StandingsAt(m.t.Context(), m.far.site)
	must(m.t, err)
	return standings[0].Desired != standings[0].Actual
}

// takesOut takes a compartment out of service, at the network alone, or back.
func (m *month) takesOut(number int, out bool) {
	m.t.Helper()
	_, err := m.far.Fleet().SetOutOfService(m.t.Context(), m.id, number, out)
	must(m.t, err)
}

// outOfService tells whether the locker knows it of a compartment.
func (m *month) outOfService(number int) bool {
	for _, d := range m.agent.Doors() {
		if d.Number == number {
			return d.OutOfService
		}
	}
	m.t.Fatalf("there is no compartment %d", number)
	return false
}
