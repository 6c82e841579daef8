package cuts

import (
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// person stands before the locker and wants one thing.
type person struct {
	*stand
	task   task
	parcel lockhouse.ParcelRef // mine unless it is said
	at     int                 // compartment, once known
	before int                 // openings that were said before
	done   bool
	sprang bool // the door sprang open in the dark
}

func (p *person) ref() lockhouse.ParcelRef {
	if p.parcel == (lockhouse.ParcelRef{}) {
		return mine
	}
	return p.parcel
}

func (p *person) target() lockhouse.Target {
	if p.task.verb == lockhouse.VerbStore {
		return lockhouse.Target{Ref: p.ref(), Verb: lockhouse.VerbStore, Rank: 1}
	}
	return lockhouse.Target{Ref: p.ref(), Verb: p.task.verb, Compartment: myBox, Generation: 1}
}

// try goes to the locker once, and does what the door allows.
func (p *person) try() {
	if p.before == 0 {
		p.before = p.told(0, lockhouse.ReceiptOpened)
	}
	v, n, err := p.visit(p.task.who, p.target())
	switch code := lockhouse.CodeOf(err); {
	case err == nil:
	case code == lockhouse.CodeBusy || code == lockhouse.CodeTooMany:
		p.pass(16 * time.Minute)
		return
	case code == lockhouse.CodeAlreadyHere || code == lockhouse.CodeUsed || code == lockhouse.CodeSuperseded:
		if !p.satisfied() {
			p.t.Fatalf("%s is told %v, and has not got what it came for", p.task.who, err)
		}
		p.done = true
		return
	default:
		p.t.Fatalf("%s: %v", p.task.who, err)
	}
	if p.at != 0 && n.Compartment != p.at && p.inside(p.at) == name(p.ref()) {
		p.t.Fatalf("%s left it in %d and is sent to %d", p.task.who, p.at, n.Compartment)
	}
	p.at = n.Compartment
	if p.next(v) != wire.DoorOpened {
		return
	}
	p.act()
	if p.next(v) == wire.DoorClosed {
		p.done = true
	}
}

// act does at an open door what the person came for, and shuts it.
func (p *person) act() {
	for number, open := range p.open() {
		if !open || p.ref() == mine && (number == theirBox || number == otherBox) {
			continue
		}
		p.at = number
		switch lies := p.inside(number); {
		case p.task.verb == lockhouse.VerbStore && lies == "" && !p.satisfied():
			must(p.t, p.steel.Put(number, name(p.ref())))
		case p.task.verb != lockhouse.VerbStore && lies == name(p.ref()):
			_, err := p.steel.Take(number)
			must(p.t, err)
		}
		must(p.t, p.steel.Shut(number))
	}
}

// dark is what happens while the power is gone.
func (p *person) dark(what meantime) {
	for number, open := range p.open() {
		if open {
			p.at = number
		}
	}
	switch what {
	case acts:
		p.act()
	case forces:
		must(p.t, p.steel.Force(theirBox))
	case springs:
		if p.task.holds && !p.open()[myBox] && !p.satisfied() {
			must(p.t, p.steel.Force(myBox))
			p.at, p.sprang = myBox, true
		}
	}
}

// satisfied tells whether the parcel is where the person wants it.
func (p *person) satisfied() bool {
	inside := false
	for _, d := range p.steel.Look() {
		inside = inside || d.Inside == name(p.ref())
	}
	return inside == (p.task.verb == lockhouse.VerbStore)
}
