package agent_test

import (
	"syscall"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// notKept is what a journal says of a disk that takes nothing just now.
func notKept(why error) error {
	return lockhouse.Refuse(lockhouse.CodeNotKept, "The disk takes nothing.").Because(why)
}

// A disk that takes nothing opens nothing. The agent says why, lives on, and goes on when the disk does.
func TestADiskThatTakesNothing(t *testing.T) {
	for fault, why := range map[string]error{"disk full": syscall.ENOSPC, "disk read-only": syscall.EROFS} {
		w := newWorld(t)
		stored := w.dropOff(first, 1)
		grant := w.grant("recipient", collect(stored))
		w.journal.fails = notKept(why)
		for range 2 {
			_, _, err := w.visit("recipient", grant, 0)
			refused(t, err, lockhouse.CodeUnavailable)
			w.pass(time.Minute)
		}
		if h := w.agent.Health(); h.Fault != fault || len(w.board.pulses) != 1 {
			t.Errorf("fault %q, want %q; pulses %v", h.Fault, fault, w.board.pulses)
		}
		w.journal.fails = nil
		w.pass(2 * time.Second)
		if h := w.agent.Health(); h.Fault != "" {
			t.Errorf("with room again, fault %q", h.Fault)
		}
		v, _, err := w.visit("recipient", grant, 0)
		must(t, err)
		w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	}
}

// The disk fills while a door is being opened, at each of the arrows, and has room again later. What the door did meanwhile
// is said then, in order. Where the pulse could not be written down, there was none.
func TestTheDiskFillsAtEachArrow(t *testing.T) {
	for at, want := range [][]string{nil, nil, {"authorised"}, {"authorised", "opened", "collected"}, {"authorised", "opened", "collected"}} {
		if at == 0 {
			continue
		}
		w := newWorld(t)
		stored := w.dropOff(first, 1)
		before, pulses := len(w.kinds(stored.Compartment)), len(w.board.pulses)
		w.journal.left = at
		_, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
		if (err != nil) != (at == 1) {
			t.Errorf("room for %d records: %v", at-1, err)
		}
		w.pass(time.Second)
		if w.board.open[stored.Compartment-1] {
			w.board.take(stored.Compartment)
			w.board.shut(stored.Compartment)
		}
		w.pass(20 * time.Second)
		if h := w.agent.Health(); h.Fault != "disk full" {
			t.Errorf("room for %d records: fault %q", at-1, h.Fault)
		}
		w.journal.fails = nil
		w.pass(5 * time.Second)
		if pulsed := len(w.board.pulses) > pulses; pulsed != (at > 2) {
			t.Errorf("room for %d records: pulsed is %t", at-1, pulsed)
		}
		w.wantKindsFrom(stored.Compartment, before, want...)
	}
}

// A door is forced, and shut again, while the disk is full: it is said when there is room.
func TestForcedOnAFullDisk(t *testing.T) {
	w := newWorld(t)
	w.journal.fails = notKept(syscall.ENOSPC)
	w.pass(61 * time.Minute) // the floor can't be written down
	w.board.spring(3)
	w.pass(3 * time.Second)
	w.board.shut(3)
	w.pass(3 * time.Second)
	w.journal.fails = nil
	w.pass(5 * time.Second)
	w.wantKinds(3, "forced", "shut")
}

// A start on a full disk opens nothing, says so, and becomes a start when there is room. Nothing that the last run left under
// way is touched before.
func TestStartOnAFullDisk(t *testing.T) {
	for at := 1; at <= 12; at++ {
		w := newWorld(t)
		stored := w.dropOff(first, 1)
		p := &person{w: w, name: "recipient", grant: w.grant("recipient", collect(stored)), parcel: first, at: stored.Compartment}
		boots := count(w.receipts(), lockhouse.ReceiptStarted)
		if !w.cut(at, p.try) {
			break
		}
		w.journal.fails = notKept(syscall.ENOSPC)
		lines := len(w.journal.lines)
		w.start()
		_, _, err := w.visit("recipient", p.grant, 0)
		refused(t, err, lockhouse.CodeUnavailable)
		p.locate()
		p.act()
		w.pass(20 * time.Second)
		if h := w.agent.Health(); h.Fault != "disk full" || len(w.journal.lines) != lines {
			t.Errorf("cut %d: fault %q, and %d records more", at, h.Fault, len(w.journal.lines)-lines)
		}
		w.journal.fails = nil
		w.pass(2 * time.Second)
		w.setTime()
		if got := count(w.receipts(), lockhouse.ReceiptStarted); got != boots+1 {
			t.Errorf("cut %d: %d starts more", at, got-boots)
		}
		for tries := 0; !p.done && !p.satisfied(); tries++ {
			if tries > 6 {
				t.Fatalf("cut %d: locked in; %v", at, w.kinds(p.at))
			}
			p.try()
		}
		w.nothingIsLost()
	}
}

// What was under way at a compartment that was taken out of the table since is nobody's, also while the disk does not let that be written down.
func TestStartOnAFullDiskWithoutTheCompartment(t *testing.T) {
	for at := 1; at <= 8; at++ {
		w := newWorld(t)
		grant := w.grant("courier", store(first, 1))
		w.cut(at, func() { _, _, _ = w.visit("courier", grant, 0); w.pass(time.Second) })
		w.config.Compartments = w.config.Compartments[2:] // both of that rank
		w.journal.fails = notKept(syscall.ENOSPC)
		w.start()
		w.pass(10 * time.Second)
		w.journal.fails = nil
		w.pass(2 * time.Second)
		w.setTime()
		if c := w.agent.Condition(); c.Busy || c.Fault == "disk full" {
			t.Errorf("cut %d: %+v", at, c)
		}
	}
}
