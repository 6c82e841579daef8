package bus_test

import (
	"crypto/tls"
	"io"
	"os"
	"testing"
	"time"

	"lockhouse/bus"
	"lockhouse/internal/tlstest"
)

// The own server shows a certificate that was renewed to the next caller, and ends no line for it.
func TestServerShowsARenewedCertificate(t *testing.T) {
	from := time.Now().Add(-time.Hour)
	cert, key := tlstest.Certificate(t, from, 2*time.Hour, "127.0.0.1")
	newCert, newKey := tlstest.Certificate(t, from, 3*time.Hour, "127.0.0.1")
	b := opened(t, bus.Options{Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key, Node: t.Name()})
	if err := b.OpenDoor(); err != nil {
		t.Fatal(err)
	}
	calls := func() *tls.Conn {
		t.Helper()
		c, err := tls.Dial("tcp", b.Address(), &tls.Config{InsecureSkipVerify: true}) // what it shows is looked at here
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := io.ReadFull(c, make([]byte, len("INFO"))); err != nil {
			t.Fatal(err)
		}
		return c
	}
	ends := func(c *tls.Conn) time.Time { return c.ConnectionState().PeerCertificates[0].NotAfter }
	older := calls()
	for from, to := range map[string]string{newCert: cert, newKey: key} {
		if err := os.Chtimes(from, time.Now().Add(time.Minute), time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if newer := calls(); !ends(newer).After(ends(older)) {
		t.Errorf("it shows the certificate until %s, as before", ends(newer))
	}
	if _, err := older.Write([]byte("\r\n")); err != nil {
		t.Errorf("the older line: %v", err)
	}
}
