package cuts

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/internal/smalldisk"
	"lockhouse/wire"
)

const diskBytes = 128 << 10

// The disk fills while couriers and recipients come and go, until it takes no more. Then no lock is driven without a record, the
// locker says what ails it, also after a start; whoever stood there gets their parcel when there is room.
func TestFullDisk(t *testing.T) {
	disk := smalldisk.Mount(t, diskBytes, 1)
	s := plugged(t, dialects()[0], disk.Dir)
	s.on()
	s.setTime()
	must(t, disk.Fill())
	for days := 0; s.agent.Health().Fault == ""; days++ {
		if days > 100 {
			t.Fatal("the disk never fills")
		}
		s.comeAndGo()
	}
	s.saysWhatAils("disk full")
	driven := s.pulses()
	s.off()
	s.on()
	s.saysWhatAils("disk full")
	s.setTime()
	_, _, err := s.visit("courier", lockhouse.Target{Ref: mine, Verb: lockhouse.VerbStore, Rank: 1})
	if code := lockhouse.CodeOf(err); code != lockhouse.CodeUnavailable {
		t.Errorf("on a full disk: %v", err)
	}
	s.pass(10 * time.Second)
	for number, pulses := range s.pulses() {
		if pulses != driven[number] {
			t.Errorf("the lock of %d was driven, and there is no room to say so", number)
		}
	}
	must(t, disk.MakeRoom())
	s.pass(3 * time.Second)
	s.setTime()
	s.saysWhatAils("")
	if said := s.told(0, lockhouse.ReceiptOpened, lockhouse.ReceiptNotOpened); said < s.opens {
		t.Errorf("doors opened %d times, and %d receipts say so", s.opens, said)
	}
	p := &person{stand: s, parcel: others, task: tasks[2]}
	if p.try(); !p.done {
		t.Error("with room again, nothing can be stored")
	}
}

// comeAndGo has a courier store a parcel and its recipient collect it, as far as the locker lets them.
func (s *stand) comeAndGo() {
	s.t.Helper()
	target := lockhouse.Target{Ref: theirs, Verb: lockhouse.VerbStore, Rank: 1}
	for range 2 {
		v, n, err := s.visit("phone", target)
		if err != nil || s.next(v) != wire.DoorOpened {
			return
		}
		if target.Verb == lockhouse.VerbStore {
			must(s.t, s.steel.Put(n.Compartment, name(theirs)))
		} else {
			_, err := s.steel.Take(n.Compartment)
			must(s.t, err)
		}
		must(s.t, s.steel.Shut(n.Compartment))
		s.next(v)
		target = lockhouse.Target{Ref: theirs, Verb: lockhouse.VerbCollect, Compartment: n.Compartment, Generation: n.Receipt.Generation}
	}
}

// A disk that can only be read at the start: the locker knows what lies where, opens nothing, and says why; when the disk can be
// written to, it goes on by itself.
func TestReadOnlyDisk(t *testing.T) {
	disk := smalldisk.Mount(t, diskBytes, 1)
	s := plugged(t, dialects()[0], disk.Dir)
	s.on()
	s.setTime()
	courier := &person{stand: s, parcel: others, task: tasks[2]}
	if courier.try(); !courier.done {
		t.Fatal("nothing can be stored")
	}
	s.off()
	must(t, disk.ReadOnly(true))
	s.on()
	s.saysWhatAils("disk read-only")
	collect := lockhouse.Target{Ref: others, Verb: lockhouse.VerbCollect, Compartment: courier.at, Generation: 1}
	if _, _, err := s.visit("recipient", collect); lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
		t.Errorf("on a disk that can only be read: %v", err)
	}
	if !s.agent.Doors()[courier.at-1].Occupied {
		t.Error("what lies where was not read")
	}
	must(t, disk.ReadOnly(false))
	s.pass(3 * time.Second)
	s.saysWhatAils("")
	v, _, err := s.visit("recipient", collect)
	must(t, err)
	if s.next(v) != wire.DoorOpened {
		t.Error("the parcel is locked in")
	}
}

func (s *stand) saysWhatAils(want string) {
	s.t.Helper()
	if got := s.agent.Health().Fault; got != want {
		s.t.Errorf("fault %q, want %q", got, want)
	}
}
