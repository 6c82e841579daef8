package line_test

import (
	"context"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// agreeing gives the world a desk that agrees with lockers on their next keys.
func (w *world) agreeing() {
	w.t.Helper()
	issuer, err := w.issuer.ECDH()
	w.must(err)
	w.fleet.Agrees = issuer
}

func (l *locker) keyset(t testing.TB) credential.OwnKeyset {
	t.Helper()
	static, err := l.key.ECDH() // these lockers have one key for both
	if err != nil {
		t.Fatal(err)
	}
	return credential.OwnKeyset{Static: static, Receipt: l.key, Shared: l.AdvertKey}
}

// commanded says something and waits until that is commanded.
func (c *caller) commanded(l *locker, verb lockhouse.CommandVerb, after func()) lockhouse.Command {
	c.w.t.Helper()
	sub := c.told()
	defer func() { c.w.must(sub.Unsubscribe()) }()
	after()
	for {
		m, err := sub.NextMsg(patience)
		c.w.must(err)
		message, err := wire.DecodeUplink(m.Data)
		c.w.must(err)
		said, ok := message.(wire.Command)
		if !ok {
			continue
		}
		command, err := credential.VerifyCommand(c.w.trusted(l), said.Command)
		c.w.must(err)
		if command.Verb == verb {
			return command
		}
	}
}

func (c *caller) say(message any) {
	c.w.t.Helper()
	kind, data, err := wire.EncodeUplink(message)
	c.w.must(err)
	c.w.must(c.nats.PublishRequest(wire.UpSubject(c.locker.ID, kind), c.nats.NewInbox(), data))
}

// TestRekeyOnTheLine: a locker that is asked is told so after each word on its health, says its card, is told to switch, and calls with
// the next key, which from then on is the only one. A thief of the former key is outside; receipts of before the change still come in,
// and none that the former key signs after it.
func TestRekeyOnTheLine(t *testing.T) {
	w := closed(t)
	w.agreeing()
	w.start("127.0.0.1:0")
	l := w.newLocker()
	before, late := l.sign(t), l.sign(t)
	c := w.up(l)
	answered[wire.Welcome](c, c.hello())
	health := func() { c.say(wire.Health{Doors: map[int]lockhouse.Door{}}) }
	_, err := w.fleet.Rekey(t.Context(), l.ID, false)
	w.must(err)
	asked, cancel := context.WithCancel(t.Context())
	cancel() // nobody answers it here: but from now on what was remembered of its keys is not
	if _, err := w.desk.Rekey(asked, l.ID); err == nil {
		t.Error("a locker that says nothing was heard")
	}
	for range 2 {
		c.commanded(l, lockhouse.CommandRekey, health)
	}
	next := &locker{Locker: l.Locker, key: newKey(t)}
	receipt := newKey(t)
	public, err := credential.PublicKey(w.issuer)
	w.must(err)
	card, shared, err := credential.MakeKeyCard(l.ID, l.keyset(t), credential.OwnKeyset{Static: next.keyset(t).Static, Receipt: receipt}, public)
	w.must(err)
	next.key, next.AdvertKey = receipt, shared
	if _, err := w.dial(next, nil); err == nil {
		t.Fatal("a key that nobody knows was let in")
	}
	switchTo := func() { c.say(wire.KeyCard{Card: card}) }
	for range 2 {
		if said := c.commanded(l, lockhouse.CommandSwitch, switchTo); said.Keyset != credential.KeysetNameOf(card) {
			t.Fatalf("told to %s %x", said.Verb, said.Keyset)
		}
	}
	w.up(l) // which it may until the next key was used
	now := w.up(next)
	hello := now.hello()
	hello.Rekeyed, err = credential.SignRekeyed(receipt, credential.Rekeyed{Locker: l.ID, Keyset: credential.KeysetNameOf(card), Through: 1})
	w.must(err)
	for range 2 {
		welcome := answered[wire.Welcome](now, hello)
		if _, err := credential.VerifyTime(w.trusted(next), welcome.Time); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.dial(l, nil); err == nil {
		t.Error("the former key was let in after the change")
	}
	now = w.up(next)
	answered[wire.Ack](now, wire.Delivery{Receipts: []wire.Bytes{before}})
	if r := answered[wire.Refused](now, wire.Delivery{Receipts: []wire.Bytes{late}}); r.Code != lockhouse.CodeMalformed {
		t.Errorf("a receipt that the former key signed after the change: %+v", r)
	}
	next.seq, next.head = 1, credential.Link(before)
	answered[wire.Ack](now, wire.Delivery{Receipts: []wire.Bytes{next.sign(t)}})
	_, err = w.fleet.ForgetFormer(t.Context(), l.ID, true)
	w.must(err)
	forget := func() { now.say(wire.Health{Doors: map[int]lockhouse.Door{}, FormerKeys: true}) }
	if said := now.commanded(next, lockhouse.CommandForget, forget); said.Keyset != credential.KeysetNameOf(card) || time.Until(said.ExpiresAt) > time.Minute {
		t.Errorf("told to %s %x", said.Verb, said.Keyset)
	}
}
