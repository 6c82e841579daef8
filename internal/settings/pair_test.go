package settings

import (
	"bytes"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"lockhouse/internal/tlstest"
)

// A certificate is renewed under a running server, by somebody who writes one file after the other, and once writes nonsense.
func TestPairIsReadAnew(t *testing.T) {
	from := time.Now().Add(-time.Hour)
	certFile, keyFile := tlstest.Certificate(t, from, time.Hour, "127.0.0.1")
	newCert, newKey := tlstest.Certificate(t, from, 2*time.Hour, "127.0.0.1")
	var said bytes.Buffer
	p, err := NewPair(certFile, keyFile, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	shown := func() *tls.Certificate {
		t.Helper()
		c, err := p.Get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	minutes := 0
	puts := func(file string, text []byte) {
		t.Helper()
		minutes++
		at := from.Add(time.Duration(minutes) * time.Minute)
		if err := errors.Join(os.WriteFile(file, text, 0o600), os.Chtimes(file, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	read := func(file string) []byte {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := shown()
	puts(certFile, read(newCert))
	if shown() != first || shown() != first || strings.Count(said.String(), "is not used") != 1 {
		t.Errorf("a certificate without its key: %s", said.String())
	}
	puts(keyFile, read(newKey))
	second := shown()
	if bytes.Equal(second.Certificate[0], first.Certificate[0]) || !strings.Contains(said.String(), "a new certificate is used") {
		t.Errorf("both are new: %s", said.String())
	}
	puts(certFile, []byte("nonsense"))
	if err := os.Remove(keyFile); err != nil || shown() != second {
		t.Errorf("nonsense, and no key: %v", err)
	}
	if _, err := NewPair(certFile, keyFile, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a server begins with nonsense")
	}
}

// Certificates by which somebody is known: none is no refusal, and what is none is one.
func TestRoots(t *testing.T) {
	cert, key := tlstest.Certificate(t, time.Now(), time.Hour, "127.0.0.1")
	large := cert + ".large"
	if err := os.WriteFile(large, make([]byte, maxRootsBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if pool, err := Roots(""); pool != nil || err != nil {
		t.Errorf("%v, %v", pool, err)
	}
	if pool, err := Roots(cert); pool == nil || err != nil {
		t.Errorf("%v, %v", pool, err)
	}
	for file, says := range map[string]string{key: "no certificate", cert + ".none": "is not there", large: "bytes"} {
		if pool, err := Roots(file); pool != nil || err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
