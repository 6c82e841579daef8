package agent_test

import (
	"errors"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// tells has the network say by which keys it is to be known.
func (w *world) tells(by string, version uint64, keys ...string) error {
	w.t.Helper()
	var publics [][]byte
	for _, name := range keys {
		publics = append(publics, public(w.t, name))
	}
	raw, err := credential.SignDesired(authority(w.t, by), lockerID, lockhouse.Desired{Version: version, Issuers: publics})
	must(w.t, err)
	return w.agent.SetDesired(raw)
}

// opens tells whether a grant that somebody signed opens the door of what was stored, and shuts it again.
func (w *world) opens(by string, target lockhouse.Target) bool {
	w.t.Helper()
	g := lockhouse.Grant{ID: lockhouse.GrantID{7}, Locker: lockerID, PhoneKey: public(w.t, "recipient"), IssuedAt: w.now, ExpiresAt: w.now.Add(time.Hour), Targets: []lockhouse.Target{target}}
	raw, err := credential.SignGrant(authority(w.t, by), g)
	must(w.t, err)
	v, n, err := w.visit("recipient", raw, 0)
	if lockhouse.CodeOf(err) == lockhouse.CodeGrantInvalid {
		return false
	}
	must(w.t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	return true
}

// TestIssuersChange without a visit: a locker learns the next key from the present one, knows both, forgets the former one at the
// next one's word, and keeps to that after a start. What can't be kept changes nothing.
func TestIssuersChange(t *testing.T) {
	w := newWorld(t)
	var kept [][]byte
	full := errors.New("no room")
	var fails error
	w.keepIssuers = func(keys [][]byte) error {
		if fails == nil {
			kept = keys
		}
		return fails
	}
	w.start()
	w.setTime()
	w.pass(2 * time.Second)
	one, two, three := w.dropOff(first, 1), w.dropOff(second, 1), w.dropOff(third, 1)
	if w.opens("next issuer", collect(one)) {
		t.Fatal("a key that nobody told of opens")
	}
	if err := w.tells("next issuer", 1, "next issuer"); err == nil {
		t.Fatal("a stranger told of itself")
	}
	fails = full
	if err := w.tells("issuer", 1, "issuer", "next issuer"); !errors.Is(err, full) || w.opens("next issuer", collect(one)) {
		t.Fatalf("not kept, and known: %v", err)
	}
	fails = nil
	must(t, w.tells("issuer", 1, "issuer", "next issuer"))
	if len(kept) != 2 || !w.opens("issuer", collect(one)) || !w.opens("next issuer", collect(two)) {
		t.Fatalf("%d keys are kept; both should open", len(kept))
	}
	must(t, w.tells("next issuer", 2, "next issuer"))
	if len(kept) != 1 || w.opens("issuer", collect(three)) {
		t.Error("the former key still opens")
	}
	issuers, err := credential.NewIssuers(kept...)
	must(t, err)
	w.config.Trusted.Issuers = issuers
	w.start()
	if w.opens("issuer", collect(three)) || !w.opens("next issuer", collect(three)) {
		t.Error("after a start the locker knows another key than it kept")
	}
	if err := w.tells("issuer", 9, "issuer"); err == nil {
		t.Error("the former key came back by its own word")
	}
}
