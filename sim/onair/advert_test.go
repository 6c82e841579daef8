package onair

import (
	"testing"
	"time"

	"lockhouse"
)

// At midnight by the network's clock the locker advertises another name, by itself. Who has a grant finds it by either day's
// name, and a scanner sees nothing but the service and the name: on the real BlueZ that is read off the air, byte by byte.
func TestAdvertisementRotates(t *testing.T) {
	s := newStand(t, settings{mtuBytes: 517})
	p := s.comes(lockhouse.Target{Ref: lockhouse.ParcelRef{1}, Verb: lockhouse.VerbCollect, Compartment: 1, Generation: 1})
	began := time.Now()
	s.kill()
	s.start()
	_, err := p.look(limit(t), s.today())
	must(t, err)
	lead := max(leastLead(), 3*time.Since(began)) // a start takes long on a slow machine, and the old name is to be seen first
	now := time.Now().UTC()
	midnight := now.Add(lead).Truncate(24 * time.Hour).Add(24 * time.Hour)
	s.network.ahead.Store(int64(midnight.Sub(now) - lead))
	s.kill()
	s.start() // and hears how late it is
	heard := func() []sighting { return nil }
	if onRealBlueZ() {
		heard = sniff(t)
	}
	monday := lockhouse.DayOf(midnight) - 1
	for _, day := range []lockhouse.Day{monday, monday + 1} {
		device, err := p.look(limit(t), day)
		must(t, err)
		link, err := device.Connect(limit(t))
		must(t, err)
		info, err := link.Info(limit(t))
		if err != nil || len(info) == 0 {
			t.Errorf("day %d: INFO has %d bytes, %v", day, len(info), err)
		}
		p.leave(p.watch(link))
	}
	if _, err := p.phone.Scan(within(t, 3*time.Second), s.name(monday)); err == nil {
		t.Error("yesterday's name is still on the air")
	}
	if onRealBlueZ() {
		s.saysNothingElse(heard(), monday)
	}
}

// leastLead is how long before midnight the locker is started at least.
func leastLead() time.Duration {
	if onRealBlueZ() {
		return 25 * time.Second
	}
	return 2 * time.Second
}
