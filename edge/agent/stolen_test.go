package agent_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// What a thief can do at a locker with each key; docs/threat-model.md has the table.

// thief is somebody with a phone of their own and what they have stolen. They know which parcels lie where, which is more
// than keys tell.
func (w *world) thief(by credential.Authority, targets ...lockhouse.Target) []byte {
	w.t.Helper()
	raw, err := credential.SignGrant(by, lockhouse.Grant{ID: lockhouse.GrantID{66}, Locker: lockerID, PhoneKey: public(w.t, "thief"), IssuedAt: w.now,
		ExpiresAt: w.now.Add(time.Hour), Targets: targets})
	must(w.t, err)
	return raw
}

// TestStolenIssuerKeyOpensNoDoor: not by a grant, a paper pass or a PIN, and it sets no clock and commands nothing. Nor
// does it with another locker's shared key beside it.
func TestStolenIssuerKeyOpensNoDoor(t *testing.T) {
	for name, shared := range map[string][]byte{"alone": make([]byte, credential.SharedKeyBytes), "with another locker's key": []byte("another locker's")} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			stored := w.dropOff(first, 1)
			by := credential.Authority{Issuer: signer(t, "issuer"), Shared: shared}
			_, _, err := w.visit("thief", w.thief(by, collect(stored)), 0)
			refused(t, err, lockhouse.CodeWrongLocker)
			pass, err := credential.SignPass(by, lockhouse.Grant{ID: lockhouse.GrantID{66}, Locker: lockerID, IssuedAt: w.now, ExpiresAt: w.now.Add(time.Hour), Targets: []lockhouse.Target{collect(stored)}})
			must(t, err)
			refused(t, w.agent.ShowPass(wire.PassDigits(pass)), lockhouse.CodeWrongLocker)
			issuer, err := signer(t, "issuer").ECDH()
			must(t, err)
			secret, err := credential.AgreePINSecret(issuer, public(t, "static"), shared, lockerID)
			must(t, err)
			refused(t, w.agent.EnterPIN(secret.PIN(stored.Ref, stored.Generation, time.Time{})), lockhouse.CodeWrongPIN)
			nonce, err := w.agent.TimeNonce()
			must(t, err)
			late, err := credential.SignTime(by, credential.Time{Locker: lockerID, At: w.now.AddDate(9, 0, 0), Nonce: nonce})
			must(t, err)
			if err := w.agent.SetTime(late); err == nil {
				t.Error("it set the clock")
			}
			command, err := credential.SignCommand(by, lockhouse.Command{Locker: lockerID, Verb: lockhouse.CommandReport, IssuedAt: w.now, ExpiresAt: w.now.Add(time.Minute)})
			must(t, err)
			if _, outcome := w.agent.Obey(command); outcome != lockhouse.OutcomeForeign {
				t.Errorf("commanded: %s", outcome)
			}
			w.nothingOpened()
		})
	}
}

// TestStolenLockerKeysOpenNoDoor: whoever has all of a locker's own keys, out of its computer, makes no grant with them: not
// for that locker, whose issuer they can't sign for, and not for another.
func TestStolenLockerKeysOpenNoDoor(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	for _, by := range []string{"static", "receipts"} {
		_, _, err := w.visit("thief", w.thief(credential.Authority{Issuer: signer(t, by), Shared: shared}, collect(stored)), 0)
		refused(t, err, lockhouse.CodeGrantInvalid)
	}
	w.nothingOpened()
}

// TestStolenPhoneOpensItsOwnParcel: a recipient's phone key with its grant opens the one compartment, and no target that the
// grant does not list; the same grant with another phone's key opens nothing.
func TestStolenPhoneOpensItsOwnParcel(t *testing.T) {
	w := newWorld(t)
	mine, theirs := w.dropOff(first, 1), w.dropOff(second, 1)
	grant := w.grant("recipient", collect(mine))
	_, _, err := w.visit("thief", grant, 0)
	refused(t, err, lockhouse.CodeWrongPhone)
	v, n, err := w.visit("recipient", grant, 0)
	must(t, err)
	if n.Compartment != mine.Compartment || n.Compartment == theirs.Compartment {
		t.Fatalf("compartment %d opened", n.Compartment)
	}
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	if _, err := v.Open(soon(t), 1, 0); err == nil {
		t.Error("a second target opened, of a grant that has one")
	}
	w.pass(time.Second)
	if len(w.board.pulses) != 3 { // two drop-offs and this
		t.Errorf("pulsed %v", w.board.pulses)
	}
}
