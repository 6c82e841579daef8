package credential_test

import (
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
		want := lockhouse.Desired{Version: rapid.Uint64().Draw(r, "version"), Channel: rapid.StringMatching(`[a-z0-9-]{0,32}`).Draw(r, "channel")}
		if len(out) > 0 {
			want.OutOfService = out
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
	for name, raw := range map[string][]byte{"no channel": elsewhere, "out of order": unordered, "the time": said, "a stranger's": stranger, "nothing": nil, "too long": make([]byte, 2_000)} {
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
