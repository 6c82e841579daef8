package phone_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/internal/fixedkeys"
	"lockhouse/trust/credential"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

var lockerID = lockhouse.LockerIDOf([8]byte{1})

// fakeLocker admits everybody, and then says what it was told to say. edge/agent's tests meet the real one.
type fakeLocker struct {
	t         *testing.T
	info      wire.Info
	frames    chan []byte
	joiner    wire.Joiner
	channel   *wire.Channel
	admission wire.Admission
	says      []any // one for each message inside the channel
	writes    int
	before    [][]byte // frames that come before the answer
}

func newFakeLocker(t *testing.T) *fakeLocker {
	info := wire.Info{Session: 5, Locker: [8]byte{1}, StaticKey: wire.StaticKeyID(fixedkeys.Public(t, "static")), MTU: 60}
	return &fakeLocker{t: t, info: info, frames: make(chan []byte, 512), joiner: wire.Joiner{Session: 5}}
}

func (l *fakeLocker) Info(context.Context) ([]byte, error) { return l.info.Encode(), nil }
func (l *fakeLocker) Frames() <-chan []byte                { return l.frames }

func (l *fakeLocker) Write(_ context.Context, frame []byte) error {
	l.writes++
	message, err := l.joiner.Add(frame)
	if message == nil {
		return err
	}
	if l.channel == nil {
		l.greet(message)
		return nil
	}
	if _, err := l.channel.Open(message); err != nil {
		l.t.Error(err)
	}
	if len(l.says) > 0 {
		l.say(l.says[0])
		l.says = l.says[1:]
	}
	return nil
}

func (l *fakeLocker) greet(m1 []byte) {
	r, err := wire.NewResponder(fixedkeys.Exchange(l.t, "static"), l.info.Encode(), rand.Reader)
	must(l.t, err)
	_, _, err = r.First(m1)
	must(l.t, err)
	plain, err := wire.Encode(l.admission)
	must(l.t, err)
	m2, channel, err := r.Second(plain)
	must(l.t, err)
	l.channel = channel
	for _, f := range l.before {
		l.frames <- f
	}
	l.send(m2)
}

func (l *fakeLocker) say(message any) {
	plain, err := wire.Encode(message)
	must(l.t, err)
	sealed, err := l.channel.Seal(plain)
	must(l.t, err)
	l.send(sealed)
}

func (l *fakeLocker) send(message []byte) {
	frames, err := wire.Cut(l.info.Session, message, 57)
	must(l.t, err)
	for _, f := range frames {
		l.frames <- f
	}
}

func receipt(t *testing.T, by string, change func(*lockhouse.Receipt)) []byte {
	t.Helper()
	r := lockhouse.Receipt{Locker: lockerID, Seq: 1, Kind: lockhouse.ReceiptOpened, Compartment: 7, At: time.Unix(1_800_000_000, 0)}
	change(&r)
	raw, err := credential.SignReceipt(fixedkeys.Signer(t, by), r)
	must(t, err)
	return raw
}

func (l *fakeLocker) begin(open int) (*phone.Visit, phone.News, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return phone.Begin(ctx, l, phone.Phone{Key: fixedkeys.Signer(l.t, "phone"), Random: rand.Reader},
		phone.Locker{ID: lockerID, StaticKey: fixedkeys.Public(l.t, "static"), ReceiptKey: fixedkeys.Public(l.t, "receipts")}, []byte("grant"), open)
}

func TestNothingIsSentToAnotherLocker(t *testing.T) {
	l := newFakeLocker(t)
	l.info.Locker = [8]byte{2}
	if _, _, err := l.begin(0); lockhouse.CodeOf(err) != lockhouse.CodeWrongLocker || l.writes != 0 {
		t.Errorf("%v after %d writes", err, l.writes)
	}
}

func TestRefusalsKeepTheirCode(t *testing.T) {
	l := newFakeLocker(t)
	l.admission = wire.Admission{Admitted: wire.StatusOf(lockhouse.RefuseAtDoor(lockhouse.CodeLapsed))}
	if v, _, err := l.begin(0); v != nil || lockhouse.CodeOf(err) != lockhouse.CodeLapsed {
		t.Errorf("%v, %v", v, err)
	}
	l = newFakeLocker(t)
	l.admission = wire.Admission{Opening: wire.StatusOf(lockhouse.RefuseAtDoor(lockhouse.CodeBusy))}
	if v, _, err := l.begin(0); v == nil || lockhouse.CodeOf(err) != lockhouse.CodeBusy {
		t.Errorf("admitted, and the door is busy: %v, %v", v, err)
	}
}

func TestReceiptsAreChecked(t *testing.T) {
	for name, tt := range map[string]struct {
		raw []byte
		ok  bool
	}{
		"good":                   {receipt(t, "receipts", func(*lockhouse.Receipt) {}), true},
		"none":                   {nil, true},
		"by another key":         {receipt(t, "somebody", func(*lockhouse.Receipt) {}), false},
		"of another locker":      {receipt(t, "receipts", func(r *lockhouse.Receipt) { r.Locker = lockhouse.LockerIDOf([8]byte{2}) }), false},
		"of another compartment": {receipt(t, "receipts", func(r *lockhouse.Receipt) { r.Compartment = 8 }), false},
		"garbage":                {[]byte{1, 2, 3}, false},
	} {
		l := newFakeLocker(t)
		l.admission = wire.Admission{Compartment: 7, Receipt: tt.raw}
		_, n, err := l.begin(0)
		if (err == nil) != tt.ok || err == nil && n.Compartment != 7 {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
}

func TestNewsBeforeAnAnswerIsKept(t *testing.T) {
	l := newFakeLocker(t)
	v, _, err := l.begin(-1)
	must(t, err)
	l.say(wire.DoorNews{Index: 1, Event: wire.DoorClosed, Compartment: 7})
	l.says = []any{wire.Answer{Index: 2, Compartment: 9}, wire.Receipts{Receipts: [][]byte{receipt(t, "receipts", func(*lockhouse.Receipt) {})}}}
	n, err := v.Open(context.Background(), 2, 0)
	if err != nil || n.Compartment != 9 {
		t.Errorf("%+v, %v", n, err)
	}
	n, err = v.Next(context.Background())
	if err != nil || n.Index != 1 || n.Event != wire.DoorClosed {
		t.Errorf("%+v, %v", n, err)
	}
	if tail, err := v.Tail(context.Background(), 1); err != nil || len(tail) != 1 {
		t.Errorf("%d receipts, %v", len(tail), err)
	}
}

func TestALockerThatMakesNoSense(t *testing.T) {
	for name, says := range map[string]any{
		"another target's answer": wire.Answer{Index: 9}, "receipts instead": wire.Receipts{},
	} {
		l := newFakeLocker(t)
		v, _, err := l.begin(-1)
		must(t, err)
		l.says = []any{says}
		if _, err := v.Open(context.Background(), 2, 0); !errors.Is(err, phone.ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := newFakeLocker(t)
	v, _, err := l.begin(-1)
	must(t, err)
	l.says = []any{wire.Receipts{Receipts: [][]byte{receipt(t, "somebody", func(*lockhouse.Receipt) {})}}}
	if _, err := v.Tail(context.Background(), 1); !errors.Is(err, phone.ErrLink) {
		t.Errorf("a forged receipt in the tail: %v", err)
	}
}

func TestOtherSessionsAreIgnored(t *testing.T) {
	l := newFakeLocker(t)
	l.before = [][]byte{{6, 0x80, 0, 1, 7}, {6, 1, 7}}
	if _, _, err := l.begin(-1); err != nil {
		t.Error(err)
	}
}

func TestALinkThatGoes(t *testing.T) {
	l := newFakeLocker(t)
	v, _, err := l.begin(-1)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := v.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting with a context that is over: %v", err)
	}
	close(l.frames)
	if _, err := v.Next(context.Background()); !errors.Is(err, phone.ErrLink) {
		t.Errorf("the link is gone: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
