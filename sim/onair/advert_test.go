package onair

import (
	"testing"
	"time"

	"lockhouse"
)

// At midnight by the network's clock the locker advertises another name, by itself. Who has a grant finds it by either day's
// name, and a scanner sees nothing but the service and the name: on the real BlueZ that is read off the air, byte by byte.
func TestAdvertisementRotates(t *testing.T) {
	_, err := built()
	must(t, err)
	now := time.Now().UTC()
	midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	s := newStand(t, settings{mtuBytes: 517, ahead: midnight.Sub(now) - beforeMidnight()})
	heard := func() []sighting { return nil }
	if onRealBlueZ() {
		heard = sniff(t)
	}
	monday := lockhouse.DayOf(midnight) - 1
	p := s.comes(lockhouse.Target{Ref: lockhouse.ParcelRef{1}, Verb: lockhouse.VerbCollect, Compartment: 1, Generation: 1})
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

// beforeMidnight is where the test begins: what it takes until the locker was found the first time.
func beforeMidnight() time.Duration {
	if onRealBlueZ() {
		return 25 * time.Second
	}
	return 8 * time.Second
}
