package network

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"lockhouse/internal/tlstest"
)

// TLS without a proxy: a certificate that is renewed while the network serves is shown to who comes next.
func TestServeByTLS(t *testing.T) {
	from := time.Now().Add(-time.Hour)
	c := config(t)
	c.TLSCert, c.TLSKey = tlstest.Certificate(t, from, 2*time.Hour, "127.0.0.1")
	newCert, newKey := tlstest.Certificate(t, from, 3*time.Hour, "127.0.0.1")
	n, err := Open(t.Context(), c, parts(time.Now, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx, listener) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	ends := func() time.Time {
		t.Helper()
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true} // what it shows is looked at here
		defer transport.CloseIdleConnections()
		resp, err := (&http.Client{Transport: transport}).Get("https://" + listener.Addr().String() + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 {
			t.Errorf("%s %s", resp.Proto, resp.Status)
		}
		return resp.TLS.PeerCertificates[0].NotAfter
	}
	before := ends()
	for from, to := range map[string]string{newCert: c.TLSCert, newKey: c.TLSKey} {
		if err := os.Chtimes(from, time.Now().Add(time.Minute), time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if after := ends(); !after.After(before) {
		t.Errorf("it shows the certificate until %s, as before", after)
	}
}
