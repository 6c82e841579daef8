package onair

import (
	"maps"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

const springMS = 500

// kill -9 of the agent while somebody stands at the door. Started again it is on the air by itself, and the phone that comes
// back is told what its door does, and gets its parcel: by the same grant, and through no other door.
func TestAgentKilled(t *testing.T) {
	s := newStand(t, settings{mtuBytes: 517, springMS: springMS})
	stored := s.courier(517, 3)
	for i, c := range []struct {
		name string
		when func(number, pulses int) // to kill
	}{
		{"armed", func(int, int) {}}, // m2 has come: that the door is armed is on the disk
		{"pulsed", func(number, pulses int) {
			eventually(t, "the lock is driven", func() bool { return s.door(number).Pulses > pulses })
		}},
		{"open", func(number, _ int) { eventually(t, "the door is open", func() bool { return s.door(number).Open }) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			outer := s.t
			s.t = t
			defer func() { s.t = outer }()
			one := stored[i]
			number, before := one.Compartment, s.driven()
			p := s.comes(lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: number, Generation: one.Receipt.Generation})
			link := p.dial()
			_, _, err := p.begin(link, 0)
			must(t, err)
			c.when(number, before[number])
			s.kill()
			time.Sleep(2 * springMS * time.Millisecond) // a door that was let go is open by then
			s.start()
			p.leave(link)
			p.collectAgain(number)
			now := s.driven()
			if extra := now[number] - before[number]; extra < 1 || extra > 2 {
				t.Errorf("the lock was driven %d times", extra)
			}
			now[number] = before[number]
			if !maps.Equal(now, before) {
				t.Errorf("other locks were driven: %v before, %v after", before, now)
			}
		})
	}
}

// collectAgain is the same phone with the same grant: it taps if the door is shut, and hears of its door either way.
func (p *person) collectAgain(number int) {
	p.t.Helper()
	link := p.dial()
	p.collectBy(link, number)
	p.leave(link)
}

func (p *person) collectBy(link phone.Link, number int) {
	p.t.Helper()
	open := 0
	if p.door(number).Open {
		open = -1
	}
	v, _, err := p.begin(link, open)
	must(p.t, err)
	if open == 0 {
		p.hears(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	}
	p.takeAndShut(number)
	p.hears(v, wire.DoorClosed, lockhouse.ReceiptCollected)
}

// kill -9 of bluetoothd while a door is open: the agent comes back on the air by itself, and the same phone hears of its door
// over a new connection. On the real BlueZ the phone's bluetoothd is killed with it, there being one for both.
func TestBluetoothdKilled(t *testing.T) {
	s := newStand(t, settings{mtuBytes: 517})
	p, number := s.collector()
	s.killAtOpenDoor(p, p.dial())
	p.collectAgain(number)
	s.drivenTwice(number)
}

// The same with a phone that lives on, having no bluetoothd: its link ends with the locker's, and it comes back.
func TestBluetoothdKilledUnderAPhone(t *testing.T) {
	if !onRealBlueZ() {
		t.Skip("speaks ATT to a kernel; TestBluetoothdKilled has the simulated air")
	}
	s := newStand(t, settings{mtuBytes: 517})
	p, number := s.collector()
	link := p.dialPlain(517)
	killed := s.killAtOpenDoor(p, link)
	for range link.Frames() { // until the kernel has ended the link that bluetoothd left behind
	}
	cut := time.Since(killed)
	again := p.dialPlain(517)
	p.collectBy(again, number)
	again.Close()
	s.drivenTwice(number)
	t.Logf("the phone was cut off after %v, and had its parcel after %v", cut.Round(time.Millisecond), time.Since(killed).Round(time.Millisecond))
}

// collector is somebody whose parcel lies behind a door.
func (s *stand) collector() (p *person, number int) {
	s.t.Helper()
	one := s.courier(517, 1)[0]
	target := lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: one.Compartment, Generation: one.Receipt.Generation}
	return s.comes(target), one.Compartment
}

// killAtOpenDoor opens the door, restarts bluetoothd, and says when it was killed.
func (s *stand) killAtOpenDoor(p *person, link phone.Link) (killed time.Time) {
	s.t.Helper()
	v, _, err := p.begin(link, 0)
	must(s.t, err)
	p.hears(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	killed = time.Now()
	s.air.restart()
	p.switchOn()
	must(s.t, s.agent.Await(limit(s.t), s.isUp))
	return killed
}

// drivenTwice holds the lock to the courier's opening and the recipient's.
func (s *stand) drivenTwice(number int) {
	s.t.Helper()
	if pulses := s.door(number).Pulses; pulses != 2 {
		s.t.Errorf("the lock was driven %d times", pulses)
	}
}
