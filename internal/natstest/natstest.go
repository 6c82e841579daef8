// Package natstest starts a private NATS cluster of three servers for a test or a benchmark: real nats-server processes,
// built from the module that this one requires, each of which can be killed and started again. It removes every trace of
// them afterwards.
package natstest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockhouse/internal/process"
)

// Size is how many servers a cluster has: the fewest of which one may go.
const Size = 3

// Limits of waiting.
const (
	startLimitS = 60
	stopLimitS  = 10
)

// program is what is built.
const program = "github.com/nats-io/nats-server/v2"

// Options is what a caller may choose.
type Options struct {
	// Under is the directory in which the cluster's own is made; "" is the system's for temporary files.
	Under string
	// Stanza is put into each server's config, in the language of nats-server.conf: accounts, and who may sign in.
	Stanza string
	// Cert and Key are PEM files for TLS from the first byte on clients' connections; without them those are plain.
	Cert, Key string
	// CallersCA is a PEM file with the authorities by which clients' certificates are verified; without it none is asked for.
	CallersCA string
}

// Cluster is three servers with JetStream that belong to their caller alone.
type Cluster struct {
	dir     string
	servers [Size]*Server
}

// Start builds nats-server, which takes a while the first time, starts a cluster and waits until all three agree on who leads.
// The caller stops it.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	dir, err := os.MkdirTemp(o.Under, "nats-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir}
	if err := c.start(ctx, o); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, o Options) error {
	built, err := process.Build(ctx, c.dir, program)
	if err != nil {
		return err
	}
	for i := range c.servers {
		if c.servers[i], err = prepare(built, filepath.Join(c.dir, name(i)), i); err != nil {
			return err
		}
	}
	for i, s := range c.servers {
		if err := os.WriteFile(s.config(), []byte(c.configOf(i, o)), 0o600); err != nil {
			return err
		}
		if err := s.start(); err != nil {
			return err
		}
	}
	for _, s := range c.servers {
		if err := s.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

func name(i int) string { return fmt.Sprintf("nats-%d", i+1) }

// configOf writes a server's config.
func (c *Cluster) configOf(i int, o Options) string {
	s := c.servers[i]
	var routes []string
	for j, other := range c.servers {
		if j != i {
			routes = append(routes, fmt.Sprintf("%q", "nats://"+other.route))
		}
	}
	text := fmt.Sprintf(`server_name: %s
listen: %q
http: %q
jetstream { store_dir: %q }
cluster { name: lockhouse, listen: %q, routes: [%s] }
`, name(i), s.client, s.monitor, filepath.Join(s.dir, "jetstream"), s.route, strings.Join(routes, ", "))
	if o.Cert != "" {
		text += tlsOf(o)
	}
	return text + o.Stanza
}

func tlsOf(o Options) string {
	asks := ""
	if o.CallersCA != "" {
		asks = fmt.Sprintf(", ca_file: %q, verify: true", o.CallersCA)
	}
	return fmt.Sprintf("tls { cert_file: %q, key_file: %q, handshake_first: true%s }\n", o.Cert, o.Key, asks)
}

// URLs gives the address of each server. withTLS is for a cluster that was given a certificate.
func (c *Cluster) URLs(withTLS bool) (urls []string) {
	scheme := "nats://"
	if withTLS {
		scheme = "tls://"
	}
	for _, s := range c.servers {
		urls = append(urls, scheme+s.client)
	}
	return urls
}

// Server gives one of the three, from 0.
func (c *Cluster) Server(i int) *Server { return c.servers[i] }

// Stop ends all and removes everything.
func (c *Cluster) Stop() error {
	for _, s := range c.servers {
		if s != nil && s.process != nil {
			s.process.End(stopLimitS*time.Second, syscall.SIGTERM)
		}
	}
	return os.RemoveAll(c.dir)
}

// ForTest starts a cluster that lives as long as the test.
func ForTest(t testing.TB, o Options) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}
