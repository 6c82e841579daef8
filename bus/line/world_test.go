package line_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/bus"
	"lockhouse/bus/line"
	"lockhouse/estate/fleet"
	"lockhouse/internal/bell"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

const patience = time.Minute // a limit for a test that hangs, never a claim: a cluster that loses a server may be silent for twenty seconds

// world is a node with a store, a bus and a desk for lockers' lines.
type world struct {
	t      testing.TB
	store  store.Store
	fleet  *fleet.Desk
	bus    *bus.Bus
	desk   *line.Desk
	issuer *ecdsa.PrivateKey
	site   lockhouse.Site
	server string // where lockers dial
	caFile string // of the server, where it speaks TLS
	stop   func()

	uncertified bool // lockers need show no certificate
}

// locker is one that is registered, with the key that it signs with.
type locker struct {
	lockhouse.Locker
	key  *ecdsa.PrivateKey
	seq  uint64
	head [16]byte
}

func open(t testing.TB) *world {
	t.Helper()
	w := closed(t)
	w.start("127.0.0.1:0")
	return w
}

// closed makes a world that is not started yet.
func closed(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, store: sqlitetest.Open(t), issuer: newKey(t), site: storetest.Site(1)}
	w.fleet = &fleet.Desk{Store: w.store, Now: time.Now, Hears: map[lockhouse.ReceiptKind]fleet.Hear{}}
	for kind := lockhouse.ReceiptAuthorised; kind.String() != "unknown"; kind++ {
		w.fleet.Hears[kind] = func(tx store.Tx, r lockhouse.Receipt) error { // whose effect can be counted
			return tx.Say(lockhouse.Event{Kind: lockhouse.EventDoorOpened, At: storetest.Noon, Locker: r.Locker, Note: fmt.Sprint(r.Seq)})
		}
	}
	storetest.Update(t, w.store, func(tx store.Tx) error { return tx.PutSite(w.site) })
	return w
}

// relaying carries events until the world stops.
func (w *world) relaying() {
	w.until(func(ctx context.Context) { w.bus.RelayEvents(ctx, w.store, bell.New()) })
}

// hearing hears of them.
func (w *world) hearing(hear func([]lockhouse.Event)) {
	w.until(func(ctx context.Context) { w.bus.HearEvents(ctx, func(_ string, run bus.Run) { hear(run.Events()) }) })
}

// until does something until the test ends.
func (w *world) until(do func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { do(ctx) })
	w.t.Cleanup(func() { cancel(); work.Wait() })
}

// start opens the bus with its own server, and the desk.
func (w *world) start(listen string) {
	w.t.Helper()
	w.startOn(bus.Options{Listen: listen, Dir: w.t.TempDir(), Node: "node"})
}

func (w *world) startOn(o bus.Options) {
	w.t.Helper()
	o.Random, o.Log = rand.Reader, slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	b, err := bus.Open(o)
	w.must(err)
	w.bus = b
	w.desk = &line.Desk{Bus: b, Store: w.store, Fleet: w.fleet, Issuer: w.issuer, Host: "lockers.example:7422", Now: time.Now, Log: o.Log, Uncertified: w.uncertified}
	d := w.desk
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	opened := make(chan error, 2)
	work.Go(func() { opened <- d.Run(ctx, func() error { err := b.OpenDoor(); opened <- err; return err }) })
	w.must(<-opened)
	w.server = b.Address()
	w.stop = sync.OnceFunc(func() { cancel(); work.Wait(); b.Close() })
	w.t.Cleanup(w.stop)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newLocker registers one with two compartments.
func (w *world) newLocker() *locker {
	w.t.Helper()
	l := &locker{key: newKey(w.t)}
	public, err := credential.PublicKey(l.key)
	w.must(err)
	id := lockhouse.NewLockerID(rand.Reader)
	l.Locker = lockhouse.Locker{ID: id, Site: w.site.ID, Name: string(id), StaticKey: public, ReceiptKey: public, AdvertKey: make([]byte, 16)}
	var boxes []lockhouse.Compartment
	for i := range 2 {
		boxes = append(boxes, lockhouse.Compartment{Locker: id, Number: i + 1, Size: "M", Rank: 2, Column: 1, Row: i + 1, Channel: i})
	}
	w.must(w.fleet.Register(context.Background(), l.Locker, boxes))
	return l
}

// sign makes the locker's next receipt.
func (l *locker) sign(t testing.TB) []byte {
	t.Helper()
	l.seq++
	r := lockhouse.Receipt{Locker: l.ID, Boot: 1, Seq: l.seq, Kind: lockhouse.ReceiptStarted, Quality: lockhouse.TimeGood, At: storetest.Noon, Prev: l.head}
	raw, err := credential.SignReceipt(l.key, r)
	if err != nil {
		t.Fatal(err)
	}
	l.head = credential.Link(raw)
	return raw
}

// caller is a locker's end of a line, in a test's hands.
type caller struct {
	w      *world
	locker *locker
	nats   *nats.Conn
	mu     sync.Mutex
	errs   []error
}

// dial connects as a locker does; change adjusts how.
func (w *world) dial(l *locker, change func(*nats.Options)) (*caller, error) {
	c := &caller{w: w, locker: l}
	address := w.server
	o := nats.GetDefaultOptions()
	o.Url, o.InboxPrefix, o.AllowReconnect, o.Timeout = "nats://"+address, wire.InboxPrefix(l.ID), false, patience
	o.Nkey, o.Token = string(l.ID), address
	if w.caFile != "" {
		w.must(nats.RootCAs(w.caFile)(&o))
		o.TLSHandshakeFirst, o.TLSConfig.Certificates = true, []tls.Certificate{certified(w.t, l.key)}
	}
	o.SignatureCB = func(nonce []byte) ([]byte, error) {
		return credential.ProveCall(l.key, credential.Call{Nonce: string(nonce), Locker: l.ID, Host: address})
	}
	o.AsyncErrorCB = func(_ *nats.Conn, _ *nats.Subscription, err error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.errs = append(c.errs, err)
	}
	if change != nil {
		change(&o)
	}
	var err error
	if c.nats, err = o.Connect(); err != nil {
		return nil, err
	}
	w.t.Cleanup(c.nats.Close)
	return c, nil
}

// certified is a key as it is shown in TLS.
func certified(t testing.TB, key *ecdsa.PrivateKey) tls.Certificate {
	t.Helper()
	der, err := credential.LineCertificate(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (w *world) up(l *locker) *caller {
	w.t.Helper()
	c, err := w.dial(l, nil)
	w.must(err)
	return c
}

// denied counts how often the server said that the caller may not.
func (c *caller) denied() (n int) {
	c.w.must(c.nats.Flush())
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, err := range c.errs {
		if errors.Is(err, nats.ErrPermissionViolation) || strings.Contains(strings.ToLower(err.Error()), "permissions violation") {
			n++
		}
	}
	return n
}

// ask says a message and gives the answer.
func (c *caller) ask(message any) (any, error) {
	kind, data, err := wire.EncodeUplink(message)
	c.w.must(err)
	return c.askRaw(kind, data)
}

func (c *caller) askRaw(kind string, data []byte) (any, error) {
	m, err := c.nats.Request(wire.UpSubject(c.locker.ID, kind), data, patience)
	if err != nil {
		return nil, err
	}
	return wire.DecodeUplink(m.Data)
}

// answered asks, and wants an answer of a kind.
func answered[M any](c *caller, message any) M {
	c.w.t.Helper()
	got, err := c.ask(message)
	c.w.must(err)
	m, ok := got.(M)
	if !ok {
		c.w.t.Fatalf("%T was answered with %+v", message, got)
	}
	return m
}

func (c *caller) hello() wire.Hello {
	return wire.Hello{Locker: c.locker.ID, Boot: 1, Version: "test", TimeNonce: make([]byte, wire.TimeNonceBytes)}
}

var askTime = wire.AskTime{TimeNonce: make([]byte, wire.TimeNonceBytes)}

// effects counts how often each receipt of a locker had its effect.
func (w *world) effects(id lockhouse.LockerID) map[string]int {
	w.t.Helper()
	counts := map[string]int{}
	for after := int64(0); ; {
		var events []lockhouse.Event
		storetest.View(w.t, w.store, func(tx store.Tx) (err error) {
			events, err = tx.EventsAfter(after, 1_000)
			return err
		})
		if len(events) == 0 {
			return counts
		}
		for _, e := range events {
			after = e.Seq
			if e.Locker == id && e.Kind == lockhouse.EventDoorOpened {
				counts[e.Note]++
			}
		}
	}
}

func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }
