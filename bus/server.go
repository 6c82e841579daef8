package bus

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"lockhouse"
	"lockhouse/internal/settings"
)

const readyS = 10 // from the start to the first connection

// serve starts the server in this process.
func (b *Bus) serve() (*server.Server, error) {
	options, err := b.serverOptions()
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	s.SetLoggerV2(&b.said, false, false, false)
	s.Start()
	if !s.ReadyForConnections(readyS * time.Second) {
		s.Shutdown()
		return nil, errors.Join(fmt.Errorf("bus: the NATS server is not ready after %d s", readyS), b.said.fatal)
	}
	return s, nil
}

// OpenDoor lets lockers in at the own server; before, nobody is there to say who they are. Outside there is nothing to do.
func (b *Bus) OpenDoor() error {
	if b.server == nil {
		return nil
	}
	b.server.AcceptLoop(make(chan struct{}))
	if b.said.fatal != nil {
		return lockhouse.Refuse(lockhouse.CodeConflict, "Lockers' lines can't be listened for on %s; is another network running? Set bus.listen.", b.Listen).Because(b.said.fatal)
	}
	return nil
}

func (b *Bus) serverOptions() (*server.Options, error) {
	host, port, err := b.place()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return nil, err
	}
	text := Stanza(b.Credentials) + fmt.Sprintf("\nhost: %q\nport: %d\njetstream { store_dir: %q, max_memory_store: %d }\n",
		host, port, b.Dir, streamMemoryBytes)
	if b.TLSCert != "" {
		text += fmt.Sprintf("tls { cert_file: %q, key_file: %q, handshake_first: true, timeout: %d }\n", b.TLSCert, b.TLSKey, dialS)
	}
	options := &server.Options{NoSigs: true, NoLog: true, DontListen: true}
	if err := options.ProcessConfigString(text); err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	if options.TLSConfig == nil {
		return options, nil
	}
	return options, b.speakTLS(options.TLSConfig)
}

// speakTLS asks callers for their certificates (who shows none, or another's, bus/line refuses: it says why), and shows the server's own
// as its file has it by then.
func (b *Bus) speakTLS(c *tls.Config) error {
	pair, err := settings.NewPair(b.TLSCert, b.TLSKey, b.Log)
	if err != nil {
		return err
	}
	c.MinVersion, c.ClientAuth = tls.VersionTLS13, tls.RequestClientCert
	c.Certificates, c.GetCertificate = nil, pair.Get
	return nil
}

// place reads the address to listen on. NATS says -1 for any free port.
func (b *Bus) place() (host string, port int, err error) {
	host, text, err := net.SplitHostPort(b.Listen)
	if err != nil {
		return "", 0, err
	}
	if port, err = strconv.Atoi(text); port == 0 {
		port = -1
	}
	return host, port, err
}

// serverLog hands on what the server complains of. It refuses callers by the thousand if it must: those are no complaint.
type serverLog struct {
	log   *slog.Logger
	fatal error
}

func (l *serverLog) Noticef(string, ...any) {}
func (l *serverLog) Debugf(string, ...any)  {}
func (l *serverLog) Tracef(string, ...any)  {}

func (l *serverLog) Warnf(format string, args ...any) {
	l.log.Debug("bus: the NATS server warns", slog.String("what", fmt.Sprintf(format, args...)))
}

func (l *serverLog) Errorf(format string, args ...any) {
	l.log.Info("bus: the NATS server complains", slog.String("what", fmt.Sprintf(format, args...)))
}

// Fatalf is said once, before the server is ready.
func (l *serverLog) Fatalf(format string, args ...any) { l.fatal = fmt.Errorf(format, args...) }
