package credential

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// A certificate shows a locker's receipt key in TLS, whose CertificateVerify (RFC 8446, 4.4.3) then binds that key to the very
// connection. It says nothing else: whoever reads it takes the key, and asks who has registered that.
//
// It is issued by an authority whose key is no secret, because some TLS ends (a NATS server's) ask for a certificate only where
// they may verify it by an authority. Anybody can issue what this one issues, for any key; using it takes the key.
var (
	lineAuthorityKey = ed25519.NewKeyFromSeed(seedOf("lockhouse line authority 1: this key is no secret"))
	lineAuthority    = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Lockhouse lines: anybody's certificate, for any key"},
		NotBefore: always, NotAfter: never, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, // no server's
	}
)

// A certificate has no end: no clock is needed to make one, and none is to be renewed (RFC 5280, 4.1.2.5).
var (
	always = time.Unix(0, 0)
	never  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

const serialBytes = 16

func seedOf(words string) []byte {
	sum := sha256.Sum256([]byte(words))
	return sum[:]
}

// LineAuthority gives the certificate (DER) of the authority that issues lockers' certificates for the line. It is for what asks
// callers for a certificate, and may make nobody trust a caller.
func LineAuthority() ([]byte, error) {
	return x509.CreateCertificate(nil, lineAuthority, lineAuthority, lineAuthorityKey.Public(), lineAuthorityKey)
}

// LineCertificate makes a certificate (DER) for a public key; for the same key it has always the same bytes.
func LineCertificate(public crypto.PublicKey) ([]byte, error) {
	raw, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	sum[0] = sum[0]&0x7f | 0x40 // a serial number is above 0
	return x509.CreateCertificate(nil, &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(sum[:serialBytes]), Subject: pkix.Name{CommonName: "Lockhouse line"},
		NotBefore: always, NotAfter: never, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, lineAuthority, public, lineAuthorityKey)
}

// CheckCertificate tells whether a certificate (DER) that somebody has shown in TLS is for that key (65 bytes).
func CheckCertificate(key, certificate []byte) error {
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		return refused("the certificate can't be read")
	}
	shown, ok := parsed.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return refused("the certificate is for a key of another kind")
	}
	point, err := shown.Bytes()
	if err != nil || !bytes.Equal(point, key) {
		return refused("the certificate is for another key")
	}
	return nil
}
