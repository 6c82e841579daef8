package uplink

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

const testLocker = lockhouse.LockerID("lkr_0102030405060708")

// fakeAgent writes receipts that are their own numbers, and keeps count of what the line told it.
type fakeAgent struct {
	mu          sync.Mutex
	head, acked uint64
	forgot      bool // was told of receipts that it did not write
	timesTaken  int
	nonces      int
	news        chan struct{}
	watching    bool
	door        lockhouse.Door // of compartment 1
	desired     uint64
	floor       time.Time
	days        []lockhouse.Figures
	lined       []bool
}

func newAgent(receipts uint64) *fakeAgent {
	return &fakeAgent{head: receipts, news: make(chan struct{}, 1), door: lockhouse.DoorShut}
}

func (a *fakeAgent) Floor() time.Time { return a.floor }

func receipt(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func (a *fakeAgent) writes(n uint64) { a.changes(func() { a.head += n }) }

// changes does something, and tells whoever watches.
func (a *fakeAgent) changes(do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	do()
	select {
	case a.news <- struct{}{}:
	default:
	}
}

func (a *fakeAgent) ReceiptsAfter(seq uint64, limit int) (out [][]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for n := max(seq, min(a.acked, a.head-1)) + 1; n <= a.head && len(out) < limit; n++ {
		out = append(out, receipt(n))
	}
	return out
}

func (a *fakeAgent) Acknowledged(seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if seq > a.head {
		a.forgot = true
		return
	}
	a.acked = max(a.acked, seq)
}

func (a *fakeAgent) Watch() (<-chan struct{}, func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watching = true
	return a.news, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.watching = false
	}
}

func (a *fakeAgent) TimeNonce() (n [wire.TimeNonceBytes]byte, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.nonces++
	n[0] = byte(a.nonces)
	return n, nil
}

var errNotSigned = errors.New("not signed")

// SetTime takes the word "signed" for a signature.
func (a *fakeAgent) SetTime(statement []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if string(statement) != "signed" {
		return errNotSigned
	}
	a.timesTaken++
	return nil
}

// SetDesired and Obey take one byte for a version, and the word "signed" for a good command.
func (a *fakeAgent) SetDesired(statement []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.desired = max(a.desired, uint64(statement[0]))
	return nil
}

func (a *fakeAgent) Obey(command []byte) (lockhouse.CommandVerb, lockhouse.Outcome) {
	switch string(command) {
	case "signed":
		return lockhouse.CommandReport, lockhouse.OutcomeDone
	case "signed: retire":
		return lockhouse.CommandRetire, lockhouse.OutcomeDone
	case "signed: leave":
		return lockhouse.CommandLeave, lockhouse.OutcomeDone
	}
	return "", lockhouse.OutcomeForeign
}

func (a *fakeAgent) Health() wire.Health {
	a.mu.Lock()
	defer a.mu.Unlock()
	return wire.Health{Doors: map[int]lockhouse.Door{1: a.door}, UptimeS: 5, Desired: a.desired}
}

func (a *fakeAgent) Openings() []wire.Opening { return nil }

func (a *fakeAgent) Figures() []lockhouse.Figures {
	a.mu.Lock()
	defer a.mu.Unlock()
	var days []lockhouse.Figures
	for _, f := range a.days[:min(len(a.days), wire.MaxFigureDays)] {
		days = append(days, f.Clone())
	}
	return days
}

func (a *fakeAgent) FiguresCounted(day lockhouse.Day, throughS int) (more bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.days) > 1 && a.days[0].Day <= day {
		a.days, more = a.days[1:], true
	}
	return more
}

func (a *fakeAgent) Lined(up bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lined = append(a.lined, up)
}

func (a *fakeAgent) Boot() uint32 { return 3 }

func (a *fakeAgent) acknowledged() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.acked
}

// pipe is a connection in memory, so that a network and its locker live in a bubble of fake time; nats_test.go has the
// real one. What is said is encoded, and what is heard decoded, as on a real one.
type pipe struct {
	up, down chan []byte
	closed   chan struct{}
	once     sync.Once
}

var errClosed = errors.New("the pipe is closed")

func newPipe() *pipe {
	return &pipe{up: make(chan []byte, 64), down: make(chan []byte, 64), closed: make(chan struct{})}
}

func (p *pipe) hangUp() { p.once.Do(func() { close(p.closed) }) }

func (p *pipe) put(into chan []byte, data []byte) error {
	select {
	case <-p.closed:
		return errClosed
	case into <- data:
		return nil
	default:
		return errTooMuch
	}
}

func (p *pipe) take(ctx context.Context, from chan []byte) (any, error) {
	select {
	case data := <-from: // what was said before the end is heard
		return wire.DecodeUplink(data)
	default:
	}
	select {
	case data := <-from:
		return wire.DecodeUplink(data)
	case <-p.closed:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) say(message any) error {
	_, data, err := wire.EncodeUplink(message)
	return errors.Join(err, p.put(p.up, data))
}

func (p *pipe) hear(ctx context.Context) (heard, error) {
	m, err := p.take(ctx, p.down)
	return heard{m, "reply"}, err
}

func (p *pipe) relay(_ []byte, said wire.RelaySaid) error { return p.say(said) }

func (p *pipe) answer(_ heard, message any) error { return p.say(message) }

// peer is the network's end of one line, in a test's hands.
type peer struct {
	ctx context.Context
	*pipe
}

func (p peer) say(message any) error {
	_, data, err := wire.EncodeUplink(message)
	return errors.Join(err, p.put(p.down, data))
}

func (p peer) hear() (any, error) { return p.take(p.ctx, p.up) }

// greet does what a network does, and wants of the locker what a network wants.
func (p peer) greet(applied uint64) error {
	m, err := p.hear()
	if err != nil {
		return err
	}
	hello, ok := m.(wire.Hello)
	if !ok || hello.Locker != testLocker || hello.Boot != 3 || hello.Version != "test" {
		return errors.New("not the hello that was due")
	}
	return p.say(wire.Welcome{Time: []byte("signed"), AppliedThrough: applied})
}

// network gives a line whose other end is in a test's hands, and what waits until those have let go.
func network(t *testing.T, agent Agent, answer func(peer)) (u *Uplink, wait func()) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var answering sync.WaitGroup
	u = newLine(t, "nats://127.0.0.1:7422", agent)
	u.open = func(context.Context) (conn, error) {
		p := newPipe()
		answering.Go(func() {
			defer p.hangUp()
			answer(peer{ctx, p})
		})
		return p, nil
	}
	return u, func() { stop(); answering.Wait() }
}

func newLine(t *testing.T, address string, agent Agent) *Uplink {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	u, err := New(Config{
		LineURL: address, Locker: testLocker, Keys: OneKey{key}, Version: "test", Random: rand.Reader, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}, agent)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// running runs a line until the test ends.
func running(t *testing.T, u *Uplink, wait func()) {
	ctx, stop := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() { u.Run(ctx) })
	t.Cleanup(func() { stop(); run.Wait(); wait() })
}
