package api_test

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// A fake agent speaks the lockers' side of the line, well or badly.
type agent struct {
	t    testing.TB
	w    *world
	conn *websocket.Conn
	host string
}

const patience = 20 * time.Second // a limit for a test that hangs, never a claim

func (w *world) dial() *agent {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(w.server.URL, "http", "ws", 1)+"/v1/uplink", nil)
	w.must(err)
	w.t.Cleanup(func() { conn.CloseNow() })
	return &agent{w.t, w, conn, strings.TrimPrefix(w.server.URL, "http://")}
}

func (a *agent) hear() (any, error) {
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	_, data, err := a.conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	return wire.DecodeUplink(data)
}

func heard[M any](a *agent) M {
	a.t.Helper()
	message, err := a.hear()
	a.w.must(err)
	m, ok := message.(M)
	if !ok {
		a.t.Fatalf("heard %T", message)
	}
	return m
}

func (a *agent) say(message any) {
	a.t.Helper()
	data, err := wire.EncodeUplink(message)
	a.w.must(err)
	a.write(data)
}

func (a *agent) write(data []byte) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	a.w.must(a.conn.Write(ctx, websocket.MessageText, data))
}

// refused waits until the network hangs up, and says with which status.
func (a *agent) hungUp() websocket.StatusCode {
	a.t.Helper()
	for {
		if _, err := a.hear(); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				a.t.Fatal("the network does not hang up")
			}
			return websocket.CloseStatus(err)
		}
	}
}

func (a *agent) hello(locker lockhouse.LockerID, key *ecdsa.PrivateKey, host string) {
	a.t.Helper()
	c := heard[wire.Challenge](a)
	if c.Host != a.host {
		a.t.Fatalf("the network takes itself for %q", c.Host)
	}
	proof, err := credential.ProveCall(key, credential.Call{Challenge: c.Challenge, Locker: locker, Host: host})
	a.w.must(err)
	a.say(wire.Hello{Locker: locker, Boot: 1, Version: "test", Proof: proof, TimeNonce: make([]byte, wire.TimeNonceBytes)})
}

func (w *world) up() *agent {
	w.t.Helper()
	a := w.dial()
	a.hello(w.locker.ID, w.signer, a.host)
	heard[wire.Welcome](a)
	return a
}

func TestUplink(t *testing.T) {
	w := open(t, 2, nil)
	p := w.announced("o1")
	a := w.dial()
	a.hello(w.locker.ID, w.signer, a.host)
	welcome := heard[wire.Welcome](a)
	issuers, err := credential.NewIssuers(w.IssuerKey())
	w.must(err)
	if at, err := credential.VerifyTime(issuers, welcome.Time); err != nil || !at.At.Equal(w.clock.now()) || at.Locker != w.locker.ID || welcome.AppliedThrough != 0 {
		t.Fatalf("%v %+v %d", err, at, welcome.AppliedThrough)
	}
	started := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStarted})
	stored := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStored, Ref: p.Ref, Compartment: 1, Generation: 1})

	a.say(wire.Delivery{Receipts: []wire.Bytes{stored}}) // beyond a gap: kept, without effect
	if ack := heard[wire.Ack](a); ack.AppliedThrough != 0 {
		t.Fatalf("%+v", ack)
	}
	a.say(wire.Delivery{Receipts: []wire.Bytes{started, stored}})
	if ack := heard[wire.Ack](a); ack.AppliedThrough != 2 {
		t.Fatalf("%+v", ack)
	}
	a.say(wire.Delivery{Receipts: []wire.Bytes{started}}) // done, but the locker was not told
	if ack := heard[wire.Ack](a); ack.AppliedThrough != 2 {
		t.Fatalf("%+v", ack)
	}
	if w.parcel("o1").State != lockhouse.ParcelDroppedOff {
		t.Fatal("acknowledged, and nothing happened")
	}
	nonce := slices.Repeat([]byte{7}, wire.TimeNonceBytes)
	a.say(wire.AskTime{TimeNonce: nonce})
	if at, err := credential.VerifyTime(issuers, heard[wire.Time](a).Time); err != nil || !slices.Equal(at.Nonce[:], nonce) {
		t.Fatalf("%v %+v", err, at)
	}
	a.say(wire.Health{Doors: map[int]lockhouse.Door{1: lockhouse.DoorShut, 2: lockhouse.DoorOpen, 99: lockhouse.DoorOpen}, Fault: "board"})
	a.say(wire.AskTime{TimeNonce: nonce}) // whose answer says that what was before it is done
	heard[wire.Time](a)
	w.must(w.Store().View(t.Context(), func(tx store.Tx) error {
		doors, err := tx.Doors(w.locker.ID)
		fault, err2 := tx.Fault(w.locker.ID)
		at, err3 := tx.Heard(w.locker.ID)
		if doors[2] != lockhouse.DoorOpen || fault != "board" || !at.Equal(w.clock.now()) {
			t.Errorf("%v %q %v", doors, fault, at)
		}
		return errors.Join(err, err2, err3)
	}))
}

// TestUplinkRefuses whoever is not that locker, all in the same way.
func TestUplinkRefuses(t *testing.T) {
	w := open(t, 2, nil)
	unknown, stranger := newLocker(t, w.site)
	for name, call := range map[string]func(*agent){
		"a locker that is not registered":     func(a *agent) { a.hello(unknown.ID, stranger, a.host) },
		"another's key":                       func(a *agent) { a.hello(w.locker.ID, stranger, a.host) },
		"a proof that was made for elsewhere": func(a *agent) { a.hello(w.locker.ID, w.signer, "evil.example") },
		"receipts before hello": func(a *agent) {
			heard[wire.Challenge](a)
			a.say(wire.Delivery{Receipts: []wire.Bytes{{1}}})
		},
		"nonsense":            func(a *agent) { a.write([]byte("hello")) },
		"an unknown kind":     func(a *agent) { a.write([]byte(`{"kind":"open_all"}`)) },
		"an unknown field":    func(a *agent) { a.write([]byte(`{"kind":"hello","admin":true}`)) },
		"the network's words": func(a *agent) { heard[wire.Challenge](a); a.say(wire.Ack{AppliedThrough: 9}) },
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t).untouched(t)
			a := w.in(t).dial()
			call(a)
			if status := a.hungUp(); status != websocket.StatusPolicyViolation {
				t.Errorf("hung up with %v", status)
			}
		})
	}
	t.Run("a message that is too long", func(t *testing.T) {
		a := w.in(t).up()
		a.write([]byte(strings.Repeat("x", wire.MaxUplinkBytes+1)))
		if status := a.hungUp(); status != websocket.StatusMessageTooBig {
			t.Errorf("hung up with %v", status)
		}
	})
	t.Run("a forged receipt among good ones", func(t *testing.T) {
		a := w.in(t).up()
		good := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStarted})
		forged, err := credential.SignReceipt(stranger, lockhouse.Receipt{Locker: w.locker.ID, Boot: 1, Seq: w.seq + 1, Kind: lockhouse.ReceiptStarted, At: w.clock.now()})
		w.must(err)
		w.in(t).untouched(t)
		a.say(wire.Delivery{Receipts: []wire.Bytes{good, forged}})
		if status := a.hungUp(); status != websocket.StatusPolicyViolation {
			t.Errorf("hung up with %v", status)
		}
	})
}

// TestContradiction: two receipts with one number are a fault that the locker can't talk away.
func TestContradiction(t *testing.T) {
	w := open(t, 2, nil)
	a := w.up()
	head := w.head
	a.say(wire.Delivery{Receipts: []wire.Bytes{w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStarted})}})
	heard[wire.Ack](a)
	w.seq, w.head = 0, head
	a.say(wire.Delivery{Receipts: []wire.Bytes{w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptForced, Compartment: 1})}})
	if ack := heard[wire.Ack](a); ack.AppliedThrough != 1 {
		t.Fatalf("%+v", ack)
	}
	a.say(wire.Health{Doors: map[int]lockhouse.Door{1: lockhouse.DoorShut}})
	a.say(wire.AskTime{TimeNonce: make([]byte, wire.TimeNonceBytes)})
	heard[wire.Time](a)
	site := w.call("GET", "/v1/operator/sites/site_test", w.secrets[lockhouse.ScopeOperator], nil).is(200)
	if site.at("lockers", 0, "fault") != "contradiction" {
		t.Fatalf("%s", site.raw)
	}
}

// TestUplinkNewerReplacesOlder: one live line a locker.
func TestUplinkNewerReplacesOlder(t *testing.T) {
	w := open(t, 2, nil)
	older := w.up()
	newer := w.up()
	older.hungUp()
	newer.say(wire.AskTime{TimeNonce: make([]byte, wire.TimeNonceBytes)})
	heard[wire.Time](newer)
}

// TestUplinkClose: at shutdown lockers are hung up on, and who calls then is too.
func TestUplinkClose(t *testing.T) {
	w := open(t, 2, nil)
	a := w.up()
	w.HangUp()
	a.hungUp()
	late := w.dial()
	late.hungUp()
}

func TestUplinkIsNoPage(t *testing.T) {
	w := open(t, 1, nil)
	if r := w.raw("GET", "/v1/uplink"); r.status != 426 {
		t.Errorf("%d %s", r.status, r.raw)
	}
}
