package agent_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// service is for one compartment, under a name that is no parcel's.
func service(number int) lockhouse.Target {
	return lockhouse.Target{Ref: lockhouse.ParcelRef{0x5e}, Verb: lockhouse.VerbService, Compartment: number}
}

// TestServiceOpensOneDoorOnce: what lies inside stays whose it is, the receipts say service, and the grant opens nothing more.
func TestServiceOpensOneDoorOnce(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	grant := w.grant("technician", service(stored.Compartment))
	v, n, err := w.visit("technician", grant, 0)
	must(t, err)
	if n.Compartment != stored.Compartment {
		t.Fatalf("compartment %d opened", n.Compartment)
	}
	if r := w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened).Receipt; r.Ref != (lockhouse.ParcelRef{0x5e}) {
		t.Errorf("%+v", r)
	}
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptService)
	_, err = v.Open(soon(t), 0, 0)
	refused(t, err, lockhouse.CodeUsed)
	_, _, err = w.visit("technician", w.grant("technician", service(stored.Compartment)), 0)
	refused(t, err, lockhouse.CodeUsed) // nor does another grant, which the network gives out until it has heard
	w.start()                           // nor after a restart
	w.setTime()
	w.pass(2 * time.Second)
	_, _, err = w.visit("technician", grant, 0)
	refused(t, err, lockhouse.CodeUsed)
	w.nothingIsLost()
	v, n, err = w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
}

// TestServiceNeedsAClockAndAGrantOfItsOwn: no other target stands beside it, and a locker that does not know the time opens
// nothing.
func TestServiceNeedsAClockAndAGrantOfItsOwn(t *testing.T) {
	w := newWorld(t)
	g := lockhouse.Grant{ID: lockhouse.GrantID{5}, Locker: lockerID, PhoneKey: public(t, "technician"), IssuedAt: w.now, ExpiresAt: w.now.Add(time.Minute)}
	g.Targets = []lockhouse.Target{service(1), service(2)}
	if _, err := credential.SignGrant(authority(t, "issuer"), g); err == nil {
		t.Error("two doors were signed for")
	}
	w.start()
	_, _, err := w.visit("technician", w.grant("technician", service(1)), 0)
	refused(t, err, lockhouse.CodeClockUnsure)
	_, _, err = w.visit("technician", w.grant("technician", service(99)), 0)
	refused(t, err, lockhouse.CodeClockUnsure)
	w.setTime()
	w.pass(2 * time.Second)
	_, _, err = w.visit("technician", w.grant("technician", service(99)), 0)
	refused(t, err, lockhouse.CodeNotHere)
}

// TestServiceThroughACut: whatever the power does during an opening for service, the parcel inside is still there for its
// recipient, and no second door opens.
func TestServiceThroughACut(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(t)
		stored := w.dropOff(first, 1)
		went := w.cut(at, func() {
			v, n, err := w.visit("technician", w.grant("technician", service(stored.Compartment)), 0)
			if err != nil {
				return
			}
			w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
			w.board.shut(n.Compartment)
			w.expect(v, wire.DoorClosed, lockhouse.ReceiptService)
		})
		if !went {
			if at < 5 {
				t.Fatalf("only %d points", at)
			}
			return
		}
		w.start()
		w.setTime()
		w.pass(20 * time.Minute)
		w.board.shut(stored.Compartment)
		w.pass(5 * time.Second)
		v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
		if err != nil {
			t.Fatalf("cut at %d: %v", at, err)
		}
		w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	}
}
