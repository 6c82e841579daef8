package locker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/bus"
	"lockhouse/bus/line"
	"lockhouse/estate/fleet"
	"lockhouse/internal/tlstest"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
)

// lineTo starts a network's end of lines that speaks TLS, with this locker registered, and sets where it is.
func lineTo(t *testing.T, c *Config, id Identity) *line.Desk {
	t.Helper()
	cert, key := tlstest.Certificate(t, time.Now().Add(-time.Hour), 2*time.Hour, "127.0.0.1")
	issuer := believes(t, c)
	noun, err := id.Noun()
	must(t, err)
	site := storetest.Site(1)
	noun.Site, noun.Name = site.ID, "A"
	d := &line.Desk{Store: sqlitetest.Open(t), Issuer: issuer, Host: "parcels.example:7422", Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	agrees, err := issuer.ECDH()
	must(t, err)
	d.Fleet = &fleet.Desk{Store: d.Store, Now: time.Now, Hears: map[lockhouse.ReceiptKind]fleet.Hear{}, Agrees: agrees}
	storetest.Update(t, d.Store, func(tx store.Tx) error { return tx.PutSite(site) })
	must(t, d.Fleet.Register(t.Context(), noun, []lockhouse.Compartment{{Locker: id.ID, Number: 1, Size: "M", Rank: 2, Column: 1, Row: 1}}))
	d.Bus, err = bus.Open(bus.Options{Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key, Dir: t.TempDir(), Node: "node", Random: rand.Reader, Log: d.Log})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	opened := make(chan error, 2)
	work.Go(func() { opened <- d.Run(ctx, func() error { err := d.Bus.OpenDoor(); opened <- err; return err }) })
	must(t, <-opened)
	t.Cleanup(func() { cancel(); work.Wait(); d.Bus.Close() })
	c.LineURL, c.CAFile = "tls://"+d.Bus.Address(), cert
	return d
}

// believes makes an issuer key that the locker takes the word of.
func believes(t *testing.T, c *Config) *ecdsa.PrivateKey {
	t.Helper()
	issuer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	public, err := credential.PublicKey(issuer)
	must(t, err)
	c.IssuerKeys = []string{base64.RawURLEncoding.EncodeToString(public)}
	return issuer
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A key in a TPM opens the line as one in a file does: it signs the proof, and TLS itself.
func TestLineWithKeysInATPM(t *testing.T) {
	c := simulated(t)
	id, err := c.makeIdentity(rand.Reader)
	must(t, err)
	lineTo(t, &c, id)
	l, stop := onTheLine(t, c, id)
	defer stop()
	until(t, "the line is up", func() bool { return l.line.State().Up })
}

// onTheLine opens a locker and, after what is to come before, its line.
func onTheLine(t *testing.T, c Config, id Identity, before ...func(*Locker)) (l *Locker, stop func()) {
	t.Helper()
	l, err := Open(c, Parts{
		Identity: id, Compartments: []lockhouse.Compartment{{Number: 1, Size: "M", Rank: 2, Column: 1, Row: 1}},
		Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "test",
	})
	must(t, err)
	for _, does := range before {
		does(l)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { l.line.Run(ctx) })
	return l, sync.OnceFunc(func() { cancel(); work.Wait(); must(t, l.Close()) })
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
