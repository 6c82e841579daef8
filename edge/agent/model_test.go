package agent_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/wire"
)

// TestAnythingInAnyOrder plays a long day at a locker: parcels come and go, doors stick and are forced, boards fall
// silent, people walk away, the power goes anywhere. All along, a door opens for its own parcel alone, and what lies
// behind a shut door counts as occupied. At the end every parcel that lies inside is opened for whoever the locker's
// own receipts say where it is.
func TestAnythingInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(quiet{t, rt})
		d := &day{w: w, rt: rt}
		rt.Repeat(map[string]func(*rapid.T){
			"drop off":  func(rt *rapid.T) { d.dropOff(rt) },
			"collect":   func(rt *rapid.T) { d.fetch(rt, lockhouse.VerbCollect, "recipient") },
			"by PIN":    func(rt *rapid.T) { d.byPIN(rt) },
			"take out":  func(rt *rapid.T) { d.fetch(rt, lockhouse.VerbTakeOut, "courier") },
			"misfit":    func(rt *rapid.T) { d.misfit(rt) },
			"stick":     func(rt *rapid.T) { i := d.door(rt); w.board.sticks[i] = !w.board.sticks[i] },
			"wait":      func(rt *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 400).Draw(rt, "seconds")) * time.Second) },
			"board off": func(*rapid.T) { w.board.broken = !w.board.broken; w.pass(6 * time.Second) },
			"restart":   func(*rapid.T) { w.start() },
			"":          func(*rapid.T) { w.receipts(); w.nothingIsLost() },
		})
		d.settle()
		d.fetchAll()
	})
}

// quiet lets the world fail the property instead of the test.
type quiet struct {
	testing.TB
	rt *rapid.T
}

func (q quiet) Helper()                      {}
func (q quiet) Errorf(f string, args ...any) { q.rt.Errorf(f, args...) }
func (q quiet) Error(args ...any)            { q.rt.Error(args...) }
func (q quiet) Fatalf(f string, args ...any) { q.rt.Fatalf(f, args...) }
func (q quiet) Fatal(args ...any)            { q.rt.Fatal(args...) }

// day is what goes on at the locker, and the parcels that there were.
type day struct {
	w       *world
	rt      *rapid.T
	parcels byte
}

func (d *day) door(rt *rapid.T) int { return rapid.IntRange(0, 5).Draw(rt, "door") }

func (d *day) some(rt *rapid.T) lockhouse.ParcelRef {
	return lockhouse.ParcelRef{rapid.ByteRange(1, max(1, d.parcels)).Draw(rt, "parcel")}
}

// risk lets the power go somewhere in what is done, perhaps, and starts again.
func (d *day) risk(rt *rapid.T, parcel lockhouse.ParcelRef, act func()) {
	at := rapid.IntRange(0, 40).Draw(rt, "power goes at")
	if d.w.setTime(); d.w.cut(at, func() { d.w.board.only = parcel; act() }) {
		if rapid.Bool().Draw(rt, "in the dark") {
			d.act(parcel)
		}
		d.w.start()
	}
	d.act(parcel)
	d.w.board.only = lockhouse.ParcelRef{}
	d.w.pass(time.Second)
}

// act: whoever stands there takes their parcel from an open door, or puts it into one that is empty, and shuts it.
func (d *day) act(parcel lockhouse.ParcelRef) {
	b := d.w.board
	for i, open := range b.open {
		if !open {
			continue
		}
		switch {
		case b.inside[i] == parcel:
			b.take(i + 1)
		case b.inside[i] == lockhouse.ParcelRef{} && d.carried(parcel):
			b.put(i+1, parcel)
		}
		b.shut(i + 1)
	}
}

// carried tells whether the parcel lies nowhere in the locker.
func (d *day) carried(parcel lockhouse.ParcelRef) bool {
	for _, ref := range d.w.board.inside {
		if ref == parcel {
			return false
		}
	}
	return true
}

func (d *day) dropOff(rt *rapid.T) {
	w := d.w
	parcel := lockhouse.ParcelRef{rapid.ByteRange(1, d.parcels+1).Draw(rt, "parcel")}
	if d.parcels = max(d.parcels, parcel[0]); d.parcels == 255 {
		return
	}
	if !d.carried(parcel) {
		return
	}
	rank := rapid.IntRange(1, 3).Draw(rt, "rank")
	d.risk(rt, parcel, func() {
		w.setTime()
		v, n, err := w.visit("courier", w.grant("courier", store(parcel, rank)), 0)
		if err != nil || w.next(v).Event != wire.DoorOpened {
			return
		}
		w.board.put(n.Compartment, parcel)
		w.board.shut(n.Compartment)
		w.next(v)
	})
}

// whereabouts is where the locker's receipts say that a parcel lies, or may.
func (d *day) whereabouts(parcel lockhouse.ParcelRef) (last *lockhouse.Receipt) {
	for _, r := range d.w.receipts() {
		if r.Ref == parcel && r.Compartment != 0 && r.Kind != lockhouse.ReceiptForced && r.Kind != lockhouse.ReceiptShut {
			last = &r
		}
	}
	return last
}

func (d *day) fetch(rt *rapid.T, verb lockhouse.Verb, who string) {
	w, parcel := d.w, d.some(rt)
	where := d.whereabouts(parcel)
	if where == nil || d.carried(parcel) {
		return
	}
	target := collect(where)
	target.Verb = verb
	d.risk(rt, parcel, func() {
		v, n, err := w.visit(who, w.grant(who, target), 0)
		if err != nil || w.next(v).Event != wire.DoorOpened {
			return
		}
		if w.board.take(n.Compartment) != parcel {
			rt.Errorf("%s was opened for %s, and something else lay inside", where.Ref, parcel)
		}
		w.board.shut(n.Compartment)
		w.next(v)
	})
}

// byPIN fetches a parcel at the panel.
func (d *day) byPIN(rt *rapid.T) {
	w, parcel := d.w, d.some(rt)
	where := d.whereabouts(parcel)
	if where == nil || d.carried(parcel) {
		return
	}
	d.risk(rt, parcel, func() {
		if w.agent.EnterPIN(w.pin(where)) == nil {
			w.pass(time.Second)
		}
	})
}

func (d *day) misfit(rt *rapid.T) {
	w, parcel := d.w, d.some(rt)
	where := d.whereabouts(parcel)
	if where == nil || d.carried(parcel) {
		return
	}
	d.risk(rt, parcel, func() {
		w.setTime()
		v, _, err := w.visit("courier", w.grant("courier", store(parcel, 1)), -1)
		if err != nil {
			return
		}
		n, err := v.Misfit(soon(w.t), 0)
		if err != nil || w.next(v).Event != wire.DoorOpened {
			return
		}
		w.board.take(n.Compartment)
		w.board.shut(n.Compartment)
		w.next(v)
	})
}

// settle ends the faults of the day.
func (d *day) settle() {
	d.w.board.broken, d.w.board.sticks = false, [16]bool{}
	d.w.pass(17 * time.Minute)
	d.w.setTime()
}

// fetchAll holds that nothing is locked in.
func (d *day) fetchAll() {
	for i, parcel := range d.w.board.inside {
		if parcel == (lockhouse.ParcelRef{}) {
			continue
		}
		where := d.whereabouts(parcel)
		if where == nil || where.Compartment != i+1 {
			d.rt.Fatalf("%s lies in %d, and the receipts say %+v", parcel, i+1, where)
		}
		d.w.board.only = parcel
		v, _, err := d.w.visit("recipient", d.w.grant("recipient", collect(where)), 0)
		if err != nil {
			d.rt.Fatalf("%s is locked in: %v", parcel, err)
		}
		if n := d.w.next(v); n.Event != wire.DoorOpened {
			d.rt.Fatalf("%s is locked in: %+v", parcel, n)
		}
		d.w.board.take(i + 1)
		d.w.board.shut(i + 1)
		d.w.pass(time.Second)
	}
}
