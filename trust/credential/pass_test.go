package credential_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/credential"
)

func aPass() lockhouse.Grant {
	return lockhouse.Grant{ID: lockhouse.GrantID{1}, Locker: locker, IssuedAt: noon, ExpiresAt: noon.Add(72 * time.Hour),
		Targets: []lockhouse.Target{{Ref: lockhouse.ParcelRef{7}, Verb: lockhouse.VerbCollect, Compartment: 12, Generation: 4}}}
}

func signPass(t testing.TB, g lockhouse.Grant) []byte {
	t.Helper()
	raw, err := credential.SignPass(authority(t, "issuer"), g)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestPassRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := aPass()
		g.IssuedAt = time.Unix(int64(rapid.Uint32Range(0, 1<<31).Draw(rt, "issued")), 0).UTC()
		g.ExpiresAt = g.IssuedAt.Add(time.Duration(rapid.IntRange(1, 45*86_400).Draw(rt, "life")) * time.Second)
		g.Targets[0].Compartment, g.Targets[0].Generation = rapid.IntRange(1, 65_535).Draw(rt, "compartment"), rapid.Uint32Min(1).Draw(rt, "generation")
		raw := signPass(t, g)
		if got, err := credential.VerifyPass(trusted(t), raw); err != nil || !reflect.DeepEqual(got, g) || len(raw) > credential.MaxPassBytes {
			rt.Fatalf("signed %+v, read %+v of %d bytes, %v", g, got, len(raw), err)
		}
	})
}

// TestPassIsNoGrant: neither passes for the other, and no changed bit passes at all.
func TestPassIsNoGrant(t *testing.T) {
	raw := signPass(t, aPass())
	t.Logf("a pass has %d bytes", len(raw))
	eachFlip(raw, func(bit int, flipped []byte) {
		if _, err := credential.VerifyPass(trusted(t), flipped); err == nil {
			t.Errorf("bit %d flipped, and accepted", bit)
		}
	})
	for name, bad := range map[string][]byte{
		"a grant": signGrant(t, "issuer", aGrant(t)), "turned": turned(raw), "unprotected header": withUnprotected(raw), "cut": raw[:len(raw)-1],
		"longer": append(bytes.Clone(raw), 0), "empty": nil, "huge": make([]byte, credential.MaxPassBytes+1),
	} {
		if _, err := credential.VerifyPass(trusted(t), bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := credential.VerifyGrant(trusted(t), raw); err == nil {
		t.Error("a pass was taken for a grant")
	}
}

func TestPassIsForCollectingOneParcel(t *testing.T) {
	for name, spoil := range map[string]func(*lockhouse.Grant){
		"a phone":       func(g *lockhouse.Grant) { g.PhoneKey = public(t, "phone") },
		"two parcels":   func(g *lockhouse.Grant) { g.Targets = append(g.Targets, g.Targets[0]) },
		"none":          func(g *lockhouse.Grant) { g.Targets = nil },
		"to take out":   func(g *lockhouse.Grant) { g.Targets[0].Verb = lockhouse.VerbTakeOut },
		"no generation": func(g *lockhouse.Grant) { g.Targets[0].Generation = 0 },
		"no place":      func(g *lockhouse.Grant) { g.Targets[0].Compartment = 0 },
		"too long":      func(g *lockhouse.Grant) { g.ExpiresAt = g.IssuedAt.Add(credential.MaxGrantLife + time.Second) },
	} {
		g := aPass()
		spoil(&g)
		if _, err := credential.SignPass(authority(t, "issuer"), g); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

// FuzzPass holds that nothing but what the issuer signed is ever accepted.
func FuzzPass(f *testing.F) {
	good := signPass(f, aPass())
	f.Add(good)
	f.Add(good[1:])
	all := trusted(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := credential.VerifyPass(all, data); err == nil && !bytes.Equal(data, good) {
			t.Fatalf("accepted %x", data)
		}
	})
}
