// Package bus is the network's NATS: by it nodes tell each other what happened, and lockers' lines come in.
//
// Without a word in the config the server runs in this process and lives as long as it; named by the config, a cluster
// outside is used instead. Both are told the same (stanza.go), and everything above this package is the same code.
//
// NATS is transport and never the record: JetStream syncs to disk every two minutes, and here it need not keep anything at
// all. What is lost with it is in the store, and is carried again. docs/decisions says more.
//
// bus/line is the network's end of the lockers' lines.
package bus

import (
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"lockhouse/trust/credential"
)

// Limits of the node's own connection.
const (
	dialS        = 5
	againMS      = 500 // between two calls to a cluster that is not there
	pingS        = 10
	maxPingsLost = 2
	drainS       = 5
)

// Options says which NATS. Listen is for a server in this process; URLs name a cluster outside, and go before it.
type Options struct {
	Listen          string // where lockers call: host and port, 0 for any free one
	TLSCert, TLSKey string // PEM files; without them the line is plain
	Dir             string // the own server's

	URLs        []string    // tls://host:port of any of the cluster's servers
	CAFile      string      // whose certificates are trusted; empty: the machine's
	Credentials Credentials // what the cluster knows the nodes by

	Node   string    // this node's name, for logs and so that it knows its own words
	Random io.Reader // cryptographic
	Log    *slog.Logger
}

// Bus is one node's connection, and its server if it has one, from Open to Close.
type Bus struct {
	Options
	server  *server.Server // nil outside
	said    serverLog
	conn    *nats.Conn
	js      jetstream.JetStream
	through atomic.Int64 // the number of the last event that the stream is known to have
}

// Open starts the own server, or begins to call the cluster outside: one that is not there yet is called again for good,
// and nothing else waits for it.
func Open(o Options) (*Bus, error) {
	b := &Bus{Options: o, said: serverLog{log: o.Log}}
	var err error
	if len(o.URLs) == 0 {
		if b.Credentials, err = NewCredentials(o.Random); err != nil {
			return nil, err
		}
		if b.server, err = b.serve(); err != nil {
			return nil, err
		}
	}
	if err := b.connect(); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Bus) connect() (err error) {
	options, err := b.dialOptions()
	if err != nil {
		return err
	}
	if b.conn, err = options.Connect(); err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	b.js, err = jetstream.New(b.conn)
	return err
}

func (b *Bus) dialOptions() (nats.Options, error) {
	o := nats.GetDefaultOptions()
	o.Servers, o.Name = b.URLs, "lockhouse "+b.Node
	o.Nkey, o.SignatureCB = b.Credentials.NodeKey(), b.Credentials.sign
	o.Timeout, o.ReconnectWait, o.DrainTimeout = dialS*time.Second, againMS*time.Millisecond, drainS*time.Second
	o.PingInterval, o.MaxPingsOut = pingS*time.Second, maxPingsLost
	o.MaxReconnect, o.RetryOnFailedConnect, o.ReconnectBufSize, o.IgnoreAuthErrorAbort = -1, true, -1, true
	o.DisconnectedErrCB = func(_ *nats.Conn, err error) { b.Log.Warn("bus: down", slog.Any("error", err)) }
	o.ReconnectedCB = func(c *nats.Conn) { b.Log.Info("bus: up again", slog.String("server", c.ConnectedUrlRedacted())) }
	o.AsyncErrorCB = func(_ *nats.Conn, _ *nats.Subscription, err error) {
		b.Log.Warn("bus: trouble", slog.Any("error", err))
	}
	if b.server != nil {
		o.InProcessServer = b.server
		return o, nil
	}
	return o, b.secure(&o)
}

// secure has a node speak TLS with a cluster outside, from the first byte as lockers do.
func (b *Bus) secure(o *nats.Options) error {
	if !slices.ContainsFunc(b.URLs, func(u string) bool { return strings.HasPrefix(u, "tls:") }) {
		return nil // it is on this machine
	}
	certificate, err := b.certificate()
	if err != nil {
		return err
	}
	o.TLSHandshakeFirst = true
	o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate}}
	if b.CAFile == "" {
		return nil
	}
	if err := nats.RootCAs(b.CAFile)(o); err != nil {
		return fmt.Errorf("bus: %s: %w", b.CAFile, err)
	}
	return nil
}

// certificate makes one of a passing key: servers that ask lockers for certificates ask everybody. A node is known by its own key.
func (b *Bus) certificate() (tls.Certificate, error) {
	public, key, err := ed25519.GenerateKey(b.Random)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := credential.LineCertificate(public)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// Conn is the node's connection, for the lockers' lines.
func (b *Bus) Conn() *nats.Conn { return b.conn }

// copies is how many servers keep a stream: in a cluster three, so that one may go.
func (b *Bus) copies() int {
	if b.conn.ConnectedClusterName() != "" {
		return 3
	}
	return 1
}

// Flush waits until the server has what was said, and knows what is subscribed to. Without a connection it does not wait:
// subscriptions are told when there is one.
func (b *Bus) Flush() error {
	if !b.conn.IsConnected() {
		return nil
	}
	err := b.conn.FlushTimeout(dialS * time.Second)
	if err != nil && !b.conn.IsConnected() { // it went meanwhile
		return nil
	}
	return err
}

// Address is where lockers call the own server; empty where the cluster is outside, and before OpenDoor.
func (b *Bus) Address() string {
	if b.server == nil || b.server.Addr() == nil {
		return ""
	}
	return b.server.Addr().String()
}

// Status is how the bus is, for readiness and metrics.
type Status struct {
	Connected     bool
	Own           bool   // the server runs in this process
	Server        string // which one this node is connected to
	Clients       int    // connections to the own server but this node's: lockers, mostly
	EventsThrough int64  // the number of the last event that is known to be in the stream
	Reconnects    uint64 // of this node, since it started
}

// Status tells how the bus is just now.
func (b *Bus) Status() Status {
	s := Status{
		Connected: b.conn.IsConnected(), Own: b.server != nil, Server: b.conn.ConnectedServerName(),
		EventsThrough: b.through.Load(), Reconnects: b.conn.Stats().Reconnects,
	}
	if b.server != nil {
		s.Clients = max(0, b.server.NumClients()-1)
	}
	return s
}

// Close hangs up, and stops the own server: every line on it ends.
func (b *Bus) Close() {
	if b.conn != nil {
		b.conn.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
}

// ErrDown says that there is no connection.
var ErrDown = errors.New("bus: down")
