package locker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
)

// bench is a locker of one compartment, set up at a time, whose machine believes in another.
type bench struct {
	config   Config
	identity Identity
	issuer   *ecdsa.PrivateKey
	setUpAt  time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{setUpAt: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	var err error
	if b.identity, err = MakeIdentity(dir, rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, idFile), b.setUpAt, b.setUpAt); err != nil {
		t.Fatal(err)
	}
	if b.identity, err = LoadIdentity(dir); err != nil {
		t.Fatal(err)
	}
	if b.issuer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	public, err := credential.PublicKey(b.issuer)
	if err != nil {
		t.Fatal(err)
	}
	b.config = Defaults()
	b.config.StateDir, b.config.IssuerKeys = dir, []string{base64.RawURLEncoding.EncodeToString(public)}
	return b
}

// starts starts the locker on a machine with this clock.
func (b *bench) starts(t *testing.T, machine *time.Time) *Locker {
	t.Helper()
	l, err := Open(b.config, Parts{
		Identity: b.identity, Compartments: []lockhouse.Compartment{{Number: 1, Size: "S", Rank: 1, Column: 1, Row: 1}},
		Now: func() time.Time { return *machine }, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// hears gives the locker the network's word for the time.
func (b *bench) hears(t *testing.T, l *Locker, at time.Time) {
	t.Helper()
	nonce, err := l.Agent().TimeNonce()
	if err != nil {
		t.Fatal(err)
	}
	said, err := credential.SignTime(credential.Authority{Issuer: b.issuer, Shared: b.identity.Advert}, credential.Time{Locker: b.identity.ID, At: at, Nonce: nonce})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Agent().SetTime(said); err != nil {
		t.Fatal(err)
	}
}

// A machine without a clock starts in 1970, one with an empty battery anywhere. The floor holds through it all, the network
// sets it right, and only a machine's clock that can be right is used, for the day in the locker's name on the air.
func TestMachinesWithoutAClock(t *testing.T) {
	b := newBench(t)
	june := time.Date(2026, 6, 10, 8, 0, 0, 0, time.UTC)
	machine := time.Unix(3, 0)
	l := b.starts(t, &machine)
	if l.today() != b.setUpAt || l.Agent().TimeQuality() != lockhouse.TimeFloor {
		t.Errorf("in 1970 it is %v", l.today())
	}
	b.hears(t, l, june)
	machine = machine.Add(2 * time.Hour)
	if l.today() != june.Add(2*time.Hour) || l.Agent().TimeQuality() == lockhouse.TimeFloor {
		t.Errorf("two hours after the network's word it is %v", l.today())
	}
	b.hears(t, l, june.Add(2*time.Hour)) // and so it is kept
	_ = l.Close()

	for name, c := range map[string]struct{ machine, today time.Time }{
		"no clock":          {time.Unix(3, 0), june.Add(2 * time.Hour)},
		"an empty battery":  {june.AddDate(-4, 0, 0), june.Add(2 * time.Hour)},
		"a real-time clock": {june.AddDate(0, 1, 0), june.AddDate(0, 1, 0)},
	} {
		l := b.starts(t, &c.machine)
		if !l.today().Equal(c.today) || l.Agent().Floor().Before(june.Add(2*time.Hour)) || l.Agent().TimeQuality() != lockhouse.TimeFloor {
			t.Errorf("%s: today %v, floor %v", name, l.today(), l.Agent().Floor())
		}
		_ = l.Close()
	}
}
