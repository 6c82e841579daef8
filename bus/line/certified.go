package line

import (
	"encoding/pem"
	"errors"
	"log/slog"
	"net"

	"github.com/nats-io/jwt/v2"

	"lockhouse/internal/settings"
	"lockhouse/trust/credential"
)

var (
	errNoTLS         = errors.New("its TLS did not end at a NATS server of ours, so nobody can tell whose connection this is; docs/howto/nats.md, or bus.certificates = asked")
	errNoCertificate = errors.New("it showed no certificate: its agent is too old, or the NATS server asks for none; docs/howto/nats.md, or bus.certificates = asked")
)

// certified holds what a caller has shown in TLS against the key with which its proof is signed. A nonce can be passed on, by who
// has a certificate for our host that lockers believe; the TLS connection can't, as its other end holds the key itself.
func (d *Desk) certified(r *jwt.AuthorizationRequestClaims, key []byte) error {
	missing := errNoCertificate
	switch certificate := shown(r.TLS); {
	case certificate != nil:
		return credential.CheckCertificate(key, certificate)
	case r.TLS == nil && onThisMachine(r.ConnectOptions.Token): // as the locker itself has signed
		return nil
	case r.TLS == nil:
		missing = errNoTLS
	}
	if !d.Uncertified {
		return missing
	}
	d.Log.Warn("line: a locker is let in without a certificate", slog.String("locker", r.ConnectOptions.Nkey), slog.Any("why", missing))
	return nil
}

// shown gives the certificate (DER) of a caller, nil for none. A server that has verified it tells of the chain instead.
func shown(t *jwt.ClientTLS) []byte {
	if t == nil {
		return nil
	}
	all := t.Certs
	if len(t.VerifiedChains) > 0 {
		all = t.VerifiedChains[0]
	}
	if len(all) == 0 {
		return nil
	}
	block, _ := pem.Decode([]byte(all[0]))
	if block == nil {
		return []byte{} // something was shown, and is no certificate
	}
	return block.Bytes
}

func onThisMachine(host string) bool {
	name, _, err := net.SplitHostPort(host)
	return err == nil && settings.ThisMachine(name)
}
