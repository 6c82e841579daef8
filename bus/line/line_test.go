package line_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

func TestLine(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	c := w.up(l)
	welcome := answered[wire.Welcome](c, c.hello())
	if at, err := credential.VerifyTime(w.trusted(l), welcome.Time); err != nil || at.Locker != l.ID || welcome.AppliedThrough != 0 {
		t.Fatalf("%v %+v %d", err, at, welcome.AppliedThrough)
	}
	first, second := l.sign(t), l.sign(t)
	for _, step := range []struct {
		give []wire.Bytes
		want uint64
	}{
		{[]wire.Bytes{second}, 0},        // beyond a gap: kept, without effect
		{[]wire.Bytes{first, second}, 2}, // the gap is filled
		{[]wire.Bytes{first}, 2},         // done, but the locker was not told
	} {
		if ack := answered[wire.Ack](c, wire.Delivery{Receipts: step.give}); ack.AppliedThrough != step.want {
			t.Fatalf("%d receipts: %+v, want %d", len(step.give), ack, step.want)
		}
	}
	if welcome := answered[wire.Welcome](w.up(l), c.hello()); welcome.AppliedThrough != 2 {
		t.Errorf("%+v", welcome)
	}
	for n, times := range w.effects(l.ID) {
		if times != 1 {
			t.Errorf("receipt %s had its effect %d times", n, times)
		}
	}
}

func TestTimeAndHealth(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	c := w.up(l)
	nonce := slices.Repeat([]byte{7}, wire.TimeNonceBytes)
	if at, err := credential.VerifyTime(w.trusted(l), answered[wire.Time](c, wire.AskTime{TimeNonce: nonce}).Time); err != nil || !slices.Equal(at.Nonce[:], nonce) {
		t.Fatalf("%v %+v", err, at)
	}
	_, data, err := wire.EncodeUplink(wire.Health{Doors: map[int]lockhouse.Door{1: lockhouse.DoorShut, 2: lockhouse.DoorOpen, 99: lockhouse.DoorOpen}, Fault: "board"})
	w.must(err)
	w.must(c.nats.Publish(wire.UpSubject(l.ID, "health"), data))
	answered[wire.Time](c, askTime) // whose answer says that what was before it is done
	storetest.View(t, w.store, func(tx store.Tx) error {
		doors, err := tx.Doors(l.ID)
		fault, err2 := tx.Fault(l.ID)
		at, err3 := tx.Heard(l.ID)
		if doors[2] != lockhouse.DoorOpen || fault != "board" || at.IsZero() {
			t.Errorf("%v %q %v", doors, fault, at)
		}
		return errors.Join(err, err2, err3)
	})
}

// What a locker would not say is refused, and nothing of it is taken; the next good word is answered.
func TestNotTaken(t *testing.T) {
	w := open(t)
	l, other := w.newLocker(), w.newLocker()
	c := w.up(l)
	good, foreign := l.sign(t), other.sign(t)
	_, forgery, err := wire.EncodeUplink(wire.Delivery{Receipts: []wire.Bytes{good, foreign}})
	w.must(err)
	_, hello, err := wire.EncodeUplink(wire.Hello{Locker: other.ID, Version: "x", TimeNonce: make([]byte, wire.TimeNonceBytes)})
	w.must(err)
	for name, m := range map[string]struct{ kind, text string }{
		"nonsense":                  {"hello", "hello?"},
		"an unknown kind":           {"open_all", `{"kind":"open_all"}`},
		"an unknown field":          {"ask_time", `{"kind":"ask_time","time_nonce":"AAAAAAAAAAAAAAAAAAAAAA","admin":true}`},
		"the network's words":       {"ack", `{"kind":"ack","applied_through":9}`},
		"another kind's subject":    {"health", `{"kind":"ask_time","time_nonce":"AAAAAAAAAAAAAAAAAAAAAA"}`},
		"another's receipt":         {"receipts", string(forgery)},
		"another's hello":           {"hello", string(hello)},
		"nothing":                   {"hello", ""},
		"as much as can be carried": {"hello", strings.Repeat(" ", wire.MaxUplinkBytes+1)},
	} {
		answer, err := c.askRaw(m.kind, []byte(m.text))
		if refused, ok := answer.(wire.Refused); !ok || refused.Code != lockhouse.CodeMalformed {
			t.Errorf("%s: answered with %+v, %v", name, answer, err)
		}
	}
	if ack := answered[wire.Ack](c, wire.Delivery{Receipts: []wire.Bytes{good}}); ack.AppliedThrough != 1 {
		t.Errorf("%+v", ack)
	}
	if n := len(w.effects(other.ID)); n != 0 {
		t.Errorf("%d receipts of another were taken", n)
	}
}

// Two receipts with one number are a fault that the locker can't talk away.
func TestContradiction(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	c := w.up(l)
	answered[wire.Ack](c, wire.Delivery{Receipts: []wire.Bytes{l.sign(t)}})
	l.seq, l.head = 0, [16]byte{1}
	if ack := answered[wire.Ack](c, wire.Delivery{Receipts: []wire.Bytes{l.sign(t)}}); ack.AppliedThrough != 1 {
		t.Fatalf("%+v", ack)
	}
	_, data, err := wire.EncodeUplink(wire.Health{Doors: map[int]lockhouse.Door{1: lockhouse.DoorShut}})
	w.must(err)
	w.must(c.nats.Publish(wire.UpSubject(l.ID, "health"), data))
	answered[wire.Time](c, askTime)
	storetest.View(t, w.store, func(tx store.Tx) error {
		fault, err := tx.Fault(l.ID)
		if fault != "contradiction" {
			t.Errorf("fault %q", fault)
		}
		return err
	})
}

// A store that fails is said so, and the locker keeps its receipts.
func TestStoreFails(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	c := w.up(l)
	w.must(w.store.Close())
	if refused := answered[wire.Refused](c, wire.Delivery{Receipts: []wire.Bytes{l.sign(t)}}); refused.Code != lockhouse.CodeUnavailable {
		t.Errorf("%+v", refused)
	}
}
