package uplink

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/bus"
	linedesk "lockhouse/bus/line"
	"lockhouse/estate/fleet"
	"lockhouse/internal/tlstest"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
)

// house is a real network's end: a store, a NATS server and the desk that answers lockers.
type house struct {
	t      *testing.T
	store  store.Store
	fleet  *fleet.Desk
	issuer *ecdsa.PrivateKey
	locker *signingAgent
	bus    *bus.Bus
	desk   *linedesk.Desk
	stop   func()

	uncertified bool // lockers need show no certificate; for start
}

func newHouse(t *testing.T, o bus.Options) *house {
	t.Helper()
	h := &house{t: t, store: sqlitetest.Open(t), issuer: newTestKey(t)}
	h.fleet = &fleet.Desk{Store: h.store, Now: time.Now, Hears: map[lockhouse.ReceiptKind]fleet.Hear{
		lockhouse.ReceiptStarted: func(tx store.Tx, r lockhouse.Receipt) error { // whose effect can be counted
			return tx.Say(lockhouse.Event{Kind: lockhouse.EventDoorOpened, At: storetest.Noon, Locker: r.Locker, Note: fmt.Sprint(r.Seq)})
		},
	}}
	h.locker = &signingAgent{fakeAgent: newAgent(0), key: newTestKey(t), issuer: publicOf(t, h.issuer)}
	site := storetest.Site(1)
	storetest.Update(t, h.store, func(tx store.Tx) error { return tx.PutSite(site) })
	public := publicOf(t, h.locker.key)
	noun := lockhouse.Locker{ID: testLocker, Site: site.ID, Name: "A", StaticKey: public, ReceiptKey: public, AdvertKey: make([]byte, 16)}
	box := lockhouse.Compartment{Locker: testLocker, Number: 1, Size: "M", Rank: 2, Column: 1, Row: 1}
	if err := h.fleet.Register(t.Context(), noun, []lockhouse.Compartment{box}); err != nil {
		t.Fatal(err)
	}
	h.start(o)
	return h
}

func (h *house) start(o bus.Options) {
	h.t.Helper()
	o.Dir, o.Node, o.Random, o.Log = h.t.TempDir(), "node", crand.Reader, slog.New(slog.DiscardHandler)
	b, err := bus.Open(o)
	if err != nil {
		h.t.Fatal(err)
	}
	d := &linedesk.Desk{Bus: b, Store: h.store, Fleet: h.fleet, Issuer: h.issuer, Host: "parcels.example:7422", Now: time.Now, Log: o.Log, Uncertified: h.uncertified}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	opened := make(chan error, 2)
	work.Go(func() { opened <- d.Run(ctx, func() error { err := b.OpenDoor(); opened <- err; return err }) })
	if err := <-opened; err != nil {
		h.t.Fatal(err)
	}
	h.desk = d
	h.bus, h.stop = b, sync.OnceFunc(func() { cancel(); work.Wait(); b.Close() })
	h.t.Cleanup(h.stop)
}

// line gives the locker's line to an address.
func (h *house) line(address string) *Uplink {
	u := newLine(h.t, address, h.locker)
	u.Keys, u.firstWait, u.mostWait = OneKey{h.locker.key}, time.Millisecond, 20*time.Millisecond
	return u
}

func newTestKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publicOf(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	public, err := credential.PublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// signingAgent writes receipts that a network believes, and believes a time that its network signed.
type signingAgent struct {
	*fakeAgent
	key    *ecdsa.PrivateKey
	issuer []byte
	signed sync.Mutex
	raws   [][]byte
}

func (a *signingAgent) signs(t *testing.T, n int) {
	t.Helper()
	a.signed.Lock()
	for range n {
		r := lockhouse.Receipt{Locker: testLocker, Boot: 3, Seq: uint64(len(a.raws) + 1), Kind: lockhouse.ReceiptStarted, At: storetest.Noon}
		if len(a.raws) > 0 {
			r.Prev = credential.Link(a.raws[len(a.raws)-1])
		}
		raw, err := credential.SignReceipt(a.key, r)
		if err != nil {
			t.Error(err)
		}
		a.raws = append(a.raws, raw)
	}
	a.signed.Unlock()
	a.writes(uint64(n))
}

func (a *signingAgent) ReceiptsAfter(seq uint64, limit int) (out [][]byte) {
	a.signed.Lock()
	defer a.signed.Unlock()
	for n := seq; n < uint64(len(a.raws)) && len(out) < limit; n++ {
		out = append(out, a.raws[n])
	}
	return out
}

func (a *signingAgent) SetTime(statement []byte) error {
	issuers, err := credential.NewIssuers(a.issuer)
	if err != nil {
		return err
	}
	said, err := credential.VerifyTime(credential.Trusted{Issuers: issuers, Shared: make([]byte, credential.SharedKeyBytes)}, statement)
	if err == nil && said.Locker != testLocker {
		err = errNotSigned
	}
	return err
}

// wall is a way to the network that breaks, wherever its cut says, or goes silent.
type wall struct {
	listener net.Listener
	target   atomic.Pointer[string]
	cut      func() int // bytes until it breaks, drawn for each direction of each connection; below 0 for never
	silent   atomic.Bool
	calls    atomic.Int32
	work     sync.WaitGroup
}

func newWall(t *testing.T, target string, cut func() int) *wall {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wall{listener: l, cut: cut}
	w.target.Store(&target)
	w.work.Go(w.accept)
	t.Cleanup(func() { l.Close(); w.work.Wait() })
	return w
}

func (w *wall) address() string { return "nats://" + w.listener.Addr().String() }

func (w *wall) accept() {
	for {
		here, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.calls.Add(1)
		there, err := net.Dial("tcp", *w.target.Load())
		if err != nil {
			here.Close()
			continue
		}
		end := func() { here.Close(); there.Close() }
		w.work.Go(func() { defer end(); w.carry(here, there) })
		w.work.Go(func() { defer end(); w.carry(there, here) })
	}
}

func (w *wall) carry(from, to net.Conn) {
	left, buf := w.cut(), make([]byte, 4_096)
	for {
		n, err := from.Read(buf)
		if w.silent.Load() { // it swallows, and says nothing
			if err != nil {
				return
			}
			continue
		}
		if left >= 0 && n >= left {
			_, _ = to.Write(buf[:left]) // the last bytes before the cut
			return
		}
		if left >= 0 {
			left -= n
		}
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

// However often and wherever the line is cut, and the network started anew: every receipt has its effect, once, and the
// locker is told.
func TestEveryReceiptHasItsEffectOnce(t *testing.T) {
	const receipts, batch = 1_200, 40
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, bus.Options{Listen: "127.0.0.1:0"})
			random := rand.New(rand.NewPCG(seed, 7))
			var mu sync.Mutex
			w := newWall(t, h.bus.Address(), func() int {
				mu.Lock()
				defer mu.Unlock()
				return []int{random.IntN(800), random.IntN(4_000), random.IntN(200_000)}[random.IntN(3)]
			})
			running(t, h.line(w.address()), func() {})
			for n := 0; n < receipts; n += batch {
				h.locker.signs(t, batch)
				time.Sleep(5 * time.Millisecond)
				if n == receipts/2 {
					h.stop()
					h.start(bus.Options{Listen: "127.0.0.1:0"})
					address := h.bus.Address()
					w.target.Store(&address)
				}
			}
			for end := time.Now().Add(60 * time.Second); h.locker.acknowledged() != receipts; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%d of %d receipts are acknowledged after %d calls", h.locker.acknowledged(), receipts, w.calls.Load())
				}
			}
			counts := map[string]int{}
			storetest.View(t, h.store, func(tx store.Tx) error {
				events, err := tx.EventsAfter(0, 10*receipts)
				for _, e := range events {
					if e.Kind == lockhouse.EventDoorOpened {
						counts[e.Note]++
					}
				}
				return err
			})
			for n := range receipts {
				if times := counts[fmt.Sprint(n+1)]; times != 1 {
					t.Errorf("receipt %d had its effect %d times", n+1, times)
				}
			}
			if calls := w.calls.Load(); calls < 10 {
				t.Errorf("%d calls: nothing was cut", calls)
			}
			t.Logf("%d calls", w.calls.Load())
		})
	}
}

// A network that is there and goes silent is found out, and left.
func TestSilentNetworkIsLeft(t *testing.T) {
	t.Parallel()
	h := newHouse(t, bus.Options{Listen: "127.0.0.1:0"})
	w := newWall(t, h.bus.Address(), func() int { return -1 })
	u := h.line(w.address())
	u.pingEvery = 50 * time.Millisecond
	h.locker.signs(t, 1)
	running(t, u, func() {})
	waits(t, "the first is acknowledged", func() bool { return h.locker.acknowledged() == 1 })
	w.silent.Store(true)
	before := w.calls.Load()
	waits(t, "the line is left", func() bool { return w.calls.Load() > before })
	w.silent.Store(false)
	h.locker.signs(t, 1)
	waits(t, "the next is acknowledged", func() bool { return h.locker.acknowledged() == 2 })
}

func waits(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// The line goes by TLS from its first byte, to a network whose certificate is good for the name that was dialled.
func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t, "127.0.0.1")
	nobodys, _ := certificate(t, "127.0.0.1")
	h := newHouse(t, bus.Options{Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
	for name, tt := range map[string]struct {
		scheme string
		caFile string
		good   bool
	}{"its own": {"tls", cert, true}, "nobody's": {"tls", nobodys, false}, "none": {"tls", cert + ".none", false}, "a key": {"tls", key, false}, "in the open": {"nats", "", false}} {
		u := h.line(tt.scheme + "://" + h.bus.Address())
		u.CAFile = tt.caFile
		err := u.tries(t)
		if (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
		if unknown := (*tls.CertificateVerificationError)(nil); name == "nobody's" && !errors.As(err, &unknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// tries calls once and is greeted, or not.
func (u *Uplink) tries(t *testing.T) error {
	c, err := u.dial(t.Context())
	if err != nil {
		return err
	}
	defer c.hangUp()
	_, err = u.greet(t.Context(), c)
	return err
}

// certificate makes one for a host that is good just now, in files.
func certificate(t *testing.T, host string) (certFile, keyFile string) {
	t.Helper()
	return certificateFrom(t, host, time.Now().Add(-time.Hour))
}

// certificateFrom makes one that is good for two hours.
func certificateFrom(t *testing.T, host string, from time.Time) (certFile, keyFile string) {
	t.Helper()
	return tlstest.Certificate(t, from, 2*time.Hour, host)
}

// A locker that the network does not know is told so, and goes on calling.
func TestUnknownLocker(t *testing.T) {
	t.Parallel()
	h := newHouse(t, bus.Options{Listen: "127.0.0.1:0"})
	u := h.line("nats://" + h.bus.Address())
	u.Keys = OneKey{newTestKey(t)}
	if _, err := u.call(t.Context()); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("%v", err)
	}
}

// A network that says more than anybody has to say is left.
func TestBounded(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	go func() {
		for chunk := []byte(strings.Repeat("x", 64<<10)); ; {
			if _, err := there.Write(chunk); err != nil {
				return
			}
		}
	}()
	b, read, buf := &bounded{Conn: here}, 0, make([]byte, 64<<10)
	for read <= 2*maxReadBytes {
		n, err := b.Read(buf)
		read += n
		if errors.Is(err, errTooMuch) {
			return
		}
	}
	t.Errorf("read %d bytes", read)
}
