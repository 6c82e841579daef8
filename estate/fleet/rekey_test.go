package fleet_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"reflect"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
)

// keyed is a locker with keys, at a desk with an issuer.
type keyed struct {
	*yard
	t      *testing.T
	id     lockhouse.LockerID
	issuer *ecdh.PrivateKey
	now    time.Time
	own    credential.OwnKeyset
}

func newKeyed(t *testing.T) *keyed {
	t.Helper()
	s := sqlitetest.Open(t)
	k := &keyed{yard: newYard(s), t: t, issuer: fresh(t).Static.(*ecdh.PrivateKey), now: storetest.Noon, own: fresh(t)}
	k.Now, k.Agrees = func() time.Time { return k.now }, k.issuer
	site := storetest.Site(1)
	storetest.Update(t, s, func(tx store.Tx) error { return tx.PutSite(site) })
	l, boxes := storetest.Locker(site.ID, 1, 1, 0, 0)
	k.own.Shared = make([]byte, credential.SharedKeyBytes)
	l.StaticKey, l.ReceiptKey, l.AdvertKey = k.own.Static.PublicKey().Bytes(), publicOf(t, k.own), k.own.Shared
	k.id = l.ID
	if err := k.Register(t.Context(), l, boxes); err != nil {
		t.Fatal(err)
	}
	return k
}

func fresh(t *testing.T) credential.OwnKeyset {
	t.Helper()
	static, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return credential.OwnKeyset{Static: static, Receipt: receipt}
}

func publicOf(t *testing.T, own credential.OwnKeyset) []byte {
	t.Helper()
	public, err := credential.PublicKey(own.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// card is that of a next keyset, which by has.
func (k *keyed) card(by credential.OwnKeyset) (next credential.OwnKeyset, card []byte) {
	k.t.Helper()
	next = fresh(k.t)
	card, shared, err := credential.MakeKeyCard(k.id, by, next, k.issuer.PublicKey().Bytes())
	if err != nil {
		k.t.Fatal(err)
	}
	next.Shared = shared
	return next, card
}

func (k *keyed) uses(own credential.OwnKeyset, card []byte, through uint64) error {
	k.t.Helper()
	said, err := credential.SignRekeyed(own.Receipt, credential.Rekeyed{Locker: k.id, Keyset: credential.KeysetNameOf(card), Through: through})
	if err != nil {
		k.t.Fatal(err)
	}
	return k.Rekeyed(k.t.Context(), k.id, said)
}

func (k *keyed) stands() lockhouse.Rekeying {
	k.t.Helper()
	r, _, err := k.Keys(k.t.Context(), k.id)
	if err != nil {
		k.t.Fatal(err)
	}
	return r
}

// owes tells what the locker is to be told.
func (k *keyed) owes(takesFormer bool) lockhouse.Command {
	k.t.Helper()
	c, err := k.Owed(k.t.Context(), k.id, takesFormer)
	if err != nil {
		k.t.Fatal(err)
	}
	return c
}

// TestRekey goes through a change, each step said twice, and what the locker is to be told after each.
func TestRekey(t *testing.T) {
	k, ctx := newKeyed(t), t.Context()
	next, card := k.card(k.own)
	name := credential.KeysetNameOf(card)
	if c := k.owes(false); c.Verb != "" {
		t.Fatalf("it is told to %s", c.Verb)
	}
	if c, err := k.Card(ctx, k.id, card); err != nil || c.Verb != "" || k.stands().Known() {
		t.Fatalf("a card that nobody asked for: %+v, %v", c, err)
	}
	for range 2 {
		if _, err := k.Rekey(ctx, k.id, false); err != nil {
			t.Fatal(err)
		}
		if c := k.owes(false); c.Verb != lockhouse.CommandRekey {
			t.Fatalf("it is told to %q", c.Verb)
		}
	}
	wantCode(t, k.uses(next, card, 0), lockhouse.CodeMalformed) // it is not known yet
	for range 2 {
		c, err := k.Card(ctx, k.id, card)
		if want := (lockhouse.Command{Locker: k.id, Verb: lockhouse.CommandSwitch, Keyset: name}); err != nil || !reflect.DeepEqual(c, want) {
			t.Fatalf("%+v, %v", c, err)
		}
		if c := k.owes(false); c.Verb != lockhouse.CommandRekey { // whether the locker itself has said that card, nobody knows
			t.Fatalf("it is told to %q", c.Verb)
		}
	}
	wantCode(t, k.uses(k.own, card, 0), lockhouse.CodeMalformed) // said with the former key
	_, err := k.ForgetFormer(ctx, k.id, true)
	wantCode(t, err, lockhouse.CodeConflict) // it has not changed
	for range 2 {
		if err := k.uses(next, card, 7); err != nil {
			t.Fatal(err)
		}
		if c := k.owes(true); c.Verb != lockhouse.CommandKnown || c.Keyset != name {
			t.Fatalf("it is told to %q", c.Verb)
		}
	}
	r := k.stands()
	if r.Number != 1 || r.Present.Name != name || string(r.Present.Shared) != string(next.Shared) || !r.TakesFormer() || r.Through != 7 || !r.ChangedAt.Equal(k.now) {
		t.Fatalf("%+v", r)
	}
	if keys := r.ReceiptKeys(7); len(keys) != 2 || keys[1].Through != 7 {
		t.Errorf("receipts are known by %+v", keys)
	}
	_, err = k.Rekey(ctx, k.id, false)
	wantCode(t, err, lockhouse.CodeConflict) // the last change is not over
	_, err = k.ForgetFormer(ctx, k.id, false)
	wantCode(t, err, lockhouse.CodeConflict) // too early
	k.now = k.now.Add(time.Hour)
	if c := k.owes(true); c.Verb != "" {
		t.Errorf("an hour after it is told to %s", c.Verb)
	}
	k.now = k.now.Add(lockhouse.MaxFormerLife - time.Hour)
	if c := k.owes(true); c.Verb != lockhouse.CommandForget || c.Keyset != name { // by itself
		t.Fatalf("it is told to %q", c.Verb)
	}
	r = k.stands()
	if r.TakesFormer() || len(r.ReceiptKeys(7)) != 1 || len(r.ReceiptKeys(6)) != 2 {
		t.Errorf("forgotten, and receipts are known by %+v", r.ReceiptKeys(7))
	}
	if c := k.owes(false); c.Verb != "" {
		t.Errorf("it is told to %s", c.Verb)
	}
	if c, err := k.Card(ctx, k.id, card); err != nil || c.Verb != lockhouse.CommandForget || k.stands().Known() {
		t.Errorf("the old card again: %+v, %v", c, err)
	}
}

// TestStolenKeysets: with one of its keys alone nobody brings in keys, and who has all of them is found out, whoever was first. The
// former keys bring in nothing after the change.
func TestStolenKeysets(t *testing.T) {
	k, ctx := newKeyed(t), t.Context()
	if _, err := k.Rekey(ctx, k.id, false); err != nil {
		t.Fatal(err)
	}
	for _, thief := range []credential.OwnKeyset{
		{Receipt: k.own.Receipt, Shared: []byte("any sixteen byte")}, {Receipt: fresh(t).Receipt, Shared: k.own.Shared},
	} {
		_, card := k.card(thief)
		_, err := k.Card(ctx, k.id, card)
		wantCode(t, err, lockhouse.CodeMalformed)
	}
	next, card := k.card(k.own)
	if _, err := k.Card(ctx, k.id, card); err != nil {
		t.Fatal(err)
	}
	_, other := k.card(k.own)
	if c, err := k.Card(ctx, k.id, other); err != nil || c.Verb != "" {
		t.Fatalf("another card by the same keys: %+v, %v", c, err)
	}
	k.faulty("keysets")
	if err := k.uses(next, card, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := k.ForgetFormer(ctx, k.id, true); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Rekey(ctx, k.id, false); err != nil {
		t.Fatal(err)
	}
	_, err := k.Card(ctx, k.id, other)
	wantCode(t, err, lockhouse.CodeMalformed)
}

// faulty holds that this is the fault that the operator sees.
func (k *keyed) faulty(want string) {
	k.t.Helper()
	storetest.View(k.t, k.Store, func(tx store.Tx) error {
		if fault, err := tx.Fault(k.id); err != nil || fault != want {
			k.t.Errorf("the fault is %q, %v", fault, err)
		}
		return nil
	})
}

// TestThiefsCardIsFoundOut: a thief of all keys says a card while the locker's line is theirs. The locker, back on it, is asked for its own, and
// is not told for ever to switch to one that it does not have.
func TestThiefsCardIsFoundOut(t *testing.T) {
	k, ctx := newKeyed(t), t.Context()
	if _, err := k.Rekey(ctx, k.id, false); err != nil {
		t.Fatal(err)
	}
	_, thiefs := k.card(k.own)
	if _, err := k.Card(ctx, k.id, thiefs); err != nil {
		t.Fatal(err)
	}
	if c := k.owes(false); c.Verb != lockhouse.CommandRekey {
		t.Fatalf("the locker is told to %q", c.Verb)
	}
	_, card := k.card(k.own)
	if c, err := k.Card(ctx, k.id, card); err != nil || c.Verb != "" {
		t.Fatalf("%+v, %v", c, err)
	}
	k.faulty("keysets")
}

// TestRekeyAfterSettingBack: a store from before a change does not know the keys that the locker uses. The locker takes the former ones
// still, and asked again it says the same card. Until then that is a fault, which neither the locker nor an operator says away.
func TestRekeyAfterSettingBack(t *testing.T) {
	k, ctx := newKeyed(t), t.Context()
	next, card := k.card(k.own)
	for range 2 {
		wantCode(t, k.uses(next, card, 3), lockhouse.CodeMalformed)
		k.faulty("unknown_keys")
		if _, err := k.Health(ctx, k.id, fleet.Health{}); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Acknowledge(ctx, k.id); err != nil {
			t.Fatal(err)
		}
		k.faulty("unknown_keys")
	}
	if c := k.owes(true); c.Verb != lockhouse.CommandShow { // which an older agent knows nothing of
		t.Fatalf("it is told to %q", c.Verb)
	}
	if _, err := k.Rekey(ctx, k.id, false); err != nil {
		t.Fatal(err)
	}
	if c := k.owes(true); c.Verb != lockhouse.CommandRekey {
		t.Fatalf("it is told to %q", c.Verb)
	}
	if _, err := k.Card(ctx, k.id, card); err != nil {
		t.Fatal(err)
	}
	if err := k.uses(next, card, 3); err != nil {
		t.Fatal(err)
	}
	k.faulty("")
	k.toldOf(lockhouse.EventLockerFault, lockhouse.EventLockerHealed, lockhouse.EventLockerRekeyed)
}

// toldOf holds that whoever hears of events heard of these, and of no more faults.
func (k *keyed) toldOf(kinds ...lockhouse.EventKind) {
	k.t.Helper()
	storetest.View(k.t, k.Store, func(tx store.Tx) error {
		events, err := tx.EventsAfter(0, 100)
		var got []lockhouse.EventKind
		for _, e := range events {
			if e.Kind != lockhouse.EventRoomChanged {
				got = append(got, e.Kind)
			}
		}
		if !slices.Equal(got, kinds) {
			k.t.Errorf("told of %v", got)
		}
		return err
	})
}

// TestRekeyAll asks those that can be asked, and a retired locker is asked for nothing.
func TestRekeyAll(t *testing.T) {
	k, ctx := newKeyed(t), t.Context()
	for range 2 {
		if asked, err := k.RekeyAll(ctx); err != nil || asked != 1 {
			t.Fatalf("%d are asked, %v", asked, err)
		}
	}
	if _, err := k.Retire(ctx, k.id, false, true); err != nil {
		t.Fatal(err)
	}
	_, err := k.Rekey(ctx, k.id, false)
	wantCode(t, err, lockhouse.CodeConflict)
}
