package credential_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/credential"
)

// ownKeyset is a locker's keyset, and as its network has it.
func ownKeyset(t testing.TB, static, receipt string, shared []byte) (credential.OwnKeyset, lockhouse.Keyset) {
	t.Helper()
	return credential.OwnKeyset{Static: exchanger(t, static), Receipt: key(t, receipt), Shared: shared},
		lockhouse.Keyset{Static: public(t, static), Receipt: public(t, receipt), Shared: shared}
}

// keyCard is the card of the keyset "next …" by who has a present one.
func keyCard(t testing.TB, present credential.OwnKeyset) (card, shared []byte) {
	t.Helper()
	next, _ := ownKeyset(t, "next static", "next receipts", nil)
	card, shared, err := credential.MakeKeyCard(locker, present, next, public(t, "issuer"))
	if err != nil {
		t.Fatal(err)
	}
	return card, shared
}

// TestKeyCard: both sides come to the same next keyset, of which the shared key was not sent, and which another issuer's key does not give.
func TestKeyCard(t *testing.T) {
	own, present := ownKeyset(t, "static", "receipts", shared)
	card, agreed := keyCard(t, own)
	next, err := credential.VerifyKeyCard(locker, present, exchanger(t, "issuer"), card)
	if err != nil {
		t.Fatal(err)
	}
	want := lockhouse.Keyset{Name: credential.KeysetNameOf(card), Static: public(t, "next static"), Receipt: public(t, "next receipts"), Shared: agreed}
	if !bytes.Equal(next.Static, want.Static) || !bytes.Equal(next.Receipt, want.Receipt) || !bytes.Equal(next.Shared, want.Shared) || next.Name != want.Name {
		t.Errorf("%x, want %x", next, want)
	}
	if bytes.Contains(card, agreed) || bytes.Equal(agreed, shared) {
		t.Error("the shared key is in the card, or the former one")
	}
	if _, err := credential.VerifyKeyCard(locker, present, exchanger(t, "next issuer"), card); !errors.Is(err, credential.ErrRefused) {
		t.Errorf("by another issuer: %v", err)
	}
	if _, err := credential.VerifyKeyCard("lkr_0000000000000009", present, exchanger(t, "issuer"), card); !errors.Is(err, credential.ErrRefused) {
		t.Errorf("for another locker: %v", err)
	}
	if _, err := credential.VerifyKeyCard(locker, next, exchanger(t, "issuer"), card); !errors.Is(err, credential.ErrRefused) {
		t.Errorf("said again after the change: %v", err)
	}
}

// TestStolenKeysBringInNone: with a locker's receipt key alone, or its shared key alone, or either and the issuer's, nobody's keys become that
// locker's next ones, nor with keys that they do not hold.
func TestStolenKeysBringInNone(t *testing.T) {
	_, present := ownKeyset(t, "static", "receipts", shared)
	for name, thief := range map[string]credential.OwnKeyset{
		"the receipt key": {Receipt: key(t, "receipts"), Shared: make([]byte, credential.SharedKeyBytes)},
		"the shared key":  {Receipt: key(t, "thief"), Shared: shared},
		"neither":         {Receipt: key(t, "thief"), Shared: []byte("any sixteen byte")},
	} {
		card, _ := keyCard(t, thief)
		if _, err := credential.VerifyKeyCard(locker, present, exchanger(t, "issuer"), card); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	own, _ := ownKeyset(t, "static", "receipts", shared)
	for name, next := range map[string]credential.OwnKeyset{
		"the keys that it has":         own,
		"one of them":                  {Static: exchanger(t, "static"), Receipt: key(t, "next receipts")},
		"one key for two":              {Static: exchanger(t, "next static"), Receipt: key(t, "next static")},
		"the other of them":            {Static: exchanger(t, "next static"), Receipt: key(t, "receipts")},
		"a static key of its issuer's": {Static: exchanger(t, "issuer"), Receipt: key(t, "receipts")},
	} {
		card, _, err := credential.MakeKeyCard(locker, own, next, public(t, "issuer"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := credential.VerifyKeyCard(locker, present, exchanger(t, "issuer"), card); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyCardRefusesEveryChange of any bit.
func TestKeyCardRefusesEveryChange(t *testing.T) {
	own, present := ownKeyset(t, "static", "receipts", shared)
	card, _ := keyCard(t, own)
	issuer := exchanger(t, "issuer")
	rapid.Check(t, func(r *rapid.T) {
		changed := bytes.Clone(card)
		changed[rapid.IntRange(0, len(card)-1).Draw(r, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		if _, err := credential.VerifyKeyCard(locker, present, issuer, changed); !errors.Is(err, credential.ErrRefused) {
			r.Fatalf("%x: %v", changed, err)
		}
	})
}

// FuzzKeyCard holds that nothing but what the locker signed is ever accepted.
func FuzzKeyCard(f *testing.F) {
	own, present := ownKeyset(f, "static", "receipts", shared)
	good, _ := keyCard(f, own)
	f.Add(good)
	f.Add(good[1:])
	issuer := exchanger(f, "issuer")
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := credential.VerifyKeyCard(locker, present, issuer, data); err == nil && !bytes.Equal(data, good) {
			t.Fatalf("accepted %x", data)
		}
	})
}

// TestRekeyed is read as it was signed, by the new key alone.
func TestRekeyed(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := credential.Rekeyed{Locker: locker, Keyset: [8]byte{1, 2}, Through: rapid.Uint64().Draw(r, "through")}
		raw, err := credential.SignRekeyed(key(t, "next receipts"), want)
		if err != nil || len(raw) > credential.MaxRekeyedBytes {
			r.Fatalf("%d bytes, %v", len(raw), err)
		}
		if got, err := credential.VerifyRekeyed(public(t, "next receipts"), raw); err != nil || got != want {
			r.Fatalf("%+v, %v", got, err)
		}
		if _, err := credential.VerifyRekeyed(public(t, "receipts"), raw); !errors.Is(err, credential.ErrRefused) {
			r.Fatalf("by the former key: %v", err)
		}
	})
}

// FuzzRekeyed holds that nothing but what the locker signed is ever accepted.
func FuzzRekeyed(f *testing.F) {
	good, err := credential.SignRekeyed(key(f, "next receipts"), credential.Rekeyed{Locker: locker, Keyset: [8]byte{1}, Through: 7})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	by := public(f, "next receipts")
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := credential.VerifyRekeyed(by, data); err == nil && !bytes.Equal(data, good) {
			t.Fatalf("accepted %x", data)
		}
	})
}

// TestSuccession: a phone that knows the former receipt key learns the next one from it, and from nobody else.
func TestSuccession(t *testing.T) {
	good, err := credential.Succeed(key(t, "receipts"), locker, public(t, "next receipts"))
	if err != nil {
		t.Fatal(err)
	}
	if next, err := credential.VerifySuccession(public(t, "receipts"), locker, good); err != nil || !bytes.Equal(next, public(t, "next receipts")) {
		t.Errorf("%x, %v", next, err)
	}
	stranger, err := credential.Succeed(key(t, "static"), locker, public(t, "next receipts"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, good[:128], append(bytes.Clone(good), 0), stranger} {
		if _, err := credential.VerifySuccession(public(t, "receipts"), locker, bad); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%x: %v", bad, err)
		}
	}
	if _, err := credential.VerifySuccession(public(t, "receipts"), "lkr_0000000000000009", good); !errors.Is(err, credential.ErrRefused) {
		t.Errorf("another locker's: %v", err)
	}
	rapid.Check(t, func(r *rapid.T) {
		changed := bytes.Clone(good)
		changed[rapid.IntRange(0, len(good)-1).Draw(r, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		if _, err := credential.VerifySuccession(public(t, "receipts"), locker, changed); !errors.Is(err, credential.ErrRefused) {
			r.Fatalf("%x: %v", changed, err)
		}
	})
}
