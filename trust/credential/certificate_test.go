package credential_test

import (
	"bytes"
	"crypto/x509"
	"testing"
	"time"

	"lockhouse/trust/credential"
)

func lineCertificate(t testing.TB, name string) []byte {
	t.Helper()
	der, err := credential.LineCertificate(key(t, name).Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// A certificate for the line is good at any time, for a client and for nobody else, and always the same for a key.
func TestLineCertificate(t *testing.T) {
	der, err := credential.LineAuthority()
	if err != nil {
		t.Fatal(err)
	}
	authority, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	certificate, err := x509.ParseCertificate(lineCertificate(t, "receipts"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(certificate.Raw, lineCertificate(t, "receipts")) {
		t.Error("another certificate for the same key")
	}
	for _, at := range []time.Time{time.Unix(1, 0), noon, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		for usage, good := range map[x509.ExtKeyUsage]bool{x509.ExtKeyUsageClientAuth: true, x509.ExtKeyUsageServerAuth: false} {
			_, err := certificate.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{usage}})
			if (err == nil) != good {
				t.Errorf("at %s, for usage %d: %v", at, usage, err)
			}
		}
	}
}

// Of a certificate, its key counts and nothing else.
func TestCertificateIsForItsKey(t *testing.T) {
	own, other := lineCertificate(t, "receipts"), lineCertificate(t, "another")
	authority, err := credential.LineAuthority()
	if err != nil {
		t.Fatal(err)
	}
	if err := credential.CheckCertificate(public(t, "receipts"), own); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string][]byte{"another key's": other, "none": nil, "the authority's own": authority, "a cut one": own[:len(own)-1]} {
		if credential.CheckCertificate(public(t, "receipts"), bad) == nil {
			t.Errorf("taken: %s", name)
		}
	}
}

// FuzzCertificate holds that no bytes pass for a certificate of a key but some that hold that key.
func FuzzCertificate(f *testing.F) {
	own := lineCertificate(f, "receipts")
	f.Add(own)
	f.Add(own[:100])
	f.Add(lineCertificate(f, "another"))
	receiptKey := public(f, "receipts")
	f.Fuzz(func(t *testing.T, data []byte) {
		if credential.CheckCertificate(receiptKey, data) == nil && !bytes.Contains(data, receiptKey) {
			t.Fatalf("accepted %x", data)
		}
	})
}
