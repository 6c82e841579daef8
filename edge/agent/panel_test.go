package agent_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// pin is what the network shows to the recipient of what a receipt said was stored: made of the issuer's private key, as
// there.
func (w *world) pin(r *lockhouse.Receipt) string {
	w.t.Helper()
	return w.pinSecret().PIN(r.Ref, r.Generation, time.Time{})
}

func (w *world) pinSecret() credential.PINSecret {
	w.t.Helper()
	issuer, err := signer(w.t, "issuer").ECDH()
	must(w.t, err)
	secret, err := credential.AgreePINSecret(issuer, public(w.t, "static"), shared, lockerID)
	must(w.t, err)
	return secret
}

// paper is what the recipient prints.
func (w *world) paper(r *lockhouse.Receipt, change ...func(*lockhouse.Grant)) string {
	w.t.Helper()
	g := lockhouse.Grant{ID: lockhouse.GrantID{9}, Locker: lockerID, IssuedAt: w.now.Add(-time.Minute), ExpiresAt: w.now.Add(48 * time.Hour), Targets: []lockhouse.Target{collect(r)}}
	for _, c := range change {
		c(&g)
	}
	raw, err := credential.SignPass(authority(w.t, "issuer"), g)
	must(w.t, err)
	return wire.PassDigits(raw)
}

// wrong is a PIN that opens nothing.
const wrong = "00000000"

func (w *world) wantPanel(number int, event wire.DoorEvent) {
	w.t.Helper()
	if p := w.agent.AtPanel(); p.Door != number || p.Event != event {
		w.t.Errorf("the panel shows %+v, want door %d with event %d", p, number, event)
	}
}

// TestPIN opens one parcel's door, says in each receipt that no phone was there, and is over with the parcel, but for the
// grace that a phone has too.
func TestPIN(t *testing.T) {
	w := newWorld(t)
	mine, other := w.dropOff(first, 1), w.dropOff(second, 1)
	w.board.only = first
	must(t, w.agent.EnterPIN(w.pin(mine)))
	w.wantPanel(mine.Compartment, 0)
	w.pass(time.Second)
	w.wantPanel(mine.Compartment, wire.DoorOpened)
	refused(t, w.agent.EnterPIN(w.pin(other)), lockhouse.CodeBusy) // one door at a time
	w.board.take(mine.Compartment)
	w.board.shut(mine.Compartment)
	w.pass(time.Second)
	w.wantPanel(mine.Compartment, wire.DoorClosed)
	w.wantKinds(mine.Compartment, "authorised", "opened", "stored", "authorised", "opened", "collected")
	for _, r := range w.receipts()[8:] {
		if r.Ref != first || r.Grant != (lockhouse.GrantID{}) || r.Phone != [8]byte{} || r.Generation != mine.Generation {
			t.Errorf("a receipt says %+v", r)
		}
	}
	for range 2 {
		must(t, w.agent.EnterPIN(w.pin(mine)))
		w.pass(time.Second)
		w.board.shut(mine.Compartment)
		w.pass(time.Second)
	}
	refused(t, w.agent.EnterPIN(w.pin(mine)), lockhouse.CodeUsed)
	w.board.only = second
	must(t, w.agent.EnterPIN(strconv.Itoa(other.Compartment)+w.pin(other)))
	w.pass(time.Second)
	w.wantPanel(other.Compartment, wire.DoorOpened)
}

// TestPINTellsWhatTheDoorDoes, also when it does nothing.
func TestPINTellsWhatTheDoorDoes(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	number := stored.Compartment
	w.board.sticks[number-1] = true
	must(t, w.agent.EnterPIN(w.pin(stored)))
	w.pass(10 * time.Second)
	w.wantPanel(number, wire.DoorTimeout)
	w.board.sticks[number-1] = false
	must(t, w.agent.EnterPIN(w.pin(stored)))
	w.pass(2 * time.Minute)
	w.wantPanel(number, wire.DoorLeftOpen)
	w.start()
	w.wantPanel(number, wire.DoorLeftOpen)
	w.board.shut(number)
	w.pass(3 * time.Second)
	w.wantPanel(number, wire.DoorClosed)
	if !w.agent.AtPanel().At.Before(w.now.Add(time.Second)) || w.agent.AtPanel().Busy {
		t.Errorf("%+v", w.agent.AtPanel())
	}
}

func TestPINIsOfItsLockerAndDropOff(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	later := *stored
	later.Generation++
	for name, c := range map[string]struct {
		digits string
		code   lockhouse.Code
	}{
		"another generation": {w.pin(&later), lockhouse.CodeWrongPIN},
		"another's door":     {"5" + w.pin(stored), lockhouse.CodeWrongPIN},
		"no such door":       {"77" + w.pin(stored), lockhouse.CodeNoDoor},
		"door 0":             {"0" + w.pin(stored), lockhouse.CodeNoDoor},
		"too short":          {"1234567", lockhouse.CodeNoPIN},
		"too long":           {"123412345678", lockhouse.CodeNoPIN},
		"letters":            {"1234567x", lockhouse.CodeNoPIN},
		"nothing":            {"", lockhouse.CodeNoPIN},
	} {
		if err := w.agent.EnterPIN(c.digits); lockhouse.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if w.pass(5 * time.Second); len(w.board.pulses) != 1 {
		t.Errorf("pulsed %v", w.board.pulses)
	}
}

// TestWrongPINsWait: three are free, then each costs twice as much; the named door has a wait of its own; a restart
// begins the wait anew, also from a journal that was written anew; and time ends it.
func TestWrongPINsWait(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	for n, want := range []int{0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900} {
		err := w.agent.EnterPIN(wrong)
		refused(t, err, lockhouse.CodeWrongPIN)
		if got := w.agent.AtPanel().WaitS; got != want {
			t.Fatalf("after %d wrong ones the wait is %d s, want %d", n+1, got, want)
		}
		if want > 0 {
			refused(t, w.agent.EnterPIN(w.pin(stored)), lockhouse.CodeWaitPIN)
			w.pass(time.Duration(want) * time.Second)
		}
	}
	refused(t, w.agent.EnterPIN(wrong), lockhouse.CodeWrongPIN)
	w.pass(890 * time.Second)
	w.start()
	if got := w.agent.AtPanel().WaitS; got < 890 {
		t.Errorf("a pulled plug leaves %d s of the wait", got)
	}
	for w.journal.rewrites = 0; w.journal.rewrites == 0 || w.agent.AtPanel().WaitS == 0; {
		w.alarms(2)
		w.agent.Acknowledged(w.last().Seq - 100)
		w.journal.rewrites = 0
		for range 4 {
			_ = w.agent.EnterPIN(wrong)
		}
		w.pass(time.Second)
	}
	before := w.agent.AtPanel().WaitS
	if w.start(); w.agent.AtPanel().WaitS < before-1 || before == 0 {
		t.Errorf("the wait was %d s, and after a rewrite and a restart it is %d", before, w.agent.AtPanel().WaitS)
	}
	must(t, w.agent.EnterPIN(strconv.Itoa(stored.Compartment)+w.pin(stored))) // the door has no wait
}

// TestAWaitIsNotForYears: where the clock was ahead and is set back, a wait is not counted from the future.
func TestAWaitIsNotForYears(t *testing.T) {
	w := newWorld(t)
	w.config.NotBefore = noon.Add(10 * 365 * 24 * time.Hour)
	w.journal.lines = nil
	w.start()
	for range 5 {
		_ = w.agent.EnterPIN(wrong)
		w.pass(time.Minute)
	}
	_ = w.agent.EnterPIN(wrong)
	w.setTime()
	w.pass(16 * time.Minute)
	if p := w.agent.AtPanel(); p.WaitS != 0 {
		t.Errorf("the wait is %d s", p.WaitS)
	}
}

// TestGuessing holds what docs/latch.md computes the odds from: whatever the order of guesses, pauses and restarts, in a
// stretch of time no more wrong PINs are tried than ten and one for each quarter of an hour.
func TestGuessing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(quiet{t, rt})
		w.dropOff(first, 1)
		var tried []time.Time
		door := rapid.SampledFrom([]string{"", "2"}).Draw(rt, "door")
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				w.start()
			case 1:
				w.pass(time.Duration(rapid.IntRange(1, 2_000).Draw(rt, "seconds")) * time.Second)
			default:
				if lockhouse.CodeOf(w.agent.EnterPIN(door+wrong)) == lockhouse.CodeWrongPIN {
					tried = append(tried, w.now)
				}
			}
		}
		notTooMany(rt, tried)
		if len(w.board.pulses) != 1 {
			rt.Fatalf("pulsed %v", w.board.pulses)
		}
	})
}

// TestRenewed: once the locker has heard that a parcel's PIN and passes were voided, those open nothing, through a power cut too, and the new ones
// open; before it has heard, the former ones do. A phone's grant has nothing to do with it.
func TestRenewed(t *testing.T) {
	w := newWorld(t)
	mine, other := w.dropOff(first, 1), w.dropOff(second, 1)
	oldPIN, oldPass, othersPass := w.pin(mine), w.paper(mine), w.paper(other)
	at := w.now
	newPIN := w.pinSecret().PIN(mine.Ref, mine.Generation, at)
	refused(t, w.agent.EnterPIN(newPIN), lockhouse.CodeWrongPIN) // it has not heard
	raw, err := credential.SignDesired(authority(t, "issuer"), lockerID, lockhouse.Desired{Version: 4, Revoked: []lockhouse.Revocation{{Name: first, At: at, Until: at.Add(45 * 24 * time.Hour)}}})
	must(t, err)
	must(t, w.agent.SetDesired(raw))
	w.start()
	refused(t, w.agent.EnterPIN(oldPIN), lockhouse.CodeWrongPIN)
	refused(t, w.agent.ShowPass(oldPass), lockhouse.CodeLapsed)
	_, _, err = w.visit("recipient", w.grant("recipient", collect(mine)), -1)
	must(t, err)
	open := func(number int, by func() error) {
		t.Helper()
		must(t, by())
		w.pass(time.Second)
		w.wantPanel(number, wire.DoorOpened)
		w.board.shut(number)
		w.pass(time.Second)
	}
	w.board.only = second
	open(other.Compartment, func() error { return w.agent.ShowPass(othersPass) })
	w.board.only = first
	open(mine.Compartment, func() error {
		return w.agent.ShowPass(w.paper(mine, func(g *lockhouse.Grant) { g.IssuedAt = at.Add(time.Second) }))
	})
	must(t, w.agent.EnterPIN(newPIN)) // something was left inside
}

func TestPass(t *testing.T) {
	w := newWorld(t)
	mine := w.dropOff(first, 1)
	w.dropOff(second, 1)
	w.board.only = first
	for name, c := range map[string]struct {
		digits string
		code   lockhouse.Code
	}{
		"over":            {w.paper(mine, func(g *lockhouse.Grant) { g.IssuedAt, g.ExpiresAt = w.now.Add(-2*time.Hour), w.now.Add(-time.Hour) }), lockhouse.CodeLapsed},
		"another locker":  {w.paper(mine, func(g *lockhouse.Grant) { g.Locker = lockhouse.LockerIDOf([8]byte{9}) }), lockhouse.CodeWrongLocker},
		"another parcel":  {w.paper(mine, func(g *lockhouse.Grant) { g.Targets[0].Ref = lockhouse.ParcelRef{7} }), lockhouse.CodeNotHere},
		"no such door":    {w.paper(mine, func(g *lockhouse.Grant) { g.Targets[0].Compartment = 77 }), lockhouse.CodeNotHere},
		"a phone's grant": {wire.PassDigits(w.grant("recipient", collect(mine))), lockhouse.CodeGrantInvalid},
		"another code":    {"5901234123457", lockhouse.CodeGrantInvalid},
		"nothing":         {"", lockhouse.CodeGrantInvalid},
	} {
		if err := w.agent.ShowPass(c.digits); lockhouse.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	raw, err := wire.ReadPassDigits(w.paper(mine))
	must(t, err)
	_, _, err = w.visit("recipient", raw, 0)
	refused(t, err, lockhouse.CodeGrantInvalid) // by radio it is nothing
	must(t, w.agent.ShowPass(w.paper(mine)))
	w.pass(time.Second)
	w.board.take(mine.Compartment)
	w.board.shut(mine.Compartment)
	w.pass(time.Second)
	if r := w.last(); r.Kind != lockhouse.ReceiptCollected || r.Grant != (lockhouse.GrantID{9}) || r.Phone != [8]byte{} {
		t.Errorf("the receipt says %+v", r)
	}
	w.pass(10 * time.Minute)
	refused(t, w.agent.ShowPass(w.paper(mine)), lockhouse.CodeUsed)
}

// TestOneDoorAtATime: the panel waits for a phone's door to spring, and a phone for the panel's.
func TestOneDoorAtATime(t *testing.T) {
	w := newWorld(t)
	mine, other := w.dropOff(first, 1), w.dropOff(second, 2)
	_, _, err := w.visit("recipient", w.grant("recipient", collect(other)), 0)
	must(t, err)
	refused(t, w.agent.EnterPIN(w.pin(mine)), lockhouse.CodeBusy)
	refused(t, w.agent.ShowPass(w.paper(mine)), lockhouse.CodeBusy)
	if !w.agent.AtPanel().Busy {
		t.Error("the panel shows itself free")
	}
	w.pass(time.Second)
	must(t, w.agent.EnterPIN(w.pin(mine)))
	_, _, err = w.visit("courier", w.grant("courier", store(lockhouse.ParcelRef{3}, 3)), 0)
	refused(t, err, lockhouse.CodeBusy)
}

// TestPINWhenTheDiskFails both ways: nothing opens, and a wrong PIN that was written down counts although nobody was told.
func TestPINWhenTheDiskFails(t *testing.T) {
	for name, digits := range map[string]func(*world, *lockhouse.Receipt) string{
		"the right one": func(w *world, r *lockhouse.Receipt) string { return w.pin(r) },
		"a wrong one":   func(*world, *lockhouse.Receipt) string { return wrong },
	} {
		w := newWorld(t)
		stored := w.dropOff(first, 1)
		w.journal.fails = errors.New("no disk")
		refused(t, w.agent.EnterPIN(digits(w, stored)), lockhouse.CodeUnavailable)
		refused(t, w.agent.EnterPIN(w.pin(stored)), lockhouse.CodeUnavailable)
		w.journal.fails = nil
		if w.pass(5 * time.Second); len(w.board.pulses) != 1 {
			t.Errorf("%s: pulsed %v", name, w.board.pulses)
		}
	}
	w := newWorld(t)
	for range 3 {
		if !w.cut(2, func() { _ = w.agent.EnterPIN(wrong) }) {
			t.Fatal("nothing was written")
		}
		w.halt()
	}
	if p := w.agent.AtPanel(); p.WaitS != 10 {
		t.Errorf("after three that were cut off the wait is %d s", p.WaitS)
	}
}

// TestCutAtThePanel: the power goes at every point of an opening by PIN; the person types it again, and gets the parcel and
// nothing else.
func TestCutAtThePanel(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(t)
		mine := w.dropOff(first, 1)
		w.dropOff(second, 1)
		w.board.only = first
		has := lockhouse.ParcelRef{}
		try := func() {
			_ = w.agent.EnterPIN(w.pin(mine))
			w.pass(time.Second)
			if w.board.open[mine.Compartment-1] {
				if got := w.board.take(mine.Compartment); got != (lockhouse.ParcelRef{}) {
					has = got
				}
				w.board.shut(mine.Compartment)
			}
			w.pass(10 * time.Second)
		}
		went := w.cut(at, try)
		for range 3 {
			w.start()
			try()
		}
		if has != first {
			t.Fatalf("cut at %d: the parcel is locked in; %v", at, w.kinds(mine.Compartment))
		}
		w.nothingIsLost()
		if !went {
			return
		}
	}
}

// TestOnePINOfTwoParcels opens neither, costs nobody a wait, and opens each with its door's number.
func TestOnePINOfTwoParcels(t *testing.T) {
	w := newWorld(t)
	secret := w.pinSecret()
	seen, pair := map[string]lockhouse.ParcelRef{}, [2]lockhouse.ParcelRef{}
	for i := uint32(1); pair[0] == (lockhouse.ParcelRef{}); i++ { // some ten thousand, by the birthday paradox
		ref := lockhouse.ParcelRef{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i), 1}
		pin := secret.PIN(ref, 1, time.Time{})
		if other, ok := seen[pin]; ok {
			pair = [2]lockhouse.ParcelRef{other, ref}
		}
		seen[pin] = ref
	}
	one, two := w.dropOff(pair[0], 1), w.dropOff(pair[1], 1)
	if one.Generation != 1 || two.Generation != 1 || w.pin(one) != w.pin(two) {
		t.Fatalf("%+v and %+v have not the same PIN", one, two)
	}
	for range 5 {
		refused(t, w.agent.EnterPIN(w.pin(one)), lockhouse.CodeNameDoor)
	}
	for _, r := range []*lockhouse.Receipt{one, two} {
		w.board.only = r.Ref
		must(t, w.agent.EnterPIN(strconv.Itoa(r.Compartment)+w.pin(r)))
		w.pass(time.Second)
		w.wantPanel(r.Compartment, wire.DoorOpened)
		w.board.take(r.Compartment)
		w.board.shut(r.Compartment)
		w.pass(time.Second)
	}
}
