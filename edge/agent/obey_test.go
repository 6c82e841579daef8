package agent_test

import (
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// command signs one that is good now, but for what change does to it.
func (w *world) command(id byte, change func(*lockhouse.Command)) []byte {
	w.t.Helper()
	c := lockhouse.Command{ID: [8]byte{id}, Locker: lockerID, Verb: lockhouse.CommandReport, IssuedAt: w.now, ExpiresAt: w.now.Add(lockhouse.CommandLife)}
	if change != nil {
		change(&c)
	}
	raw, err := credential.SignCommand(authority(w.t, "issuer"), c)
	must(w.t, err)
	return raw
}

func (w *world) obeys(raw []byte, want lockhouse.Outcome) {
	w.t.Helper()
	if _, got := w.agent.Obey(raw); got != want {
		w.t.Errorf("the command was %s, not %s", got, want)
	}
}

func TestCommands(t *testing.T) {
	w := newWorld(t)
	good := w.command(1, nil)
	w.obeys(good, lockhouse.OutcomeDone)
	w.obeys(good, lockhouse.OutcomeRepeated)
	w.obeys(w.command(2, func(c *lockhouse.Command) { c.Verb = "open_all" }), lockhouse.OutcomeUnknown)
	w.obeys(w.command(3, func(c *lockhouse.Command) { c.Locker = lockhouse.LockerIDOf([8]byte{9}) }), lockhouse.OutcomeForeign)
	w.obeys(w.command(4, func(c *lockhouse.Command) { c.ExpiresAt = c.ExpiresAt.Add(time.Second) }), lockhouse.OutcomeForeign) // good for too long
	stranger, err := credential.SignCommand(authority(t, "stranger"), lockhouse.Command{Locker: lockerID, Verb: lockhouse.CommandReport, IssuedAt: w.now, ExpiresAt: w.now.Add(time.Second)})
	must(t, err)
	w.obeys(stranger, lockhouse.OutcomeForeign)
	w.obeys(desired(t, "issuer", lockerID, 1), lockhouse.OutcomeForeign) // signed, and another kind of statement
	late := w.command(5, nil)
	w.pass(lockhouse.CommandLife + time.Second)
	w.obeys(late, lockhouse.OutcomeExpired)
	w.obeys(good, lockhouse.OutcomeExpired) // it is forgotten when it could not be repeated any more
}

// A locker that has just started knows neither the time nor what it has done: it refuses until the network has told it
// the time, and what was commanded before it started for good.
func TestCommandsAfterAStart(t *testing.T) {
	w := newWorld(t)
	w.pass(10 * time.Second)
	before := w.command(1, nil)
	w.obeys(before, lockhouse.OutcomeDone)
	w.pass(2 * time.Second)
	w.start()
	w.obeys(before, lockhouse.OutcomeNoTime)
	w.setTime()
	w.obeys(before, lockhouse.OutcomeExpired)
	w.obeys(w.command(2, nil), lockhouse.OutcomeDone)
	w.now = w.now.Add(46 * 24 * time.Hour)
	w.obeys(w.command(3, nil), lockhouse.OutcomeNoTime) // it was told too long ago
}

func TestTooManyCommands(t *testing.T) {
	w := newWorld(t)
	for id := range byte(64) {
		w.obeys(w.command(id, nil), lockhouse.OutcomeDone)
	}
	w.obeys(w.command(64, nil), lockhouse.OutcomeBusy)
	w.pass(lockhouse.CommandLife + time.Second)
	w.obeys(w.command(65, nil), lockhouse.OutcomeDone)
}

// Whatever bit is changed: it is nobody's command.
func TestTamperedCommands(t *testing.T) {
	w := newWorld(t)
	good := w.command(1, nil)
	rapid.Check(t, func(r *rapid.T) {
		raw := append([]byte(nil), good...)
		raw[rapid.IntRange(0, len(raw)-1).Draw(r, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		if _, got := w.agent.Obey(raw); got != lockhouse.OutcomeForeign {
			r.Fatalf("%x was %s", raw, got)
		}
	})
}

// A drop-off is cut off between the lock's click and the door's contact, and the courier takes the parcel elsewhere. The network, which
// knows that, releases the compartment: that one, as it is, and no other.
func TestRelease(t *testing.T) {
	w := newWorld(t)
	kept := w.dropOff(second, 1)
	grant := w.grant("courier", store(first, 1))
	w.cutBetweenPulseAndContact(func() { _, _, _ = w.visit("courier", grant, 0); w.pass(time.Second) })
	w.start()
	w.setTime()
	doubts := w.agent.Health().Doubtful
	if len(doubts) != 1 || doubts[0].Ref != first {
		t.Fatalf("in doubt are %+v", doubts)
	}
	doubt := lockhouse.Doubt(doubts[0])
	release := func(id byte, d lockhouse.Doubt, want lockhouse.Outcome) {
		t.Helper()
		w.obeys(w.command(id, func(c *lockhouse.Command) { c.Verb, c.Doubt = lockhouse.CommandRelease, d }), want)
	}
	other, older, gone := doubt, doubt, doubt
	other.Ref, older.Generation, gone.Compartment = second, doubt.Generation-1, 99
	for i, d := range []lockhouse.Doubt{other, older, gone, {Compartment: kept.Compartment, Generation: kept.Generation, Ref: second}} {
		release(byte(10+i), d, lockhouse.OutcomeConflict)
	}
	w.journal.fails = notKept(syscall.ENOSPC)
	release(20, doubt, lockhouse.OutcomeBusy)
	w.journal.fails = nil
	w.pass(2 * time.Second)
	release(21, doubt, lockhouse.OutcomeDone)
	release(22, doubt, lockhouse.OutcomeConflict)
	w.start()
	if left := w.agent.Health().Doubtful; len(left) != 0 || w.agent.Doors()[doubt.Compartment-1].Occupied {
		t.Errorf("after a release and a start %+v are in doubt", left)
	}
	if !w.agent.Doors()[kept.Compartment-1].Occupied {
		t.Error("another's parcel counts as gone")
	}
}

// A doubt goes when its parcel is known to be elsewhere, also where its compartment was taken out of the table: the locker would complain of it
// for good.
func TestReleaseOutsideTheTable(t *testing.T) {
	w := newWorld(t)
	grant := w.grant("courier", store(first, 1))
	w.cutBetweenPulseAndContact(func() { _, _, _ = w.visit("courier", grant, 0); w.pass(time.Second) })
	w.config.Compartments = w.config.Compartments[2:]
	w.start()
	w.setTime()
	doubts := w.agent.Health().Doubtful
	if len(doubts) != 1 || w.agent.Health().Fault == "" {
		t.Fatalf("in doubt are %+v; fault %q", doubts, w.agent.Health().Fault)
	}
	w.obeys(w.command(1, func(c *lockhouse.Command) { c.Verb, c.Doubt = lockhouse.CommandRelease, lockhouse.Doubt(doubts[0]) }), lockhouse.OutcomeDone)
	if h := w.agent.Health(); len(h.Doubtful) != 0 || h.Fault != "" {
		t.Errorf("in doubt are %+v; fault %q", h.Doubtful, h.Fault)
	}
}

// cutBetweenPulseAndContact takes the power when the lock was let go and nobody has seen the door; the door is shut then.
func (w *world) cutBetweenPulseAndContact(do func()) {
	w.t.Helper()
	for i := range w.board.sticks {
		w.board.sticks[i] = true
	}
	pulses, cut := len(w.board.pulses), false
	w.board.seen = func(int) { w.cutAt = w.points + 1 }
	cut = w.cut(1<<30, do)
	if w.board.seen, w.board.sticks = nil, [16]bool{}; !cut || len(w.board.pulses) != pulses+1 {
		w.t.Fatal("the power stayed on")
	}
}

// TestRetire: a locker forgets nothing while something lies inside, and only the network may tell it to.
func TestRetire(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	told := func(id byte, verb lockhouse.CommandVerb) lockhouse.Outcome {
		raw, err := credential.SignCommand(authority(t, "issuer"), lockhouse.Command{ID: [8]byte{id}, Locker: lockerID, Verb: verb, IssuedAt: w.now, ExpiresAt: w.now.Add(time.Minute)})
		must(t, err)
		_, outcome := w.agent.Obey(raw)
		return outcome
	}
	for i, verb := range []lockhouse.CommandVerb{lockhouse.CommandRetire, lockhouse.CommandLeave} {
		if got := told(byte(10+i), verb); got != lockhouse.OutcomeConflict {
			t.Errorf("%s with a parcel inside: %s", verb, got)
		}
	}
	v, n, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	if got := told(2, lockhouse.CommandRetire); got != lockhouse.OutcomeBusy {
		t.Errorf("with receipts that the network lacks: %s", got)
	}
	w.agent.Acknowledged(uint64(len(w.agent.ReceiptsAfter(0, 100))))
	for id, verb := range []lockhouse.CommandVerb{lockhouse.CommandRetire, lockhouse.CommandRetire, lockhouse.CommandLeave, lockhouse.CommandLeave} {
		if got := told(byte(20+id), verb); got != lockhouse.OutcomeDone {
			t.Errorf("%s, empty: %s", verb, got)
		}
	}
	_, _, err = w.visit("courier", w.grant("courier", store(second, 1)), 0) // who stands there meanwhile
	refused(t, err, lockhouse.CodeClosed)
}
