package auth

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
)

type bench struct {
	*Desk
	t  *testing.T
	at time.Time
}

func open(t *testing.T) *bench {
	b := &bench{t: t, at: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)}
	b.Desk = &Desk{Store: sqlitetest.Open(t), Now: func() time.Time { return b.at }, Random: rand.Reader}
	return b
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) link(person lockhouse.PersonID) (token string) {
	b.t.Helper()
	b.must(b.Store.Update(b.t.Context(), func(tx store.Tx) (err error) {
		token, err = b.NewLink(tx, person)
		return err
	}))
	return token
}

func phone(t *testing.T) []byte {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key.PublicKey().Bytes()
}

func refused(t *testing.T, err error, code lockhouse.Code) {
	t.Helper()
	if lockhouse.CodeOf(err) != code {
		t.Fatalf("%v, not %s", err, code)
	}
}

func TestKeys(t *testing.T) {
	b, ctx := open(t), t.Context()
	key, secret, err := b.CreateKey(ctx, KeyOrder{Scope: lockhouse.ScopeShop, Label: " till 1 ", Owner: "Acme"})
	b.must(err)
	if !strings.HasPrefix(secret, "lhs_") || len(secret) != 4+43 || key.Label != "till 1" || key.Shop == "" {
		t.Fatalf("%+v %q", key, secret)
	}
	got, err := b.KeyOf(ctx, secret)
	if b.must(err); got != key {
		t.Fatalf("%+v\n%+v", got, key)
	}
	b.at = b.at.Add(time.Minute) // keys are listed in the order in which they were made
	second, _, err := b.CreateKey(ctx, KeyOrder{Scope: lockhouse.ScopeCheckout, Label: "page", Shop: key.Shop})
	if b.must(err); second.Shop != key.Shop {
		t.Fatalf("%+v", second)
	}
	for _, wrong := range []string{"", "lhs_", secret[:len(secret)-1], secret + "A", "lho_" + secret[4:], strings.ToUpper(secret), "lhs_" + strings.Repeat("A", 43), secret[:46] + "="} {
		_, err := b.KeyOf(ctx, wrong)
		refused(t, err, lockhouse.CodeUnauthorised)
	}
	b.at = b.at.Add(time.Hour)
	b.must(b.RevokeKey(ctx, key.ID))
	b.at = b.at.Add(time.Hour)
	b.must(b.RevokeKey(ctx, key.ID)) // twice is as good as once
	_, err = b.KeyOf(ctx, secret)
	refused(t, err, CodeRevoked)
	refused(t, b.RevokeKey(ctx, "key_none"), lockhouse.CodeNotFound)
	keys, err := b.Keys(ctx)
	if b.must(err); len(keys) != 2 || !keys[0].RevokedAt.Equal(b.at.Add(-time.Hour)) {
		t.Fatalf("%+v", keys)
	}
}

func TestKeyOrders(t *testing.T) {
	b, ctx := open(t), t.Context()
	for name, o := range map[string]KeyOrder{
		"no scope":                {Label: "x"},
		"another scope":           {Scope: "root", Label: "x"},
		"no label":                {Scope: lockhouse.ScopeOperator, Label: " "},
		"a long label":            {Scope: lockhouse.ScopeOperator, Label: strings.Repeat("x", 81)},
		"a shop without a name":   {Scope: lockhouse.ScopeShop, Label: "x"},
		"an operator with a shop": {Scope: lockhouse.ScopeOperator, Label: "x", Shop: "shop_1"},
		"an operator with a name": {Scope: lockhouse.ScopeOperator, Label: "x", Owner: "x"},
		"a courier with a shop":   {Scope: lockhouse.ScopeCourier, Label: "x", Shop: "shop_1", Owner: "x"},
		"id and name":             {Scope: lockhouse.ScopeShop, Label: "x", Shop: "shop_1", Owner: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := b.CreateKey(ctx, o)
			refused(t, err, lockhouse.CodeMalformed)
		})
	}
	for _, o := range []KeyOrder{{Scope: lockhouse.ScopeShop, Label: "x", Shop: "shop_none"}, {Scope: lockhouse.ScopeCourier, Label: "x", Courier: "cour_none"}} {
		_, _, err := b.CreateKey(ctx, o)
		refused(t, err, lockhouse.CodeNotFound)
	}
	if keys, err := b.Keys(ctx); err != nil || len(keys) != 0 {
		t.Fatalf("%v %+v", err, keys)
	}
	first, _, err := b.CreateKey(ctx, KeyOrder{Scope: lockhouse.ScopeCourier, Label: "van 1", Owner: "Fast"})
	b.must(err)
	second, _, err := b.CreateKey(ctx, KeyOrder{Scope: lockhouse.ScopeCourier, Label: "van 2", Courier: first.Courier})
	if b.must(err); second.Courier != first.Courier {
		t.Fatalf("%+v", second)
	}
}

func TestLinks(t *testing.T) {
	b, ctx := open(t), t.Context()
	key, token := phone(t), b.link("per_1")
	cookie, session, err := b.SignIn(ctx, token, key)
	if b.must(err); session.Person != "per_1" || !bytes.Equal(session.PhoneKey, key) {
		t.Fatalf("%+v", session)
	}
	_, _, err = b.SignIn(ctx, token, key)
	refused(t, err, lockhouse.CodeUsed)
	for _, unknown := range []string{"", "x", strings.Repeat("A", 43), token + "A"} {
		_, _, err = b.SignIn(ctx, unknown, key)
		refused(t, err, lockhouse.CodeNotFound)
	}
	old := b.link("per_1")
	b.at = b.at.Add(LinkLife)
	_, _, err = b.SignIn(ctx, old, key)
	refused(t, err, lockhouse.CodeLapsed)

	got, err := b.SessionOf(ctx, cookie)
	if b.must(err); got.Person != "per_1" {
		t.Fatalf("%+v", got)
	}
	b.at = b.at.Add(SessionLife)
	_, err = b.SessionOf(ctx, cookie)
	refused(t, err, lockhouse.CodeUnauthorised)
}

// TestTidy: what is over is deleted a day later; until then who comes late is told why.
func TestTidy(t *testing.T) {
	b, ctx := open(t), t.Context()
	cookie, _, err := b.SignIn(ctx, b.link("per_1"), phone(t))
	b.must(err)
	late := b.link("per_1")
	tidied := func(want int) {
		t.Helper()
		if done, err := b.Tidy(ctx, 10); err != nil || done != want {
			t.Fatalf("deleted %d, %v", done, err)
		}
	}
	b.at = b.at.Add(LinkLife + keepOver)
	tidied(0)
	_, _, err = b.SignIn(ctx, late, phone(t))
	refused(t, err, lockhouse.CodeLapsed)
	b.at = b.at.Add(time.Second)
	tidied(2) // the used one and the late one
	_, _, err = b.SignIn(ctx, late, phone(t))
	refused(t, err, lockhouse.CodeNotFound)
	_, err = b.SessionOf(ctx, cookie)
	b.must(err)
	b.at = b.at.Add(SessionLife)
	tidied(1)
}

func TestSignOut(t *testing.T) {
	b, ctx := open(t), t.Context()
	cookie, _, err := b.SignIn(ctx, b.link("per_1"), phone(t))
	b.must(err)
	for range 2 {
		b.must(b.SignOut(ctx, cookie))
		_, err = b.SessionOf(ctx, cookie)
		refused(t, err, lockhouse.CodeUnauthorised)
	}
	b.must(b.SignOut(ctx, "nonsense"))
}

// TestLinkIsUsedOnce, however many browsers open it at the same moment.
func TestLinkIsUsedOnce(t *testing.T) {
	b := open(t)
	token, key := b.link("per_1"), phone(t)
	results := make([]error, 8)
	var tries sync.WaitGroup
	for i := range results {
		tries.Go(func() { _, _, results[i] = b.SignIn(t.Context(), token, key) })
	}
	tries.Wait()
	in := 0
	for _, err := range results {
		if err == nil {
			in++
			continue
		}
		refused(t, err, lockhouse.CodeUsed)
	}
	if in != 1 {
		t.Fatalf("%d came in by one link", in)
	}
}

// TestRefusedKeyUsesNothing: a link is still good after a try with a phone key that is none.
func TestRefusedKeyUsesNothing(t *testing.T) {
	b := open(t)
	token, good := b.link("per_1"), phone(t)
	off := bytes.Clone(good)
	off[64] ^= 1
	for _, bad := range [][]byte{nil, good[:64], append(bytes.Clone(good), 0), off, append([]byte{2}, good[1:33]...), make([]byte, 65)} {
		_, _, err := b.SignIn(t.Context(), token, bad)
		refused(t, err, lockhouse.CodeMalformed)
	}
	_, _, err := b.SignIn(t.Context(), token, good)
	b.must(err)
}

var errBroken = errors.New("disk gone")

// TestBrokenStoreIsNoWrongKey: what can't be looked up is neither let in nor called unknown.
func TestBrokenStoreIsNoWrongKey(t *testing.T) {
	b := open(t)
	_, secret, err := b.CreateKey(t.Context(), KeyOrder{Scope: lockhouse.ScopeOperator, Label: "x"})
	b.must(err)
	if err := unknownAs(errBroken, lockhouse.Refuse(lockhouse.CodeUnauthorised, "no")); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.KeyOf(ctx, secret)
	refused(t, err, lockhouse.CodeUnavailable)
}

// TestShaped: nothing but a secret of the right shape reaches the store.
func TestShaped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "raw")
		secret, err := draw("lhs_", bytes.NewReader(raw))
		if err != nil || !shaped("lhs_", secret) || shaped("lhp_", secret) {
			t.Fatalf("%v %q", err, secret)
		}
		other := rapid.String().Draw(t, "other")
		if shaped("", other) && len(other) != 43 {
			t.Fatalf("%q", other)
		}
	})
	if _, err := draw("lhs_", bytes.NewReader(make([]byte, 31))); err == nil {
		t.Fatal("a secret was drawn from too little randomness")
	}
}
