package fleet_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
)

// setBack is a desk whose locker changed its keys, and whose store was set back to before that.
type setBack struct {
	*keyed
	signer *ecdsa.PrivateKey // the issuer's, which signs
	next   credential.OwnKeyset
	card   []byte
}

func newSetBack(t *testing.T) *setBack {
	t.Helper()
	k := &setBack{keyed: newKeyed(t)}
	var err error
	if k.signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if k.issuer, err = k.signer.ECDH(); err != nil {
		t.Fatal(err)
	}
	k.Agrees = k.issuer
	k.next, k.card = k.keyed.card(k.own)
	return k
}

// knew is the word that a keyset was known, as somebody has it.
func (k *setBack) knew(signer *ecdsa.PrivateKey, shared, card []byte, change func(*lockhouse.Command)) []byte {
	k.t.Helper()
	c := lockhouse.Command{Locker: k.id, Verb: lockhouse.CommandKnown, Keyset: credential.KeysetNameOf(card), IssuedAt: k.now, ExpiresAt: k.now.Add(lockhouse.CommandLife)}
	if change != nil {
		change(&c)
	}
	raw, err := credential.SignCommand(credential.Authority{Issuer: signer, Shared: shared}, c)
	if err != nil {
		k.t.Fatal(err)
	}
	return raw
}

func (k *setBack) shows(card, known []byte, taken bool) {
	k.t.Helper()
	got, err := k.Shown(k.t.Context(), k.id, card, known)
	if got != taken || k.stands().Known() != taken || lockhouse.CodeOf(err) != lockhouse.CodeMalformed && err != nil {
		k.t.Errorf("taken: %t, %v; it stands as %+v", got, err, k.stands())
	}
}

// TestSetBackFindsTogether: a locker that shows the network's own word of its keys is known again, without anybody asking, and the fault goes.
func TestSetBackFindsTogether(t *testing.T) {
	k := newSetBack(t)
	known := k.knew(k.signer, k.next.Shared, k.card, nil)
	k.shows(k.card, known, false) // nothing is wrong yet
	wantCode(t, k.uses(k.next, k.card, 3), lockhouse.CodeMalformed)
	if c := k.owes(false); c.Verb != "" {
		t.Errorf("a locker that has forgotten by what it is known here is told to %s", c.Verb)
	}
	if c := k.owes(true); c.Verb != lockhouse.CommandShow {
		t.Fatalf("it is told to %q", c.Verb)
	}
	k.shows(k.card, known, true)
	if c := k.owes(true); c.Verb != "" {
		t.Errorf("it is told to %s", c.Verb)
	}
	if err := k.uses(k.next, k.card, 3); err != nil {
		t.Fatal(err)
	}
	k.faulty("")
	if r := k.stands(); r.Number != 1 || string(r.Present.Shared) != string(k.next.Shared) || !r.TakesFormer() {
		t.Errorf("%+v", r)
	}
}

// TestFormerKeysShowNothing: who has all of the keys that a store which was set back believes, brings in none with them: neither by what that
// network says to them now, nor by words that it said to the locker of its keys, or to another.
func TestFormerKeysShowNothing(t *testing.T) {
	k := newSetBack(t)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, k.uses(k.next, k.card, 3), lockhouse.CodeMalformed)
	thief, theirs := k.keyed.card(k.own)
	for name, c := range map[string]struct{ card, known []byte }{
		"no word":                               {theirs, nil},
		"the locker's word":                     {theirs, k.knew(k.signer, k.next.Shared, k.card, nil)},
		"a word by the former shared key":       {theirs, k.knew(k.signer, k.own.Shared, theirs, nil)},
		"a word that they sign":                 {theirs, k.knew(other, thief.Shared, theirs, nil)},
		"another word to keys of theirs":        {theirs, k.knew(k.signer, thief.Shared, theirs, func(c *lockhouse.Command) { c.Verb = lockhouse.CommandSwitch })},
		"a word of another keyset":              {theirs, k.knew(k.signer, thief.Shared, k.card, nil)},
		"a word to another locker":              {theirs, k.knew(k.signer, thief.Shared, theirs, func(c *lockhouse.Command) { c.Locker = lockhouse.LockerIDOf([8]byte{9}) })},
		"the locker's card, and no word for it": {k.card, k.knew(k.signer, k.own.Shared, k.card, nil)},
		"no card":                               {k.knew(k.signer, thief.Shared, theirs, nil), k.knew(k.signer, thief.Shared, theirs, nil)},
	} {
		t.Log(name)
		k.shows(c.card, c.known, false)
	}
	k.faulty("unknown_keys")
	known := k.knew(k.signer, k.next.Shared, k.card, nil)
	if _, err := k.Rekey(t.Context(), k.id, false); err != nil {
		t.Fatal(err)
	}
	k.shows(k.card, known, false) // an operator has asked: what comes now is a card like any other, and two that disagree are found out
	storetest.Update(t, k.Store, func(tx store.Tx) error {
		r, err := tx.Rekeying(k.id)
		if err != nil {
			return err
		}
		r.AskedAt = r.ChangedAt
		return tx.SetRekeying(k.id, r)
	})
	k.shows(k.card, known, true)
	if err := k.uses(k.next, k.card, 3); err != nil {
		t.Fatal(err)
	}
	if taken, err := k.Shown(t.Context(), k.id, theirs, known); taken || err != nil || k.stands().Known() {
		t.Errorf("by the former keys after the change: %t, %v", taken, err)
	}
}
