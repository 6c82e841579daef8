package uplink

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"lockhouse"
	"lockhouse/trust/credential"
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
}

func newAgent(receipts uint64) *fakeAgent {
	return &fakeAgent{head: receipts, news: make(chan struct{}, 1), door: lockhouse.DoorShut}
}

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

func (a *fakeAgent) Health() wire.Health {
	a.mu.Lock()
	defer a.mu.Unlock()
	return wire.Health{Doors: map[int]lockhouse.Door{1: a.door}, UptimeS: 5}
}

func (a *fakeAgent) Boot() uint32 { return 3 }

func (a *fakeAgent) acknowledged() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.acked
}

// peer is the network's end of one line, in a test's hands.
type peer struct {
	ctx  context.Context
	conn *websocket.Conn
	host string
	key  []byte
}

func (p peer) say(message any) error { return say(p.ctx, p.conn, message) }

func (p peer) hear() (any, error) { return hear(p.ctx, p.conn) }

// greet does what a network does, and wants of the locker what a network wants.
func (p peer) greet(applied uint64) error {
	challenge := make([]byte, wire.ChallengeBytes)
	_, _ = rand.Read(challenge) // which never fails
	if err := p.say(wire.Challenge{Challenge: challenge, Host: p.host}); err != nil {
		return err
	}
	m, err := p.hear()
	if err != nil {
		return err
	}
	hello, ok := m.(wire.Hello)
	if !ok || hello.Locker != testLocker || hello.Boot != 3 || hello.Version != "test" {
		return errors.New("not the hello that was due")
	}
	if err := credential.CheckCall(p.key, credential.Call{Challenge: challenge, Locker: testLocker, Host: p.host}, hello.Proof); err != nil {
		return err
	}
	return p.say(wire.Welcome{Time: []byte("signed"), AppliedThrough: applied})
}

// network serves lines with what a test wants of them, on the listener that it is given, and gives a line to it.
func network(t *testing.T, l net.Listener, agent Agent, answer func(peer)) *Uplink {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background()) // a request's own ends when the WebSocket begins
	var serving sync.WaitGroup
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/uplink", func(w http.ResponseWriter, r *http.Request) {
		serving.Add(1)
		defer serving.Done()
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		conn.SetReadLimit(wire.MaxUplinkBytes)
		answer(peer{ctx, conn, r.Host, public})
	})
	server := &http.Server{Handler: mux}
	serving.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() { stop(); _ = server.Close(); serving.Wait() })
	u, err := New(Config{
		NetworkURL: "http://" + l.Addr().String(), Locker: testLocker, Key: key, Version: "test", Random: rand.Reader,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}, agent)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// running runs a line until the test ends.
func running(t *testing.T, u *Uplink) {
	ctx, stop := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() { u.Run(ctx) })
	t.Cleanup(func() { stop(); run.Wait() })
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
