package credential_test

import (
	"crypto/ecdh"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/credential"
)

// What was signed is read again, whole, and fits its measure however many compartments it names.
func TestDesiredRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		out := rapid.SliceOfNDistinct(rapid.IntRange(1, 999), 0, lockhouse.MaxCompartments, rapid.ID[int]).Draw(r, "out")
		slices.Sort(out)
		want := lockhouse.Desired{Version: rapid.Uint64().Draw(r, "version"), Channel: rapid.StringMatching(`[a-z0-9-]{0,32}`).Draw(r, "channel"), Zone: rapid.StringMatching(`|[A-Z][a-z_]{1,15}(/[A-Za-z0-9_+-]{1,31})?`).Draw(r, "zone")}
		if len(out) > 0 {
			want.OutOfService = out
		}
		for n := range rapid.IntRange(0, lockhouse.MaxRevocations).Draw(r, "revoked") {
			until := noon.Add(time.Duration(rapid.IntRange(0, 1_000_000).Draw(r, "for")) * time.Second)
			want.Revoked = append(want.Revoked, lockhouse.Revocation{Name: [8]byte{byte(n + 1)}, At: noon, Until: until})
		}
		if rapid.Bool().Draw(r, "asked on the spot") {
			want.At, want.Nonce = noon, [16]byte{7}
		}
		raw, err := credential.SignDesired(authority(t, "issuer"), locker, want)
		if err != nil || len(raw) > credential.MaxDesiredBytes {
			r.Fatalf("%d bytes, %v", len(raw), err)
		}
		whose, got, err := credential.VerifyDesired(trusted(t), raw)
		if err != nil || whose != locker || !reflect.DeepEqual(got, want) {
			r.Fatalf("%s %+v, %v; want %+v", whose, got, err, want)
		}
	})
}

// A statement of one kind is none of another, and an order that nobody writes is not read.
func TestDesiredRefuses(t *testing.T) {
	unordered, err := credential.SignDesired(authority(t, "issuer"), locker, lockhouse.Desired{Version: 1, OutOfService: []int{2, 1}})
	if err != nil {
		t.Fatal(err)
	}
	said, err := credential.SignTime(authority(t, "issuer"), credential.Time{Locker: locker, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := credential.SignDesired(authority(t, "stranger"), locker, lockhouse.Desired{Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := credential.SignDesired(authority(t, "issuer"), locker, lockhouse.Desired{Version: 1, Channel: "../evil"})
	if err != nil {
		t.Fatal(err)
	}
	nowhere, err := credential.SignDesired(authority(t, "issuer"), locker, lockhouse.Desired{Version: 1, Zone: "Europe/Par is"})
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"no zone": nowhere, "no channel": elsewhere, "out of order": unordered, "the time": said, "a stranger's": stranger, "nothing": nil, "too long": make([]byte, 4_000)} {
		if _, _, err := credential.VerifyDesired(trusted(t), raw); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCommandRoundTrip(t *testing.T) {
	want := lockhouse.Command{ID: [8]byte{1, 2}, Locker: locker, Verb: lockhouse.CommandReport, IssuedAt: noon, ExpiresAt: noon.Add(lockhouse.CommandLife)}
	raw, err := credential.SignCommand(authority(t, "next issuer"), want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := credential.VerifyCommand(trusted(t), raw); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for name, change := range map[string]func(*lockhouse.Command){
		"good for too long":      func(c *lockhouse.Command) { c.ExpiresAt = c.ExpiresAt.Add(time.Second) },
		"over before it began":   func(c *lockhouse.Command) { c.ExpiresAt = c.IssuedAt.Add(-time.Second) },
		"a verb of forty spaces": func(c *lockhouse.Command) { c.Verb = "                                        " },
	} {
		bad := want
		change(&bad)
		raw, err := credential.SignCommand(authority(t, "issuer"), bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := credential.VerifyCommand(trusted(t), raw); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A mail is what was sealed, to the locker that it was sealed to; its sizes stand in docs/latch.md.
func TestMailRoundTrip(t *testing.T) {
	static := exchange(t, "static")
	statement, err := credential.SignDesired(authority(t, "issuer"), locker, lockhouse.Desired{Version: 3, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	mail, err := credential.SealMail(static.PublicKey().Bytes(), statement)
	if err != nil || len(mail) != len(statement)+credential.MailOverheadBytes {
		t.Fatalf("%d bytes around %d, %v", len(mail), len(statement), err)
	}
	five := lockhouse.Desired{Version: 3, At: noon}
	for n := range 5 {
		five.Revoked = append(five.Revoked, lockhouse.Revocation{Name: [8]byte{byte(n)}, At: noon, Until: noon.Add(time.Hour)})
	}
	longer, err := credential.SignDesired(authority(t, "issuer"), locker, five)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("a mail has %d bytes with the time alone, %d with five revocations", len(mail), len(longer)+credential.MailOverheadBytes)
	if got, err := credential.OpenMail(static, mail, 1_536); err != nil || !slices.Equal(got, statement) {
		t.Errorf("%x, %v", got, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another locker":    func() ([]byte, error) { return credential.OpenMail(exchange(t, "somebody"), mail, 1_536) },
		"longer than taken": func() ([]byte, error) { return credential.OpenMail(static, mail, len(mail)-1) },
		"cut short":         func() ([]byte, error) { return credential.OpenMail(static, mail[:len(mail)-1], 1_536) },
	} {
		if _, err := open(); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s opens it: %v", name, err)
		}
	}
	if _, err := credential.SealMail([]byte{4, 1}, statement); !errors.Is(err, credential.ErrRefused) {
		t.Errorf("sealed to what is no key: %v", err)
	}
}

func exchange(t testing.TB, name string) *ecdh.PrivateKey {
	t.Helper()
	k, err := key(t, name).ECDH()
	if err != nil {
		t.Fatal(err)
	}
	return k
}
