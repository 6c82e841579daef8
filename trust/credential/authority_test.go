package credential_test

import (
	"errors"
	"testing"

	"lockhouse"
	"lockhouse/trust/credential"
)

// said is everything that a network says to a locker, signed by one authority, with how the locker takes it.
func said(t *testing.T, by credential.Authority) map[string]func(credential.Trusted) error {
	t.Helper()
	pass := aGrant(t)
	pass.PhoneKey = nil
	command := lockhouse.Command{Locker: locker, Verb: lockhouse.CommandReport, IssuedAt: noon, ExpiresAt: noon}
	grant := must(t)(credential.SignGrant(by, aGrant(t)))
	paper := must(t)(credential.SignPass(by, pass))
	now := must(t)(credential.SignTime(by, credential.Time{Locker: locker, At: noon}))
	desired := must(t)(credential.SignDesired(by, locker, lockhouse.Desired{Version: 1}))
	done := must(t)(credential.SignCommand(by, command))
	return map[string]func(credential.Trusted) error{
		"grant":   func(c credential.Trusted) error { _, err := credential.VerifyGrant(c, grant); return err },
		"pass":    func(c credential.Trusted) error { _, err := credential.VerifyPass(c, paper); return err },
		"time":    func(c credential.Trusted) error { _, err := credential.VerifyTime(c, now); return err },
		"desired": func(c credential.Trusted) error { _, _, err := credential.VerifyDesired(c, desired); return err },
		"command": func(c credential.Trusted) error { _, err := credential.VerifyCommand(c, done); return err },
	}
}

func must(t testing.TB) func([]byte, error) []byte {
	return func(raw []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
}

// TestStolenIssuerKeySaysNothing: the issuer's key alone, without the key that a locker shares with its network, makes no
// grant, no pass, no time, no desired state and no command that any locker takes.
func TestStolenIssuerKeySaysNothing(t *testing.T) {
	thief := credential.Authority{Issuer: key(t, "issuer"), Shared: []byte("any sixteen byte")}
	for kind, take := range said(t, thief) {
		if err := take(trusted(t)); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for kind, take := range said(t, authority(t, "issuer")) { // the very same, by who has both
		if err := take(trusted(t)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestStolenSharedKeySaysNothing: nor does the shared key without the issuer's.
func TestStolenSharedKeySaysNothing(t *testing.T) {
	for kind, take := range said(t, authority(t, "thief")) {
		if err := take(trusted(t)); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestNothingIsSaidWithoutASharedKey: one that is missing is an error, on either side, and not a key of zeros.
func TestNothingIsSaidWithoutASharedKey(t *testing.T) {
	if _, err := credential.SignGrant(credential.Authority{Issuer: key(t, "issuer")}, aGrant(t)); err == nil {
		t.Error("signed without a shared key")
	}
	for kind, take := range said(t, authority(t, "issuer")) {
		if err := take(credential.Trusted{Issuers: issuers(t)}); err == nil {
			t.Errorf("%s: taken without a shared key", kind)
		}
	}
}

// TestFormerSharedKey: what was countersigned with the former key is taken as long as it is known, and no longer.
func TestFormerSharedKey(t *testing.T) {
	now := credential.Trusted{Issuers: issuers(t), Shared: []byte("the next sixteen"), Former: shared}
	for kind, take := range said(t, authority(t, "issuer")) {
		if err := take(now); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if err := take(credential.Trusted{Issuers: now.Issuers, Shared: now.Shared}); !errors.Is(err, credential.ErrNotForThis) {
			t.Errorf("%s, once forgotten: %v", kind, err)
		}
	}
}
