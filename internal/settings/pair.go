package settings

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Pair is what a TLS server shows: its certificate and key, in PEM files that somebody renews while it runs.
type Pair struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	tried  [2]time.Time // when the files were last changed, as they were read last
}

// NewPair reads the files for the first time.
func NewPair(certFile, keyFile string, log *slog.Logger) (*Pair, error) {
	p := &Pair{certFile: certFile, keyFile: keyFile, log: log}
	p.tried, _ = p.changed()
	err := p.load()
	return p, err
}

// Get gives what there is now, for tls.Config.GetCertificate. Files that can't be read, or do not go together yet, change nothing.
func (p *Pair) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, err := p.changed()
	if err != nil || at == p.tried {
		return p.loaded, nil
	}
	p.tried = at
	if err := p.load(); err != nil {
		p.log.Warn("tls: the new certificate is not used; the former one is", slog.String("file", p.certFile), slog.Any("error", err))
	} else {
		p.log.Info("tls: a new certificate is used", slog.String("file", p.certFile))
	}
	return p.loaded, nil
}

func (p *Pair) load() error {
	pair, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err == nil {
		p.loaded = &pair
	}
	return err
}

func (p *Pair) changed() (at [2]time.Time, err error) {
	for i, file := range []string{p.certFile, p.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return at, err
		}
		at[i] = info.ModTime()
	}
	return at, nil
}
