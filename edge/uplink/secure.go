package uplink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"
)

// tlsConfig is TLS as the line wants it. Whether the network's certificate is good is asked for two moments: the machine's
// clock, and the earliest that it can be by the agent. A machine without a clock of its own starts in 1970, one with a dying
// battery anywhere; with its clock alone a locker would refuse the very network that could tell it the time. What comes down
// the line is signed besides.
func (u *Uplink) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: u.address.Hostname(),
		InsecureSkipVerify: true, // VerifyConnection does it, for both moments
		VerifyConnection:   u.verify,
	}
}

func (u *Uplink) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("uplink: the network shows no certificate")
	}
	options := x509.VerifyOptions{Roots: u.roots, DNSName: u.address.Hostname(), Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	var err error
	for _, at := range []time.Time{time.Now(), u.agent.Floor()} {
		options.CurrentTime = at
		if _, err = state.PeerCertificates[0].Verify(options); err == nil || !untimely(err) {
			break
		}
	}
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	return nil
}

// untimely tells whether a certificate was refused for its time alone.
func untimely(err error) bool {
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && invalid.Reason == x509.Expired
}

func (u *Uplink) secure(raw net.Conn) *tls.Conn { return tls.Client(raw, u.tlsConfig()) }
