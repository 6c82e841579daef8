package line_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// Whoever is not that locker is refused, all in the same way.
func TestRefusesCallers(t *testing.T) {
	w := open(t)
	l, other := w.newLocker(), w.newLocker()
	unknown := &locker{Locker: lockhouse.Locker{ID: "lkr_00000000000000ff"}, key: l.key}
	signs := func(o *nats.Options, call func(nonce string) credential.Call) {
		o.SignatureCB = func(nonce []byte) ([]byte, error) { return credential.ProveCall(l.key, call(string(nonce))) }
	}
	for name, tt := range map[string]struct {
		locker *locker
		change func(*nats.Options)
	}{
		"one that is not registered": {unknown, nil},
		"another's key":              {&locker{Locker: l.Locker, key: other.key}, nil},
		"another's name":             {&locker{Locker: other.Locker, key: l.key}, nil},
		"a proof for elsewhere": {l, func(o *nats.Options) {
			o.Token = "evil.example:7422"
			signs(o, func(nonce string) credential.Call {
				return credential.Call{Nonce: nonce, Locker: l.ID, Host: "evil.example:7422"}
			})
		}},
		"a proof for elsewhere, called ours": {l, func(o *nats.Options) {
			signs(o, func(nonce string) credential.Call {
				return credential.Call{Nonce: nonce, Locker: l.ID, Host: "evil.example:7422"}
			})
		}},
		"another connection's nonce": {l, func(o *nats.Options) {
			signs(o, func(string) credential.Call {
				return credential.Call{Nonce: "zSdz81VJo3DH0Yw", Locker: l.ID, Host: o.Token}
			})
		}},
		"no proof":         {l, func(o *nats.Options) { o.SignatureCB = func([]byte) ([]byte, error) { return nil, nil } }},
		"nobody":           {l, func(o *nats.Options) { o.Nkey, o.Token, o.SignatureCB = "", "", nil }},
		"a user":           {l, func(o *nats.Options) { o.Nkey, o.Token, o.User, o.Password = "", "", string(l.ID), "x" }},
		"a name of dots":   {l, func(o *nats.Options) { o.Nkey = "lkr_0.>" }},
		"a node's own key": {l, func(o *nats.Options) { o.Nkey = w.bus.Credentials.NodeKey() }},
	} {
		c, err := w.dial(tt.locker, tt.change)
		if !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v", name, err)
		}
		if c != nil && err == nil {
			c.nats.Close()
		}
	}
	w.up(l)
}

// A locker reaches its own subjects and nothing else, whatever it tries.
func TestConfined(t *testing.T) {
	w := open(t)
	a, b := w.newLocker(), w.newLocker()
	ca, cb := w.up(a), w.up(b)
	overheard := make(chan *nats.Msg, 64)
	subscribes := []string{
		">", "lk.>", "lk.*.down.*", "lk.*.up.*", wire.UpPattern, wire.DownSubject(b.ID, "*"), wire.UpSubject(b.ID, "*"), wire.UpSubject(a.ID, "*"),
		"_INBOX.>", wire.InboxPrefix(b.ID) + ".>", "$SYS.>", "$SYS.REQ.USER.AUTH", "$JS.>", "$JS.API.>", "lockhouse.>", "lockhouse.events", "lockhouse.seats", "$SRV.>",
		wire.RelayPattern(b.ID), wire.RelayPattern(a.ID),
	}
	for i, subject := range subscribes {
		_, err := ca.nats.ChanSubscribe(subject, overheard)
		w.must(err)
		until(t, "the subscription to "+subject+" is denied", func() bool { return ca.denied() == i+1 })
	}
	publishes := []string{
		wire.UpSubject(b.ID, "health"), wire.DownSubject(b.ID, "welcome"), wire.DownSubject(a.ID, "welcome"), wire.UpSubject(a.ID, "a.b"), wire.InboxPrefix(b.ID) + ".x",
		"$SYS.REQ.USER.AUTH", "$SYS.REQ.SERVER.PING", "$JS.API.INFO", "$JS.API.STREAM.PURGE.LOCKHOUSE_EVENTS", "lockhouse.events", "lockhouse.seats", "_INBOX.x",
		wire.RelaySubject(b.ID, make([]byte, wire.RelaySessionBytes)),
	}
	before := ca.denied()
	for i, subject := range publishes {
		w.must(ca.nats.Publish(subject, []byte("x")))
		until(t, "the word to "+subject+" is denied", func() bool { return ca.denied() == before+i+1 })
	}
	answered[wire.Welcome](cb, cb.hello())
	w.must(w.bus.Conn().Publish(wire.DownSubject(b.ID, "command"), []byte("for b")))
	w.must(w.bus.Flush())
	answered[wire.Welcome](ca, ca.hello()) // the way from the node to a is as long as the one that b's would have come
	if len(overheard) != 0 {
		t.Errorf("overheard %s: %s", (<-overheard).Subject, (<-overheard).Data)
	}
}

// A locker that wants its answer sent to others gets none, and neither do they.
func TestAnswersGoToWhoAsked(t *testing.T) {
	w := open(t)
	a, b := w.newLocker(), w.newLocker()
	ca, cb := w.up(a), w.up(b)
	sub, err := cb.nats.SubscribeSync(wire.DownSubject(b.ID, "*"))
	w.must(err)
	inbox, err := cb.nats.SubscribeSync(wire.InboxPrefix(b.ID) + ".trap")
	w.must(err)
	w.must(cb.nats.Flush())
	events, err := w.bus.Conn().SubscribeSync("lockhouse.>")
	w.must(err)
	_, data, err := wire.EncodeUplink(ca.hello())
	w.must(err)
	for _, reply := range []string{wire.DownSubject(b.ID, "welcome"), wire.InboxPrefix(b.ID) + ".trap", "lockhouse.events", "$JS.API.INFO", wire.InboxPrefix(a.ID)} {
		w.must(ca.nats.PublishRequest(wire.UpSubject(a.ID, "hello"), reply, data))
	}
	answered[wire.Welcome](ca, ca.hello())
	answered[wire.Welcome](cb, cb.hello())
	for _, s := range []*nats.Subscription{sub, inbox, events} {
		if n, _, err := s.Pending(); err != nil || n != 0 {
			m, _ := s.NextMsg(time.Second)
			t.Errorf("%d messages went astray: %+v, %v", n, m, err)
		}
	}
}

// One live line a locker: a newer one ends the older. Its seat is announced before it is let in, so that who calls again has the newer seat.
func TestNewerReplacesOlder(t *testing.T) {
	w := open(t)
	l, other := w.newLocker(), w.newLocker()
	seats, err := w.bus.Conn().SubscribeSync("lockhouse.seats")
	w.must(err)
	for said := 1; said <= 5; said++ {
		w.up(w.newLocker())
		w.must(w.bus.Flush())
		if n, _, err := seats.Pending(); n != said || err != nil {
			t.Fatalf("%d lockers are in, and %d seats announced, %v", said, n, err)
		}
	}
	older, neighbour := w.up(l), w.up(other)
	newer := w.up(l)
	until(t, "the older line is ended", older.nats.IsClosed)
	answered[wire.Time](newer, askTime)
	answered[wire.Time](neighbour, askTime)
}

// A message that is too long ends the line before it is read.
func TestTooLong(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	c := w.up(l)
	raw := w.raw(l)
	_, err := raw.Write([]byte("PUB lk." + string(l.ID) + ".up.hello 200000\r\n" + strings.Repeat("x", 200_000) + "\r\n"))
	for err == nil { // it hangs up, with or without its word having been read
		_, err = raw.Read(make([]byte, 4_096))
	}
	until(t, "the raw line has replaced the older", c.nats.IsClosed)
	answered[wire.Welcome](w.up(l), c.hello())
}

// A locker that says far too much is not heard, then hung up on; its neighbours are answered all the while.
func TestFlood(t *testing.T) {
	w := open(t)
	l, other := w.newLocker(), w.newLocker()
	flooder, good := w.up(l), w.up(other)
	kind, data, err := wire.EncodeUplink(flooder.hello())
	w.must(err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for !flooder.nats.IsClosed() {
			_ = flooder.nats.Publish(wire.UpSubject(l.ID, kind), data) // until it is closed
		}
	}()
	for asked := 0; asked < 50 || !flooder.nats.IsClosed(); asked++ {
		answered[wire.Time](good, askTime)
		time.Sleep(time.Second / 20) // as fast as a locker may
	}
	<-ended
	if _, err := w.dial(l, nil); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("let in again at once: %v", err)
	}
}

// A locker that does not read is hung up on, and holds no more memory than its measure.
func TestSlowConsumer(t *testing.T) {
	w := open(t)
	l, other := w.newLocker(), w.newLocker()
	raw, good := w.raw(l), w.up(other)
	_, err := raw.Write([]byte("SUB lk." + string(l.ID) + ".down.* 1\r\nPING\r\n"))
	w.must(err)
	until(t, "both are there", func() bool { return w.bus.Status().Clients == 2 })
	big := bytes.Repeat([]byte("x"), wire.MaxUplinkBytes)
	until(t, "the one that does not read is gone", func() bool {
		for range 300 {
			w.must(w.bus.Conn().Publish(wire.DownSubject(l.ID, "x"), big))
		}
		w.must(w.bus.Flush())
		return w.bus.Status().Clients == 1
	})
	answered[wire.Time](good, askTime)
}

// raw connects as a locker does, and gives the bare connection.
func (w *world) raw(l *locker) net.Conn {
	w.t.Helper()
	address := w.bus.Address()
	c, err := net.Dial("tcp", address)
	w.must(err)
	w.t.Cleanup(func() { c.Close() })
	line := make([]byte, 4_096)
	n, err := c.Read(line)
	w.must(err)
	var info struct{ Nonce string }
	w.must(json.Unmarshal(line[len("INFO "):n], &info))
	proof, err := credential.ProveCall(l.key, credential.Call{Nonce: info.Nonce, Locker: l.ID, Host: address})
	w.must(err)
	connect, err := json.Marshal(map[string]any{"nkey": l.ID, "auth_token": address, "sig": b64(proof), "verbose": false, "pedantic": false, "protocol": 1})
	w.must(err)
	_, err = c.Write([]byte("CONNECT " + string(connect) + "\r\nPING\r\n"))
	w.must(err)
	n, err = c.Read(line)
	w.must(err)
	if !strings.Contains(string(line[:n]), "PONG") {
		w.t.Fatalf("%s", line[:n])
	}
	return c
}
