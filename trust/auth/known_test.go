package auth

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// TestRevokedElsewhere: a key that another process revoked is refused when it was remembered for KeyMemory, and not a
// moment longer, however often it is shown.
func TestRevokedElsewhere(t *testing.T) {
	b, ctx := open(t), t.Context()
	key, secret, err := b.CreateKey(ctx, KeyOrder{Scope: lockhouse.ScopeOperator, Label: "x"})
	b.must(err)
	_, err = b.KeyOf(ctx, secret)
	b.must(err)
	other := &Desk{Store: b.Store, Now: b.Now, Random: rand.Reader}
	b.must(other.RevokeKey(ctx, key.ID))
	b.at = b.at.Add(KeyMemory - 1)
	if got, err := b.KeyOf(ctx, secret); err != nil || got != key {
		t.Fatalf("%+v, %v: nothing is remembered", got, err)
	}
	b.at = b.at.Add(1)
	_, err = b.KeyOf(ctx, secret)
	refused(t, err, CodeRevoked)
}

// TestClockSetBack: what was remembered at a later time is not believed.
func TestClockSetBack(t *testing.T) {
	var k known
	now := time.Unix(1_800_000_000, 0)
	k.remember(lockhouse.Key{Hash: [32]byte{1}}, now, 0)
	if _, found, _ := k.find([32]byte{1}, now.Add(-time.Hour)); found {
		t.Error("it would be remembered for an hour")
	}
}

// slow is a store whose readers are held up on their way back.
type slow struct {
	store.Store
	meanwhile func()
}

func (s *slow) View(ctx context.Context, do func(store.Tx) error) error {
	err := s.Store.View(ctx, do)
	if m := s.meanwhile; m != nil {
		s.meanwhile = nil
		m()
	}
	return err
}

// TestRevokedAtOnce: once RevokeKey has answered, no KeyOf that begins afterwards lets the key in, even if another looked
// it up before and comes back after.
func TestRevokedAtOnce(t *testing.T) {
	b, ctx := open(t), t.Context()
	key, secret, err := b.CreateKey(ctx, KeyOrder{Scope: lockhouse.ScopeOperator, Label: "x"})
	b.must(err)
	b.Store = &slow{Store: b.Store, meanwhile: func() { b.must(b.RevokeKey(ctx, key.ID)) }}
	_, err = b.KeyOf(ctx, secret)
	b.must(err) // it was good when it was looked up
	_, err = b.KeyOf(ctx, secret)
	refused(t, err, CodeRevoked)
}

// TestKnownIsBounded: many keys take the place of others.
func TestKnownIsBounded(t *testing.T) {
	var k known
	now := time.Unix(1_800_000_000, 0)
	for n := range 3 * maxKnownKeys {
		key := lockhouse.Key{Hash: [32]byte{byte(n), byte(n >> 8)}}
		k.remember(key, now, 0)
		if _, found, _ := k.find(key.Hash, now); !found || len(k.keys) > maxKnownKeys {
			t.Fatalf("after %d: %d kept", n, len(k.keys))
		}
	}
}
