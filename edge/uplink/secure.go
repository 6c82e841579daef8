package uplink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"lockhouse/internal/settings"
	"lockhouse/trust/credential"
)

// tlsConfig is TLS as the line wants it, for one connection.
//
// Whether the network's certificate is good is asked for two moments: the machine's clock, and the earliest that it can be by
// the agent. A machine without a clock of its own starts in 1970, one with a dying battery anywhere; with its clock alone a
// locker would refuse the very network that could tell it the time. What comes down the line is signed besides.
//
// The locker shows a certificate of the key that it registered, so that this connection is its own and nobody can pass on what it
// says in it. TLS 1.3 it is for that: older ones bind a client's key less well, and show it to whoever listens.
func (u *Uplink) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: u.address.Hostname(),
		InsecureSkipVerify: true, // VerifyConnection does it, for both moments
		VerifyConnection: func(state tls.ConnectionState) error {
			_, err := u.judge(state.PeerCertificates)
			return err
		},
		GetClientCertificate: u.certificate,
	}
}

// certificate makes the locker's own, anew at each connection: it costs less than keeping it true.
func (u *Uplink) certificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	key := u.key()
	der, err := credential.LineCertificate(key.Public())
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// Shown is what a network has shown of itself in TLS: its certificate first, that of the authority by which it is known last. At
// is the moment for which they are good.
type Shown struct {
	Chain []*x509.Certificate
	At    time.Time
}

// How long before the end of a certificate that is soon: endsDays, or the last part of a life that is too short for that. One that a
// machine renews each month is not complained of while all goes well.
const (
	endsDays    = 60
	endsOfLife  = 4 // the last quarter
	hoursOfADay = 24
)

// EndsSoon gives the certificate that ends first, if that is soon: then no locker that knows the network by it reaches the network. Authority says that
// it is not the network's own. It is nil where nothing ends soon.
func (s Shown) EndsSoon() (first *x509.Certificate, authority bool) {
	first = FirstToEnd(s.Chain)
	if first == nil || first.NotAfter.Sub(s.At) > min(endsDays*hoursOfADay*time.Hour, first.NotAfter.Sub(first.NotBefore)/endsOfLife) {
		return nil, false
	}
	return first, first != s.Chain[0] || len(s.Chain) == 1 // one alone is its own authority
}

// judge decides whether the network's certificates are good. Those of the authorities are read anew each time, so that they can be
// changed while the locker runs.
func (u *Uplink) judge(certificates []*x509.Certificate) (Shown, error) {
	if len(certificates) == 0 {
		return Shown{}, errors.New("uplink: the network shows no certificate")
	}
	roots, err := settings.Roots(u.CAFile)
	if err != nil {
		return Shown{}, err
	}
	options := x509.VerifyOptions{Roots: roots, DNSName: u.address.Hostname(), Intermediates: x509.NewCertPool()}
	for _, c := range certificates[1:] {
		options.Intermediates.AddCert(c)
	}
	for _, options.CurrentTime = range []time.Time{time.Now(), u.agent.Floor()} {
		var chains [][]*x509.Certificate
		if chains, err = certificates[0].Verify(options); err == nil {
			return Shown{Chain: lasting(chains), At: options.CurrentTime}, nil
		}
		if !untimely(err) {
			break
		}
	}
	return Shown{}, &tls.CertificateVerificationError{UnverifiedCertificates: certificates, Err: err}
}

// lasting gives the chain that is good for longest.
func lasting(chains [][]*x509.Certificate) (best []*x509.Certificate) {
	for _, chain := range chains {
		if best == nil || FirstToEnd(chain).NotAfter.After(FirstToEnd(best).NotAfter) {
			best = chain
		}
	}
	return best
}

// FirstToEnd gives the certificate with which a chain ends to be good; nil for no chain.
func FirstToEnd(chain []*x509.Certificate) (first *x509.Certificate) {
	for _, c := range chain {
		if first == nil || c.NotAfter.Before(first.NotAfter) {
			first = c
		}
	}
	return first
}

// untimely tells whether a certificate was refused for its time alone.
func untimely(err error) bool {
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && invalid.Reason == x509.Expired
}

func (u *Uplink) secure(raw net.Conn) *tls.Conn { return tls.Client(raw, u.tlsConfig()) }
