package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"lockhouse"
)

const readyS = 10 // from the start to the first connection

// serve starts the server in this process.
func (b *Bus) serve(ctx context.Context) (*server.Server, error) {
	options, err := b.serverOptions(ctx)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	said := &serverLog{log: b.Log}
	s.SetLoggerV2(said, false, false, false)
	s.Start()
	if !s.ReadyForConnections(readyS * time.Second) {
		s.Shutdown()
		return nil, errors.Join(fmt.Errorf("bus: the NATS server does not listen on %s after %d s", b.Listen, readyS), said.fatal)
	}
	return s, nil
}

func (b *Bus) serverOptions(ctx context.Context) (*server.Options, error) {
	host, port, err := b.place(ctx)
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
	options := &server.Options{NoSigs: true, NoLog: true}
	if err := options.ProcessConfigString(text); err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	return options, nil
}

// place finds out at once whether the address is free, so that the refusal names it.
func (b *Bus) place(ctx context.Context) (host string, port int, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", b.Listen)
	if err != nil {
		return "", 0, lockhouse.Refuse(lockhouse.CodeConflict, "Lockers' lines can't be listened for on %s; is another network running? Set bus.listen.", b.Listen).Because(err)
	}
	defer listener.Close()
	host, text, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
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
	l.log.Warn("bus: the NATS server complains", slog.String("what", fmt.Sprintf(format, args...)))
}

// Fatalf is said once, before the server is ready.
func (l *serverLog) Fatalf(format string, args ...any) { l.fatal = fmt.Errorf(format, args...) }
