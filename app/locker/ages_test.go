package locker

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"log/slog"
	"testing"
	"testing/iotest"
	"time"

	"lockhouse"
	"lockhouse/internal/tlstest"
)

// By a certificate that ends soon the operator is told in time, of a real connection; one that has long is not spoken of.
func TestAgesOfTheLine(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		from, until time.Duration // from now
		want        string
	}{
		{-10 * day, 355 * day, ""},
		{-305 * day, 60*day - time.Hour, "authority ends " + time.Now().Add(60*day-time.Hour).UTC().Format(time.DateOnly)},
	} {
		c := simulated(t)
		believes(t, &c)
		cert, key := tlstest.Certificate(t, time.Now().Add(tt.from), tt.until-tt.from, "127.0.0.1")
		c.LineURL, c.CAFile = "tls://"+listenTLS(t, cert, key), cert
		id, err := c.makeIdentity(rand.Reader)
		must(t, err)
		l, err := Open(c, Parts{
			Identity: id, Compartments: []lockhouse.Compartment{{Number: 1, Size: "M", Rank: 2, Column: 1, Row: 1}},
			Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "test",
		})
		must(t, err)
		said := l.ages(t.Context())
		if said != tt.want {
			t.Errorf("of a certificate that ends in %v it says %q, not %q", tt.until, said, tt.want)
		}
		l.aged.Store(&said)
		if h := (spoken{l.agent, l}).Health(); h.Fault != tt.want {
			t.Errorf("the network is told %q", h.Fault)
		}
		must(t, l.Close())
	}
}

// listenTLS shows a certificate to whoever comes, and says no more.
func listenTLS(t *testing.T, cert, key string) (address string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	must(t, err)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestFirstLookIsSpread(t *testing.T) {
	draws := func(four ...byte) time.Duration {
		l := &Locker{parts: Parts{Random: bytes.NewReader(four)}}
		return l.some(agesSpread)
	}
	if least, half, most := draws(0, 0, 0, 0), draws(128, 0, 0, 0), draws(255, 255, 255, 255); least != 0 || half != agesSpread/2 || most >= agesSpread || most < agesSpread-time.Second {
		t.Errorf("from %v by %v to %v", least, half, most)
	}
	l := &Locker{parts: Parts{Random: iotest.ErrReader(iotest.ErrTimeout)}}
	if all := l.some(agesSpread); all != agesSpread {
		t.Errorf("without randomness %v", all)
	}
}
