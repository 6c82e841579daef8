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

func TestGrantRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := aGrant(t)
		g.PhoneKey = public(t, rapid.StringN(1, 4, 8).Draw(rt, "phone"))
		g.IssuedAt = time.Unix(int64(rapid.Uint32Range(0, 1<<31).Draw(rt, "issued")), 0).UTC()
		g.ExpiresAt = g.IssuedAt.Add(time.Duration(rapid.IntRange(1, 45*86_400).Draw(rt, "life")) * time.Second)
		g.Targets = rapid.SliceOfN(rapid.Custom(drawTarget), 1, lockhouse.MaxTargets).Draw(rt, "targets")
		raw := signGrant(t, "issuer", g)
		got, err := credential.VerifyGrant(trusted(t), raw)
		if err != nil || !reflect.DeepEqual(got, g) {
			rt.Fatalf("signed %+v, read %+v, %v", g, got, err)
		}
	})
}

func drawTarget(t *rapid.T) lockhouse.Target {
	target := lockhouse.Target{Ref: lockhouse.ParcelRef{rapid.Byte().Draw(t, "ref"), 1}, Verb: lockhouse.Verb(rapid.IntRange(1, 3).Draw(t, "verb"))}
	if target.Verb == lockhouse.VerbStore {
		target.Rank = rapid.IntRange(1, 255).Draw(t, "rank")
		return target
	}
	target.Compartment = rapid.IntRange(1, 65_535).Draw(t, "compartment")
	target.Generation = rapid.Uint32Min(1).Draw(t, "generation")
	return target
}

func TestGrantRefusesEveryChange(t *testing.T) {
	raw := signGrant(t, "issuer", aGrant(t))
	t.Logf("a grant with one target has %d bytes", len(raw))
	eachFlip(raw, func(bit int, flipped []byte) {
		if _, err := credential.VerifyGrant(trusted(t), flipped); err == nil {
			t.Errorf("bit %d flipped, and accepted", bit)
		}
	})
	for name, bad := range map[string][]byte{
		"turned": turned(raw), "unprotected header": withUnprotected(raw), "cut": raw[:len(raw)-1],
		"longer": append(bytes.Clone(raw), 0), "untagged": raw[1:], "empty": nil, "huge": make([]byte, credential.MaxGrantBytes+1),
		"another issuer": signGrant(t, "somebody", aGrant(t)),
	} {
		if _, err := credential.VerifyGrant(trusted(t), bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestGrantIsNotSignedWhenNobodyWouldTakeIt(t *testing.T) {
	many := make([]lockhouse.Target, lockhouse.MaxTargets+1)
	for i := range many {
		many[i] = lockhouse.Target{Ref: lockhouse.ParcelRef{1}, Verb: lockhouse.VerbStore, Rank: 1}
	}
	for name, spoil := range map[string]func(*lockhouse.Grant){
		"no targets":       func(g *lockhouse.Grant) { g.Targets = nil },
		"too many targets": func(g *lockhouse.Grant) { g.Targets = many },
		"ends before":      func(g *lockhouse.Grant) { g.ExpiresAt = g.IssuedAt },
		"too long":         func(g *lockhouse.Grant) { g.ExpiresAt = g.IssuedAt.Add(credential.MaxGrantLife + time.Second) },
		"no key":           func(g *lockhouse.Grant) { g.PhoneKey = nil },
		"no locker":        func(g *lockhouse.Grant) { g.Locker = "lkr_" },
		"no parcel":        func(g *lockhouse.Grant) { g.Targets[0].Ref = lockhouse.ParcelRef{} },
		"no compartment":   func(g *lockhouse.Grant) { g.Targets[0].Compartment = 0 },
		"no generation":    func(g *lockhouse.Grant) { g.Targets[0].Generation = 0 },
		"far compartment":  func(g *lockhouse.Grant) { g.Targets[0].Compartment = 65_536 },
		"open all":         func(g *lockhouse.Grant) { g.Targets[0].Verb = 4 },
		"store somewhere": func(g *lockhouse.Grant) {
			g.Targets[0] = lockhouse.Target{Ref: lockhouse.ParcelRef{1}, Verb: lockhouse.VerbStore}
		},
		"rank over a byte": func(g *lockhouse.Grant) {
			g.Targets[0] = lockhouse.Target{Ref: lockhouse.ParcelRef{1}, Verb: lockhouse.VerbStore, Rank: 256}
		},
	} {
		g := aGrant(t)
		spoil(&g)
		if _, err := credential.SignGrant(authority(t, "issuer"), g); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

func TestLargestGrantFits(t *testing.T) {
	g := aGrant(t)
	g.Targets = make([]lockhouse.Target, lockhouse.MaxTargets)
	for i := range g.Targets {
		g.Targets[i] = lockhouse.Target{Ref: lockhouse.ParcelRef{1}, Verb: lockhouse.VerbTakeOut, Compartment: 65_535, Generation: 1<<32 - 1}
	}
	if n := len(signGrant(t, "issuer", g)); n > credential.MaxGrantBytes {
		t.Errorf("%d bytes, and %d are read", n, credential.MaxGrantBytes)
	} else {
		t.Logf("the longest grant has %d bytes", n)
	}
}
