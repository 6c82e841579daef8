package line_test

import (
	"crypto/tls"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse/bus"
	"lockhouse/internal/tlstest"
	"lockhouse/trust/credential"
)

// shows has a caller show this in TLS, whatever its proof.
func shows(certificates ...tls.Certificate) func(*nats.Options) {
	return func(o *nats.Options) { o.TLSConfig.Certificates = certificates }
}

// A locker that proves itself, and shows in TLS what is not its own, is refused; and one that shows nothing, unless it may.
func TestCertified(t *testing.T) {
	t.Parallel()
	for _, uncertified := range []bool{false, true} {
		w := closed(t)
		w.uncertified = uncertified
		var key string
		w.caFile, key = tlstest.Certificate(t, time.Now().Add(-time.Hour), 2*time.Hour, "127.0.0.1")
		w.startOn(bus.Options{Listen: "127.0.0.1:0", TLSCert: w.caFile, TLSKey: key, Dir: t.TempDir(), Node: "node"})
		l, other := w.newLocker(), w.newLocker()
		own, another := certified(t, l.key), certified(t, other.key)
		w.wantsItsCertificate(l, other)
		for name, tt := range map[string]struct {
			shown []tls.Certificate
			in    bool
		}{
			"its own":                      {[]tls.Certificate{own}, true},
			"the network's, with no proof": {[]tls.Certificate{networks(t, w.caFile, key)}, false},
			"another's before its own":     {[]tls.Certificate{{Certificate: append(another.Certificate, own.Certificate...), PrivateKey: other.key}}, false},
			"none":                         {nil, uncertified},
		} {
			c, err := w.dial(l, shows(tt.shown...))
			if (err == nil) != tt.in || !tt.in && !errors.Is(err, nats.ErrAuthorization) {
				t.Errorf("uncertified %t: %s: %v", uncertified, name, err)
			}
			if err == nil {
				c.nats.Close()
			}
		}
	}
}

// wantsItsCertificate calls as a locker that shows another's, and as itself again.
func (w *world) wantsItsCertificate(l, other *locker) {
	w.t.Helper()
	if _, err := w.dial(l, shows(certified(w.t, other.key))); !errors.Is(err, nats.ErrAuthorization) {
		w.t.Errorf("a registered locker with another's certificate: %v", err)
	}
}

func networks(t *testing.T, cert, key string) tls.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// Where something else ends the TLS before our server, nobody can tell whose connection it was.
func TestTLSEndsElsewhere(t *testing.T) {
	t.Parallel()
	for _, uncertified := range []bool{false, true} {
		w := closed(t)
		w.uncertified = uncertified
		w.start("127.0.0.1:0")
		l := w.newLocker()
		_, err := w.dial(l, func(o *nats.Options) {
			o.Token = w.desk.Host
			o.SignatureCB = func(nonce []byte) ([]byte, error) {
				return credential.ProveCall(l.key, credential.Call{Nonce: string(nonce), Locker: l.ID, Host: w.desk.Host})
			}
		})
		if (err == nil) != uncertified {
			t.Errorf("uncertified %t: %v", uncertified, err)
		}
	}
}
