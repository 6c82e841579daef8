package agent_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// wants is what the network says to the locker now, sealed to somebody's static key.
func (w *world) sealed(static string, want lockhouse.Desired) []byte {
	w.t.Helper()
	statement, err := credential.SignDesired(authority(w.t, "issuer"), lockerID, want)
	must(w.t, err)
	mail, err := credential.SealMail(public(w.t, static), statement)
	must(w.t, err)
	return mail
}

func (w *world) carries(mail []byte) { w.mail = func(wire.Info) []byte { return mail } }

// revoke takes back what a phone has, or a grant, for a day.
func (w *world) revoke(name [8]byte) lockhouse.Revocation {
	return lockhouse.Revocation{Name: name, At: w.now, Until: w.now.Add(24 * time.Hour)}
}

// A phone was lost: what it had opens nothing, whether it was shown before or is shown now, on this start or the next. What it is
// given later opens, and another phone's does all along. The list is forgotten when the last grant would have ended.
func TestRevokedPhone(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	lost := w.grant("recipient", collect(stored))
	_, _, err := w.visit("recipient", lost, -1)
	must(t, err)
	link := w.link
	must(t, w.agent.SetDesired(w.says(lockhouse.Desired{Version: 1, Revoked: []lockhouse.Revocation{w.revoke(credential.Thumbprint(public(t, "recipient")))}})))
	if !over(link) {
		t.Error("it was shown before, and its session lives on")
	}
	for range 2 {
		_, _, err = w.visit("recipient", lost, 0)
		refused(t, err, lockhouse.CodeLapsed)
		w.start()
	}
	w.pass(2 * time.Minute)
	v, _, err := w.visit("another", w.grant("another", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(stored.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	_, _, err = w.visit("recipient", w.grant("recipient", collect(stored)), -1) // issued since
	must(t, err)
}

// One grant is taken back by its id, as receipts name it; the phone's others go on.
func TestRevokedGrant(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	mine, other := w.grant("recipient", collect(stored)), w.grant("recipient", collect(stored))
	g, err := credential.VerifyGrant(w.config.Trusted, mine)
	must(t, err)
	must(t, w.agent.SetDesired(w.says(lockhouse.Desired{Version: 1, Revoked: []lockhouse.Revocation{w.revoke(g.ID)}})))
	_, _, err = w.visit("recipient", mine, 0)
	refused(t, err, lockhouse.CodeLapsed)
	_, _, err = w.visit("recipient", other, 0)
	must(t, err)
}

func (w *world) says(want lockhouse.Desired) []byte {
	w.t.Helper()
	raw, err := credential.SignDesired(authority(w.t, "issuer"), lockerID, want)
	must(w.t, err)
	return raw
}

// Any phone brings the network's word to a locker without a line: it can't read it, and it holds from then on. What is older, was
// changed, sealed to another locker or not the network's changes nothing, and nobody's door stays shut for it.
func TestMail(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	thief := credential.Thumbprint(public(t, "thief"))
	good := w.sealed("static", lockhouse.Desired{Version: 7, At: w.now.Add(3 * time.Hour), OutOfService: []int{2}, Revoked: []lockhouse.Revocation{w.revoke(thief)}})
	older := w.sealed("static", lockhouse.Desired{Version: 6, At: w.now, OutOfService: []int{3}})
	changed := append([]byte(nil), good...)
	changed[len(changed)/2] ^= 1
	stranger, err := credential.SignDesired(authority(t, "stranger"), lockerID, lockhouse.Desired{Version: 99})
	must(t, err)
	forged, err := credential.SealMail(public(t, "static"), stranger)
	must(t, err)
	visit := func(mail []byte, wantSeq uint32) {
		t.Helper()
		w.carries(mail)
		v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), -1)
		must(t, err)
		must(t, v.Bye(soon(t)))
		w.carries(nil)
		v, _, err = w.visit("another", w.grant("another", collect(stored)), -1)
		must(t, err)
		if got := v.Info().MailSeq; got != wantSeq {
			t.Errorf("the locker keeps to %d, want %d", got, wantSeq)
		}
	}
	for _, none := range [][]byte{nil, changed, forged, w.sealed("somebody's", lockhouse.Desired{Version: 8}), make([]byte, 200)} {
		visit(none, 0)
	}
	visit(good, 7)
	visit(older, 7)
	if out := w.outOfService(); len(out) != 1 || out[0] != 2 {
		t.Errorf("out of service are %v", out)
	}
	if floor := w.agent.Floor(); floor.Before(w.now.Add(2 * time.Hour)) {
		t.Errorf("it is said to be later, and the floor is %v", floor)
	}
	w.carries(nil)
	_, _, err = w.visit("thief", w.grant("thief", collect(stored)), 0)
	refused(t, err, lockhouse.CodeLapsed)
}

// After a cut without a line nobody knows how late it is, and couriers are turned away. A phone that asks the network on the spot, with
// the nonce of this meeting, brings the time; the same mail in another meeting does not.
func TestTimeByMail(t *testing.T) {
	w := newWorld(t)
	w.start()
	grant := w.grant("courier", store(first, 1))
	_, _, err := w.visit("courier", grant, 0)
	refused(t, err, lockhouse.CodeClockUnsure)
	var kept []byte
	w.mail = func(i wire.Info) []byte {
		kept = w.sealed("static", lockhouse.Desired{At: w.now, Nonce: i.Nonce})
		return kept
	}
	v, n, err := w.visit("courier", grant, 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.put(n.Compartment, first)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored)
	w.start()
	w.carries(kept)
	_, _, err = w.visit("courier", w.grant("courier", store(second, 1)), 0)
	refused(t, err, lockhouse.CodeClockUnsure)
}

// Whatever a phone sends as mail, nothing is kept to but what the network said.
func TestNonsenseAsMail(t *testing.T) {
	w := newWorld(t)
	good := w.sealed("static", lockhouse.Desired{Version: 1, OutOfService: []int{1, 2, 3}})
	rapid.Check(t, func(r *rapid.T) {
		mail := append([]byte(nil), good...)
		switch rapid.IntRange(0, 2).Draw(r, "how") {
		case 0:
			mail[rapid.IntRange(0, len(mail)-1).Draw(r, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		case 1:
			mail = mail[:rapid.IntRange(1, len(mail)-1).Draw(r, "length")]
		case 2:
			mail = rapid.SliceOfN(rapid.Byte(), 1, wire.MaxMailBytes).Draw(r, "bytes")
		}
		w.carries(mail)
		_, _, err := w.visit("recipient", w.grant("recipient", lockhouse.Target{Ref: first, Verb: lockhouse.VerbCollect, Compartment: 1, Generation: 1}), -1)
		if err != nil || w.agent.Health().Desired != 0 {
			r.Fatalf("%v; it keeps to %d", err, w.agent.Health().Desired)
		}
	})
}

// A machine that runs on keeps the time that it was told, for 45 days.
func TestTheClockRunsOn(t *testing.T) {
	w := newWorld(t)
	w.pass(time.Minute)
	w.now = w.now.Add(44 * 24 * time.Hour)
	w.pass(time.Second)
	_, _, err := w.visit("courier", w.grant("courier", store(first, 1)), -1)
	must(t, err)
	w.now = w.now.Add(2 * 24 * time.Hour)
	w.pass(time.Second)
	_, _, err = w.visit("courier", w.grant("courier", store(first, 1)), -1)
	refused(t, err, lockhouse.CodeClockUnsure)
}
