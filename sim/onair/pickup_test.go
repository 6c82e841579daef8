package onair

import (
	"fmt"
	"maps"
	"testing"

	"lockhouse"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// A courier fills the locker in one connection, a copied grant opens nothing, and a recipient takes a parcel: from looking
// around to the locker's signed word that the door was open, and shut. With the smallest MTU there is, and the largest.
func TestVisits(t *testing.T) {
	for _, mtuBytes := range mtus() {
		doors := boxes
		if mtuBytes < 64 {
			doors = 2
		}
		t.Run(fmt.Sprint("mtu ", mtuBytes), func(t *testing.T) {
			s := newStand(t, settings{mtuBytes: mtuBytes})
			stored := s.courier(mtuBytes, doors)
			one := stored[doors/2]
			target := lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: one.Compartment, Generation: one.Receipt.Generation}
			s.copied(target)
			s.recipient(mtuBytes, target)
			receipts := uint64(0)
			eventually(t, "the network has the receipts", func() bool {
				receipts = s.network.applied(s.identity.ID)
				return receipts >= uint64(3*(doors+1))
			})
		})
	}
}

// courier stores a parcel behind each of so many doors, one tap each, and gives the locker's word for each.
func (s *stand) courier(mtuBytes, doors int) (stored []phone.News) {
	s.t.Helper()
	var targets []lockhouse.Target
	for _, ref := range parcels(s.t, doors) {
		targets = append(targets, lockhouse.Target{Ref: ref, Verb: lockhouse.VerbStore, Rank: 2})
	}
	courier := s.comes(targets...)
	link := courier.dial()
	v, _, err := courier.begin(link, -1)
	must(s.t, err)
	if got := v.Info().MTU; int(got) != mtuBytes {
		s.t.Fatalf("the locker sees an MTU of %d, not %d", got, mtuBytes)
	}
	for i := range targets {
		_, err := v.Open(limit(s.t), i, 0)
		must(s.t, err)
		at := courier.hears(v, wire.DoorOpened, lockhouse.ReceiptOpened).Compartment
		must(s.t, s.steel.Put(at, fmt.Sprint("parcel ", i)))
		must(s.t, s.steel.Shut(at))
		stored = append(stored, courier.hears(v, wire.DoorClosed, lockhouse.ReceiptStored))
	}
	must(s.t, v.Bye(limit(s.t)))
	courier.leave(link)
	must(s.t, link.fits(mtuBytes))
	return stored
}

// copied is somebody else's phone that shows the recipient's grant.
func (s *stand) copied(target lockhouse.Target) {
	s.t.Helper()
	thief := s.comes(target)
	thief.key = newKey(s.t)
	before := s.driven()
	link := thief.dial()
	if _, _, err := thief.begin(link, 0); lockhouse.CodeOf(err) != lockhouse.CodeWrongPhone {
		s.t.Errorf("a copied grant: %v", err)
	}
	thief.leave(link)
	if now := s.driven(); !maps.Equal(now, before) {
		s.t.Errorf("a copied grant drove locks: %v before, %v after", before, now)
	}
}

func (s *stand) recipient(mtuBytes int, target lockhouse.Target) {
	s.t.Helper()
	before := s.driven()
	recipient := s.comes(target)
	link := recipient.dial()
	v, _, err := recipient.begin(link, 0)
	must(s.t, err)
	recipient.hears(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	s.takeAndShut(target.Compartment)
	recipient.hears(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	recipient.leave(link)
	must(s.t, link.fits(mtuBytes))
	s.t.Logf("MTU %d: a pickup takes %d frames to the locker and %d back", mtuBytes, len(link.wrote), len(link.heard))
	if least := 300 / mtuBytes; len(link.wrote) <= least {
		s.t.Errorf("the frames that were written have %v bytes", link.wrote)
	}
	before[target.Compartment]++
	if now := s.driven(); !maps.Equal(now, before) {
		s.t.Errorf("locks driven: %v, not %v", now, before)
	}
}
