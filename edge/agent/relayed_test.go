package agent_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/trust/credential"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

const printed = "31415926"

// newLineWorld is a locker that is opened over its line too, with a screen and a printed code.
func newLineWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.lined = true
	w.config.Presence = agent.Presence{Shown: true, Printed: printed}
	w.start()
	w.setTime()
	return w
}

// relay is the network between: it keeps what it was given, and can hand it on late or again.
type relay struct {
	*phone.Direct
	late func() // called before each frame is handed on
	said [][]byte
}

func (r *relay) Write(_ context.Context, frame []byte) error {
	if r.late != nil {
		r.late()
	}
	r.said = append(r.said, frame)
	return r.Session.Write(frame)
}

func (w *world) relayed(peer string) (*relay, error) {
	link, err := phone.Within(func(send func([]byte) error) (phone.Session, error) { return w.agent.ConnectRelayed(peer, send) })
	return &relay{Direct: link}, err
}

// overLine lets a phone come over the line with what its owner read at the locker.
func (w *world) overLine(who, presence string, grant []byte, open int) (*relay, *phone.Visit, phone.News, error) {
	w.t.Helper()
	r, err := w.relayed(who)
	must(w.t, err)
	w.link = r.Direct
	v, n, err := phone.Begin(soon(w.t), r, phone.Phone{Key: signer(w.t, who), Random: rand.Reader, Presence: presence}, w.locker(), grant, open)
	return r, v, n, err
}

// not gives a code of 6 digits that is not shown.
func not(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// Who stands at the locker opens their door over its line as by radio, with the code on its screen or the one on its door.
func TestOpensOverTheLine(t *testing.T) {
	for _, shown := range []bool{true, false} {
		w := newLineWorld(t)
		mine := w.dropOff(first, 1)
		w.dropOff(second, 1)
		w.board.only = first
		code := printed
		if shown {
			code = w.agent.AtPanel().Presence
		}
		_, v, n, err := w.overLine("phone", code, w.grant("phone", collect(mine)), 0)
		must(t, err)
		if n.Compartment != mine.Compartment || v.Info().Flags&wire.FlagRelayed == 0 {
			t.Errorf("%+v, INFO %+v", n, v.Info())
		}
		w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
		w.board.take(mine.Compartment)
		w.board.shut(mine.Compartment)
		w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	}
}

// A code that was shown a moment ago is good for another minute, and one from before that is not.
func TestPresenceCodesPass(t *testing.T) {
	w := newLineWorld(t)
	grant := w.grant("phone", collect(w.dropOff(first, 1)))
	old := w.agent.AtPanel().Presence
	w.pass(61 * time.Second)
	if now := w.agent.AtPanel().Presence; now == old || len(now) != 6 {
		t.Errorf("after a minute %q is shown, before it %q", now, old)
	}
	_, _, _, err := w.overLine("phone", old, grant, -1)
	must(t, err)
	w.pass(61 * time.Second)
	_, _, _, err = w.overLine("phone", old, grant, -1)
	refused(t, err, lockhouse.CodeWrongPresence)
}

// A wrong code opens nothing, costs a wait like a wrong PIN, and a power cut forgets none. The radio and the panel know nothing
// of that wait, and who has no good grant can make nobody wait.
func TestWrongPresence(t *testing.T) {
	w := newLineWorld(t)
	mine := w.dropOff(first, 1)
	grant := w.grant("phone", collect(mine))
	for range 20 {
		_, _, _, err := w.overLine("thief", not(w.agent.AtPanel().Presence), grant, 0)
		refused(t, err, lockhouse.CodeWrongPhone)
	}
	for range 3 {
		_, _, _, err := w.overLine("phone", not(w.agent.AtPanel().Presence), grant, 0)
		refused(t, err, lockhouse.CodeWrongPresence)
	}
	w.start()
	_, _, _, err := w.overLine("phone", w.agent.AtPanel().Presence, grant, 0)
	refused(t, err, lockhouse.CodeWaitPresence)
	if w.agent.AtPanel().WaitS != 0 || w.board.opens != 1 {
		t.Errorf("the panel waits %d s, %d doors opened", w.agent.AtPanel().WaitS, w.board.opens)
	}
	w.pass(12 * time.Second)
	_, v, _, err := w.overLine("phone", w.agent.AtPanel().Presence, grant, 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
}

// TestNoCodeWithoutALine: a code that could open nothing is not shown, and the panel says why.
func TestNoCodeWithoutALine(t *testing.T) {
	w := newLineWorld(t)
	if p := w.agent.AtPanel(); len(p.Presence) != 6 || p.LineDown {
		t.Errorf("with a line: %+v", p)
	}
	w.agent.Lined(false)
	if p := w.agent.AtPanel(); p.Presence != "" || !p.LineDown {
		t.Errorf("without a line: %+v", p)
	}
	w.agent.Lined(true)
	if p := w.agent.AtPanel(); len(p.Presence) != 6 || p.LineDown {
		t.Errorf("with a line again: %+v", p)
	}
	w.config.Presence = agent.Presence{Printed: printed}
	w.start()
	w.agent.Lined(false)
	if p := w.agent.AtPanel(); p.LineDown {
		t.Error("a screen that shows no codes says that it can't just now")
	}
}

// TestHealthSaysWhatThereIs at the panel, also where there is nothing: the network offers no way that is none.
func TestHealthSaysWhatThereIs(t *testing.T) {
	w := newWorld(t)
	if h := w.agent.Health(); !slices.Equal(h.Panel, []string{"renews"}) {
		t.Errorf("without a panel: %q", h.Panel)
	}
	w = newLineWorld(t)
	w.agent.SetPanel(lockhouse.Panel{Keys: true, HeightMM: 900}, nil)
	if h := w.agent.Health(); !slices.Equal(h.Panel, []string{"keys", "code_shown", "code_printed", "renews"}) || h.PanelMM != 900 {
		t.Errorf("%q, %d mm", h.Panel, h.PanelMM)
	}
}

// TestStaleOverTheLine: whatever the network holds back for 15 s does nothing when it arrives.
func TestStaleOverTheLine(t *testing.T) {
	w := newLineWorld(t)
	grant := w.grant("phone", collect(w.dropOff(first, 1)))
	begin := func(r *relay, open int) (*phone.Visit, error) {
		v, _, err := phone.Begin(soon(t), r, phone.Phone{Key: signer(t, "phone"), Random: rand.Reader, Presence: printed}, w.locker(), grant, open)
		return v, err
	}
	connect := func() *relay {
		r, err := w.relayed("phone")
		must(t, err)
		w.link = r.Direct
		return r
	}
	wait := func(d time.Duration) func() { return func() { w.pass(d) } }

	held := connect()
	held.late = wait(15 * time.Second)
	if _, err := begin(held, 0); !errors.Is(err, wire.ATTClosed) {
		t.Errorf("a first message of 15 s ago: %v", err)
	}
	r := connect()
	v, err := begin(r, -1)
	must(t, err)
	r.late = wait(15 * time.Second)
	_, err = v.Open(soon(t), 0, 0)
	refused(t, err, lockhouse.CodeStale)
	if w.board.opens != 1 {
		t.Fatalf("%d doors opened", w.board.opens)
	}
	r.late = nil // the same phone asks how things stand, and then again
	if _, err := v.Tail(soon(t), 1); err != nil {
		t.Fatal(err)
	}
	r.late = wait(14 * time.Second)
	_, err = v.Open(soon(t), 0, 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
}

// TestReplayedOverTheLine: the network can say again what a phone said, in that session or another: it does nothing.
func TestReplayedOverTheLine(t *testing.T) {
	w := newLineWorld(t)
	mine := w.dropOff(first, 1)
	r, v, _, err := w.overLine("phone", printed, w.grant("phone", collect(mine)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(mine.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	opens := w.board.opens
	other, err := w.relayed("replay")
	must(t, err)
	for _, frame := range r.said {
		again := append([]byte{other.Session.Info()[1]}, frame[1:]...)
		if err := other.Session.Write(again); err == nil {
			t.Error("a recorded first message was taken in another session")
		}
		_ = r.Session.Write(frame) // its own session ends over it
	}
	w.pass(10 * time.Second)
	if w.board.opens != opens {
		t.Error("a door opened by a replay")
	}
}

// TestRelayedKeepTheirForm: a first message made for the radio is none on the line, the other way round neither, and without a
// presence code there is no way over the line at all.
func TestRelayedKeepTheirForm(t *testing.T) {
	w := newLineWorld(t)
	grant := w.grant("phone", collect(w.dropOff(first, 1)))
	air, err := w.connect("phone")
	must(t, err)
	line, err := w.relayed("phone")
	must(t, err)
	if s := w.sendForm(air, grant, true); s.Err() == nil {
		t.Error("the radio took a first message of the line's form")
	}
	if s := w.sendForm(line.Direct, grant, false); s.Err() == nil {
		t.Error("the line took a first message without a code")
	}
	w.config.Presence = agent.Presence{}
	w.start()
	_, err = w.relayed("phone")
	refused(t, err, lockhouse.CodeClosed)
}

// sendForm sends a first message in one form or the other, its proof good for that form, and gives how it was answered.
func (w *world) sendForm(link *phone.Direct, grant []byte, relayed bool) wire.Status {
	w.t.Helper()
	info := link.Session.Info()
	i, err := wire.NewInitiator(public(w.t, "static"), info, rand.Reader)
	must(w.t, err)
	m := credential.Meeting{Info: info, Static: public(w.t, "static"), Ephemeral: i.Ephemeral(), Grant: grant}
	if relayed {
		m.Presence = []byte(printed)
	}
	proof, err := credential.Prove(signer(w.t, "phone"), m)
	must(w.t, err)
	var message any = wire.Presentation{Grant: grant, Proof: proof}
	if relayed {
		message = wire.Relayed{Grant: grant, Proof: proof, Presence: m.Presence}
	}
	plain, err := wire.Encode(message)
	must(w.t, err)
	m1, err := i.First(plain)
	must(w.t, err)
	frames, err := wire.Cut(info[1], m1, 200)
	must(w.t, err)
	for _, f := range frames {
		must(w.t, link.Session.Write(f))
	}
	joiner := wire.Joiner{Session: info[1]}
	for f := range link.Frames() {
		m2, err := joiner.Add(f)
		must(w.t, err)
		if m2 != nil {
			payload, _, err := i.Second(m2)
			must(w.t, err)
			admission, err := wire.DecodeAdmission(payload)
			must(w.t, err)
			return admission.Admitted
		}
	}
	return 0
}

// TestSeatsOfEachKind: however many come over the line, the radio's seats are free, and the other way round.
func TestSeatsOfEachKind(t *testing.T) {
	w := newLineWorld(t)
	grant := w.grant("phone", collect(w.dropOff(first, 1)))
	var proved []*phone.Visit
	for _, peer := range []string{"a", "b", "c", "d"} {
		r, err := w.relayed(peer)
		must(t, err)
		v, _, err := phone.Begin(soon(t), r, phone.Phone{Key: signer(t, "phone"), Random: rand.Reader, Presence: printed}, w.locker(), grant, -1)
		must(t, err)
		proved = append(proved, v)
	}
	if _, err := w.relayed("e"); !errors.Is(err, wire.ATTFull) {
		t.Errorf("a fifth over the line: %v", err)
	}
	for i := range 8 {
		if _, err := w.connect(string(rune('k' + i))); err != nil {
			t.Errorf("radio session %d: %v", i, err)
		}
	}
	for _, v := range proved {
		if _, err := v.Tail(soon(t), 1); err != nil {
			t.Errorf("the radio's sessions took a seat of the line's: %v", err)
		}
	}
}

// TestLineCut: a line that is cut before the first message has done nothing; after it, the door opens all the same, since the tap
// was made, and the phone that comes back, over the line or by radio, learns what became of it and opens no second time.
func TestLineCut(t *testing.T) {
	w := newLineWorld(t)
	mine := w.dropOff(first, 1)
	grant := w.grant("phone", collect(mine))
	r, err := w.relayed("phone")
	must(t, err)
	r.Session.Close()
	w.pass(10 * time.Second)
	if w.board.opens != 1 {
		t.Fatal("a door opened for nobody")
	}
	r, _, _, err = w.overLine("phone", printed, grant, 0)
	must(t, err)
	r.Session.Close() // before the pulse
	w.pass(2 * time.Second)
	if w.board.opens != 2 {
		t.Fatalf("%d doors opened", w.board.opens)
	}
	_, v, _, err := w.overLine("phone", printed, grant, -1)
	must(t, err)
	tail, err := v.Tail(soon(t), 1)
	must(t, err)
	if last := w.verified(tail[0]); last.Kind != lockhouse.ReceiptOpened || last.Ref != first {
		t.Errorf("the locker says %+v", last)
	}
	_, err = v.Open(soon(t), 0, 0)
	refused(t, err, lockhouse.CodeBusy)
	v, _, err = w.visit("phone", grant, -1) // by radio this time: the news go to whoever came last
	must(t, err)
	w.board.take(mine.Compartment)
	w.board.shut(mine.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
}

// TestCourierOverTheLine: a courier whose browser has no Bluetooth fills a locker over its line, with the code typed once: each door has its
// tap, asked for within 15 s of the locker's own word, and one at a time. After a quarter of an hour the code is to be read again.
func TestCourierOverTheLine(t *testing.T) {
	w := newLineWorld(t)
	var targets []lockhouse.Target
	for n := range 6 {
		targets = append(targets, store(lockhouse.ParcelRef{byte(n + 1)}, 1))
	}
	_, v, _, err := w.overLine("courier", w.agent.AtPanel().Presence, w.grant("courier", targets...), -1)
	must(t, err)
	began := w.now
	fresh := func() {
		t.Helper()
		if _, err := v.Tail(soon(t), 1); err != nil {
			t.Fatal(err)
		}
	}
	for n, target := range targets[:4] {
		fresh()
		if n == 2 { // whoever waits too long before tapping asks anew
			w.pass(16 * time.Second)
			_, err := v.Open(soon(t), n, 0)
			refused(t, err, lockhouse.CodeStale)
			fresh()
		}
		answer, err := v.Open(soon(t), n, 0)
		must(t, err)
		w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
		_, err = v.Open(soon(t), 5, 0)
		refused(t, err, lockhouse.CodeBusy)
		w.board.put(answer.Compartment, target.Ref)
		w.board.shut(answer.Compartment)
		w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored)
		w.pass(time.Minute)
	}
	opens := w.board.opens
	for w.now.Sub(began) < 15*time.Minute {
		if _, err := v.Tail(soon(t), 1); err != nil {
			break
		}
		w.pass(time.Minute)
	}
	if _, err := v.Open(soon(t), 4, 0); err == nil || w.board.opens != opens {
		t.Errorf("after %s the code that was read once still opens", w.now.Sub(began))
	}
}

// TestCouriersWaitAmongThemselves: a courier's wrong codes make couriers wait over the line, and no recipient.
func TestCouriersWaitAmongThemselves(t *testing.T) {
	w := newLineWorld(t)
	mine := w.dropOff(first, 1)
	grant := w.grant("courier", store(second, 1), lockhouse.Target{Ref: first, Verb: lockhouse.VerbTakeOut, Compartment: mine.Compartment, Generation: mine.Generation})
	for range 3 {
		if code := w.typed("courier", not(w.agent.AtPanel().Presence), grant); code != lockhouse.CodeWrongPresence {
			t.Fatal(code)
		}
	}
	if code := w.typed("other courier", printed, w.grant("other courier", store(lockhouse.ParcelRef{7}, 1))); code != lockhouse.CodeWaitPresence {
		t.Errorf("another courier is told %s", code)
	}
	if code := w.typed("phone", printed, w.grant("phone", collect(mine))); code != "" {
		t.Errorf("the recipient is told %s", code)
	}
}
