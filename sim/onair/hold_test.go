package onair

import (
	"testing"

	"lockhouse"
	"lockhouse/internal/longtest"
)

// One phone can't hold the locker. The controllers take one connection at a time, so that whoever has it keeps everybody out:
// one who says nothing, one who writes what nobody can read, one who was served and stays. Each is cut off by the locker, and
// the next one gets their door.
func TestNobodyHoldsTheLocker(t *testing.T) {
	if !onRealBlueZ() {
		longtest.Only(t) // edge/ble has it with shorter times
	}
	s := newStand(t, settings{mtuBytes: 517})
	stored := s.courier(517, 3)
	for i, c := range []struct {
		name string
		does func(*person, *watched)
	}{
		{"says nothing", func(*person, *watched) {}},
		{"floods", func(_ *person, l *watched) { flood(t, l) }},
		{"was served and stays", func(p *person, l *watched) {
			v, _, err := p.begin(l, -1)
			must(t, err)
			must(t, v.Bye(limit(t)))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for tries := 1; !s.cutsOff(t, c.does); tries++ {
				if tries == 3 {
					t.Fatal("bluetoothd ends by itself each time")
				}
				s.air.restart() // as systemd does, since the agent asks for it
				must(t, s.agent.Await(limit(t), s.isUp))
			}
			one := stored[i]
			s.recipient(517, lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: one.Compartment, Generation: one.Receipt.Generation})
		})
	}
}

// cutsOff has a phone keep the locker from others until it is cut off. False says that bluetoothd ended by itself meanwhile, which
// cuts off everybody: 5.66 now and then does when a link ends (docs/bluetooth.md).
func (s *stand) cutsOff(t *testing.T, does func(*person, *watched)) bool {
	t.Helper()
	holder := s.comes(lockhouse.Target{Ref: lockhouse.ParcelRef{1}, Verb: lockhouse.VerbCollect, Compartment: boxes, Generation: 1})
	link := holder.dial()
	does(holder, link)
	select {
	case <-link.gone:
	case <-s.air.died():
		return false
	case <-limit(t).Done():
		t.Fatal("the locker does not cut it off")
	}
	holder.leave(link)
	return true
}

// flood reads INFO and writes frames of other sessions, as fast as they are refused, until the link is gone.
func flood(t *testing.T, l *watched) {
	t.Helper()
	info, err := l.Info(limit(t))
	must(t, err)
	ctx := limit(t)
	for refused := 0; ; refused++ {
		select {
		case <-l.gone:
			if refused == 0 {
				t.Error("nothing was refused")
			}
			return
		case <-ctx.Done():
			t.Fatal("the locker does not cut it off")
		default:
			_ = l.link.Write(ctx, []byte{info[1] + 100, 0x80, 0, 9, 1, 2, 3}) // that it is refused is the point
		}
	}
}
