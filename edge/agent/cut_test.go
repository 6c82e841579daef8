package agent_test

import (
	"fmt"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// A person stands before the locker while the power goes: before or after any append, before or after the pulse. During
// the cut the person may act, if the door sprang open, or wait. Then the agent starts again, and the person tries again.
// Whatever the point: no other parcel's door opens, the person gets what they came for, nothing is locked in, the
// receipts are whole, and every opening that anybody could see is in one.

// person wants one thing from the locker.
type person struct {
	w      *world
	name   string
	grant  []byte
	parcel lockhouse.ParcelRef
	stores bool
	at     int // compartment, once known
	done   bool
}

// try goes to the locker once, and does what the door allows.
func (p *person) try() {
	w := p.w
	w.board.only = p.parcel
	v, n, err := w.visit(p.name, p.grant, 0)
	switch code := lockhouse.CodeOf(err); {
	case err == nil:
	case code == lockhouse.CodeBusy || code == lockhouse.CodeTooMany:
		w.pass(16 * time.Minute)
		w.setTime()
		return
	case code == lockhouse.CodeAlreadyHere || code == lockhouse.CodeUsed || code == lockhouse.CodeSuperseded:
		if !p.satisfied() {
			w.t.Fatalf("%s is told %v, and has not got what it came for", p.name, err)
		}
		p.done = true
		return
	default:
		w.t.Fatalf("%s: %v", p.name, err)
	}
	if p.stores && p.at != 0 && n.Compartment != p.at && w.board.inside[p.at-1] == p.parcel {
		w.t.Fatalf("%s put it into %d and is sent to %d", p.name, p.at, n.Compartment)
	}
	p.at = n.Compartment
	if news := w.next(v); news.Event != wire.DoorOpened {
		return
	}
	p.act()
	if news := w.next(v); news.Event == wire.DoorClosed {
		p.done = true
	}
}

// act does at an open door what the person came for, and shuts it.
func (p *person) act() {
	b := p.w.board
	if p.at == 0 || !b.open[p.at-1] {
		return
	}
	if p.stores {
		b.put(p.at, p.parcel)
	} else if got := b.take(p.at); got != p.parcel && got != (lockhouse.ParcelRef{}) {
		p.w.t.Errorf("%s took %s", p.name, got)
	}
	b.shut(p.at)
}

// satisfied tells whether the parcel is where the person wants it.
func (p *person) satisfied() bool {
	inside := false
	for _, ref := range p.w.board.inside {
		inside = inside || ref == p.parcel
	}
	return inside == p.stores
}

func TestPowerCutAtEveryPoint(t *testing.T) {
	for name, prepare := range map[string]func(w *world) *person{
		"collect": func(w *world) *person {
			stored := w.dropOff(first, 1)
			return &person{w: w, name: "recipient", grant: w.grant("recipient", collect(stored)), parcel: first, at: stored.Compartment}
		},
		"take out": func(w *world) *person {
			stored := w.dropOff(first, 1)
			target := collect(stored)
			target.Verb = lockhouse.VerbTakeOut
			return &person{w: w, name: "courier", grant: w.grant("courier", target), parcel: first, at: stored.Compartment}
		},
		"drop off": func(w *world) *person {
			return &person{w: w, name: "courier", grant: w.grant("courier", store(first, 1)), parcel: first, stores: true}
		},
	} {
		for _, meantime := range []string{"waits", "acts"} {
			t.Run(name+", and the person "+meantime, func(t *testing.T) {
				cutEverywhere(t, prepare, meantime == "acts")
			})
		}
	}
}

func cutEverywhere(t *testing.T, prepare func(w *world) *person, acts bool) {
	for at := 1; ; at++ {
		w := newWorld(t)
		w.dropOff(second, 1)
		w.dropOff(third, 2)
		p := prepare(w)
		opens, told := w.board.opens, count(w.receipts(), lockhouse.ReceiptOpened)
		went := w.cut(at, p.try)
		if !went {
			if at < 10 {
				t.Fatalf("only %d points at which the power could go", at-1)
			}
			t.Logf("the power went at each of %d points", at-1)
			return
		}
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			w.t = t
			p.locate()
			if acts {
				p.act()
			}
			w.start()
			w.setTime()
			if !acts {
				p.act() // a door that stood open through the cut
				w.pass(time.Second)
			}
			w.nothingIsLost()
			another(w)
			for tries := 0; !p.done; tries++ {
				if tries > 6 {
					t.Fatalf("%s tries and tries; receipts %v", p.name, w.kinds(p.at))
				}
				p.try()
			}
			w.pass(2 * time.Second)
			if !p.satisfied() {
				t.Errorf("%s leaves without having done it", p.name)
			}
			w.nothingIsLost()
			seen := w.board.opens - opens
			said := count(w.receipts(), lockhouse.ReceiptOpened) - told
			if unseen := seen - said; unseen != 0 && !(acts && unseen == 1 && count(w.receipts(), lockhouse.ReceiptNotOpened) > 0) {
				t.Errorf("doors opened %d times, and %d receipts say so: %v", seen, said, w.kinds(p.at))
			}
			if forced := count(w.receipts(), lockhouse.ReceiptForced); forced != 0 {
				t.Errorf("%d doors count as forced", forced)
			}
		})
	}
}

// locate finds the door that sprang open while the power went.
func (p *person) locate() {
	for i, open := range p.w.board.open {
		if open {
			p.at = i + 1
		}
	}
}

// another courier comes by after the cut and before the person: it must not be given a compartment in doubt.
func another(w *world) {
	was := w.board.only
	w.board.only = lockhouse.ParcelRef{99}
	w.dropOff(lockhouse.ParcelRef{99}, 1)
	w.board.only = was
}

func count(receipts []lockhouse.Receipt, kind lockhouse.ReceiptKind) (n int) {
	for _, r := range receipts {
		if r.Kind == kind {
			n++
		}
	}
	return n
}

func TestPowerCutDuringAMisfit(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(t)
		grant := w.grant("courier", store(first, 1))
		went := w.cut(at, func() {
			v, n, err := w.visit("courier", grant, 0)
			must(t, err)
			w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
			w.board.put(n.Compartment, first)
			w.board.shut(n.Compartment)
			w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored)
			_, err = v.Misfit(soon(t), 0)
			must(t, err)
			w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
			w.board.take(n.Compartment)
			w.board.shut(n.Compartment)
			w.expect(v, wire.DoorClosed, lockhouse.ReceiptMisfit)
		})
		if !went {
			t.Logf("the power went at each of %d points", at-1)
			return
		}
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			w.t = t
			w.start()
			w.setTime()
			w.nothingIsLost()
			for i, open := range w.board.open {
				if open {
					w.board.take(i + 1)
					w.board.shut(i + 1)
				}
			}
			w.pass(time.Second)
			another(w)
			w.nothingIsLost()
		})
	}
}

// TestTakenBehindTheLockersBack: the power goes with the door just open, the recipient takes the parcel and shuts it, and
// the locker never sees that. Nobody's parcel is put there, until a courier has looked.
func TestTakenBehindTheLockersBack(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(t)
		stored := w.dropOff(first, 1)
		p := &person{w: w, name: "recipient", grant: w.grant("recipient", collect(stored)), parcel: first, at: stored.Compartment}
		if !w.cut(at, p.try) {
			t.Fatal("the power never goes between pulse and opened")
		}
		if !w.board.open[1] || count(w.receipts(), lockhouse.ReceiptOpened) > 1 {
			continue
		}
		p.act()
		w.start()
		w.pass(16 * time.Minute)
		w.setTime()
		if r := w.dropOff(second, 1); r.Compartment == stored.Compartment {
			t.Fatal("given to another, and nobody had looked")
		}
		target := collect(stored)
		target.Verb = lockhouse.VerbTakeOut
		v, _, err := w.visit("courier", w.grant("courier", target), 0)
		must(t, err)
		w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
		w.board.shut(stored.Compartment)
		w.expect(v, wire.DoorClosed, lockhouse.ReceiptTakenOut)
		if w.agent.Doors()[stored.Compartment-1].Occupied {
			t.Error("it still counts as occupied")
		}
		return
	}
}

func TestPowerCutDuringAReopening(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(t)
		stored := w.dropOff(first, 1)
		grant := w.grant("recipient", collect(stored))
		p := &person{w: w, name: "recipient", grant: grant, parcel: first, at: stored.Compartment}
		p.try()
		went := w.cut(at, func() { p.done = false; p.try() })
		if !went {
			t.Logf("the power went at each of %d points", at-1)
			return
		}
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			w.t = t
			w.start()
			w.setTime()
			w.board.shut(stored.Compartment)
			w.pass(16 * time.Minute)
			w.setTime()
			if r := w.dropOff(second, 1); r.Compartment != 2 {
				t.Errorf("the compartment is not free again; stored in %d", r.Compartment)
			}
			_, _, err := w.visit("recipient", grant, 0)
			refused(t, err, lockhouse.CodeSuperseded)
		})
	}
}

// TestAppendThatFails holds that nothing moves when the disk does not take the record, and that the agent then stops.
func TestAppendThatFails(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	grant := w.grant("recipient", collect(stored))
	w.journal.fails = fmt.Errorf("disk full")
	_, _, err := w.visit("recipient", grant, 0)
	refused(t, err, lockhouse.CodeUnavailable)
	w.pass(time.Second)
	if len(w.board.pulses) != 1 || w.agent.Doors()[1].Opening {
		t.Error("something moved")
	}
	if err := w.agent.Run(soon(t)); err == nil {
		t.Error("the agent goes on without a journal")
	}
	w.journal.fails = nil
	_, _, err = w.visit("recipient", grant, 0)
	refused(t, err, lockhouse.CodeUnavailable)
	w.start()
	v, _, err := w.visit("recipient", grant, 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
}

func TestPulsedRecordThatFailsPulsesNothing(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	_, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.journal.fails = fmt.Errorf("disk full")
	w.pass(time.Second)
	if len(w.board.pulses) != 1 {
		t.Error("a lock was pulsed without a record of it")
	}
}

// TestArmedThroughACut holds that a tap from before the cut opens nothing after it, and that the door waits for the same
// phone.
func TestArmedThroughACut(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	mine, theirs := w.grant("recipient", collect(stored)), w.grant("another", collect(stored))
	if !w.cut(2, func() { _, _, _ = w.visit("recipient", mine, 0) }) { // ARMED is on the disk, and nobody was told
		t.Fatal("the power stayed on")
	}
	w.start()
	w.pass(10 * time.Second)
	if len(w.board.pulses) != 1 {
		t.Error("a lock was pulsed for a tap from before the cut")
	}
	_, _, err := w.visit("another", theirs, 0)
	refused(t, err, lockhouse.CodeBusy)
	v, _, err := w.visit("recipient", mine, 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
}

func TestFoundOpenAtStart(t *testing.T) {
	w := newWorld(t)
	w.dropOff(first, 1)
	w.board.spring(5)
	w.start()
	w.pass(3 * time.Second)
	w.wantKinds(5, "forced")
}
