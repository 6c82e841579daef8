package onair

import (
	"testing"

	"lockhouse"
	"lockhouse/internal/longtest"
)

// One phone can't hold the locker. The controllers take one connection at a time, so that whoever has it keeps everybody out:
// one who says nothing, one who was served and stays, one who writes what nobody can read, one who does not wait for answers. Each is
// cut off, and the next one gets their door.
//
// A link that ends in the middle of a request makes BlueZ end too, in every version that there is (docs/bluetooth.md): those who mean to
// can do that, and nobody else may.
func TestNobodyHoldsTheLocker(t *testing.T) {
	if !onRealBlueZ() {
		longtest.Only(t) // edge/ble has it with shorter times
	}
	s := newStand(t, settings{mtuBytes: 517})
	cases := []struct {
		name  string
		does  func(*person, *watched)
		means bool // to end bluetoothd
	}{
		{"says nothing", func(*person, *watched) {}, false},
		{"was served and stays", func(p *person, l *watched) {
			v, _, err := p.begin(l, -1)
			must(t, err)
			must(t, v.Bye(limit(t)))
		}, false},
		{"floods", func(_ *person, l *watched) { flood(t, l) }, true},
		{"does not wait for answers", func(_ *person, l *watched) { speaksOutOfTurn(t, l) }, true},
	}
	stored := s.courier(517, len(cases))
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s.cutsOff(t, c.does)
			if ended := s.air.settle(); ended && !c.means {
				t.Error("bluetoothd ended by itself")
			} else if ended {
				must(t, s.agent.Await(limit(t), s.isUp))
			}
			one := stored[i]
			s.recipient(517, lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: one.Compartment, Generation: one.Receipt.Generation})
		})
	}
}

// cutsOff has a phone keep the locker from others until it is cut off.
func (s *stand) cutsOff(t *testing.T, does func(*person, *watched)) {
	t.Helper()
	holder := s.comes(lockhouse.Target{Ref: lockhouse.ParcelRef{1}, Verb: lockhouse.VerbCollect, Compartment: boxes, Generation: 1})
	link := holder.dialAlone(517)
	does(holder, link)
	select {
	case <-link.gone:
	case <-limit(t).Done():
		t.Fatal("nobody cuts it off")
	}
	holder.leave(link)
}

// speaksOutOfTurn asks again before it has an answer. What lies above ATT can't: a phone that has BlueZ is kept from it.
func speaksOutOfTurn(t *testing.T, l *watched) {
	t.Helper()
	link, plain := l.link.(*plainLink)
	if !plain {
		t.Skip("takes a kernel to speak ATT to: make test-bluez")
	}
	_, err := l.Info(limit(t))
	must(t, err)
	must(t, link.writeTwice([]byte{1, 0x80, 0, 9, 1, 2, 3}))
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
