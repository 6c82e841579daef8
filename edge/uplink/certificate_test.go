package uplink

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"lockhouse/bus"
	"lockhouse/trust/credential"
)

// Somebody has a certificate for our host, by an authority that the locker believes, and the way to it. They end its TLS, and
// pass on to the network all that is said, the nonce and its proof too. They do not get into the line: the locker's proof is
// good in its own connection alone. Where certificates are only asked for, they do.
func TestRelayWithAFalseCertificate(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t, "127.0.0.1")
	h := newHouse(t, bus.Options{Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
	u := h.line("tls://" + h.bus.Address())
	u.CAFile = cert
	if err := u.tries(t); err != nil {
		t.Fatalf("without a relay: %v", err)
	}
	own := newTestKey(t)
	passes := func(name string, shows *ecdsa.PrivateKey, in bool) {
		t.Helper()
		r := newRelay(t, h, shows)
		u := h.line("tls://" + r.address())
		u.CAFile = r.cert
		if err := u.tries(t); (err == nil) != in || !in && !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v", name, err)
		}
	}
	passes("with a key of its own", own, false)
	passes("without a certificate", nil, false)
	h.stop()
	h.uncertified = true
	h.start(bus.Options{Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
	passes("with a key of its own, where one is asked for", own, false)
	passes("without a certificate, where one is asked for", nil, true)
}

// relay ends lockers' TLS with a certificate of its own, and passes on what is said to the network and back.
type relay struct {
	cert     string
	listener net.Listener
	work     sync.WaitGroup
}

func newRelay(t *testing.T, h *house, shows *ecdsa.PrivateKey) *relay {
	t.Helper()
	cert, key := certificate(t, "127.0.0.1")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{cert: cert}
	// It asks for the locker's certificate as the network does, or the locker would have shown it to nobody.
	r.listener, err = tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert})
	if err != nil {
		t.Fatal(err)
	}
	there := &tls.Config{InsecureSkipVerify: true} // it knows whom it calls
	if shows != nil {
		der, err := credential.LineCertificate(shows.Public())
		if err != nil {
			t.Fatal(err)
		}
		there.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: shows}}
	}
	r.work.Go(func() { r.accept(h.bus.Address(), there) })
	t.Cleanup(func() { r.listener.Close(); r.work.Wait() })
	return r
}

func (r *relay) address() string { return r.listener.Addr().String() }

func (r *relay) accept(target string, c *tls.Config) {
	for {
		here, err := r.listener.Accept()
		if err != nil {
			return
		}
		there, err := tls.Dial("tcp", target, c)
		if err != nil {
			here.Close()
			continue
		}
		end := func() { here.Close(); there.Close() }
		r.work.Go(func() { defer end(); _, _ = io.Copy(here, there) })
		r.work.Go(func() { defer end(); _, _ = io.Copy(there, here) })
	}
}

// joined puts certificates into one file.
func joined(t *testing.T, files ...string) string {
	t.Helper()
	var all []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An authority is changed without a visit: the file is read anew at each call, and may hold the old one and the new one.
func TestAuthorityChangesWhileTheLineIsCalled(t *testing.T) {
	t.Parallel()
	oldCert, oldKey := certificate(t, "127.0.0.1")
	newCert, newKey := certificate(t, "127.0.0.1")
	h := newHouse(t, bus.Options{Listen: "127.0.0.1:0", TLSCert: oldCert, TLSKey: oldKey})
	address := h.bus.Address()
	u := h.line("tls://" + address)
	u.CAFile = joined(t, oldCert)
	running(t, u, func() {})
	waits(t, "the line is up", func() bool { return u.State().Up })
	moves := func(cert, key string) {
		t.Helper()
		h.stop()
		waits(t, "the line is down", func() bool { return !u.State().Up })
		h.start(bus.Options{Listen: address, TLSCert: cert, TLSKey: key})
	}
	moves(newCert, newKey)
	waits(t, "the new authority is not believed", func() bool {
		unknown := (*tls.CertificateVerificationError)(nil)
		return errors.As(u.State().Why, &unknown)
	})
	replace(t, u.CAFile, joined(t, oldCert, newCert))
	waits(t, "the new one is believed beside the old one", func() bool { return u.State().Up })
	moves(oldCert, oldKey)
	waits(t, "the old one is still believed", func() bool { return u.State().Up })
	replace(t, u.CAFile, joined(t, newCert))
	moves(oldCert, oldKey)
	waits(t, "the old one is believed no more", func() bool {
		unknown := (*tls.CertificateVerificationError)(nil)
		return errors.As(u.State().Why, &unknown)
	})
}

func replace(t *testing.T, file, by string) {
	t.Helper()
	if err := os.Rename(by, file); err != nil {
		t.Fatal(err)
	}
}

// Older TLS is refused: it would show the locker's key to listeners, and bind it less well.
func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t, "127.0.0.1")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		if c, err := l.Accept(); err == nil {
			_ = c.(*tls.Conn).HandshakeContext(context.Background())
			c.Close()
		}
	})
	u := newLine(t, "tls://"+l.Addr().String(), newAgent(0))
	u.CAFile = cert
	if step, _, err := u.Try(t.Context(), false); step != StepTLS || err == nil {
		t.Errorf("%q, %v", step, err)
	}
}
