package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"lockhouse/internal/settings"
	"lockhouse/watch/port"
)

// Limits of a connection. Answers that take longer than writeTimeout would be lost anyway: the API gives up before.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 15 * time.Second
	writeTimeout   = 30 * time.Second
	idleTimeout    = 90 * time.Second
	drainTimeout   = 20 * time.Second
	maxHeaderBytes = 16 << 10
)

// Serve answers requests on a listener and does what happens by itself, until ctx ends. Then it stops in order: /readyz says
// no, and for a while everything is served all the same, so that load balancers send elsewhere; no new connection; requests
// under way are answered; lockers are hung up on; what they brought is heard; senders finish; another node may do the
// chores. The private port is there to the last.
func (n *Network) Serve(ctx context.Context, listener net.Listener) error {
	private, err := n.openPort(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	guests := newCrowd(listener, n.config.Limits.MaxConnections, n.config.TLSCert != "")
	n.watching.guests.Store(guests)
	server := &http.Server{
		Handler: n.lastCalls(n.Handler()), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(n.parts.Log.Handler(), slog.LevelDebug),
	}
	if err := n.Connect(ctx); err != nil {
		return errors.Join(err, listener.Close(), private())
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { n.Run(working) })
	work.Go(func() { n.watching.run(working, n.store, n.parts.Now, n.parts.Log) })
	work.Go(func() { n.rooms.checkout.Follow(working, n.said, n.parts.Log) })
	served := make(chan error, 1)
	work.Go(func() { served <- n.accept(server, guests) })
	select {
	case <-ctx.Done():
		err = n.grace(served)
	case err = <-served:
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err = errors.Join(err, server.Shutdown(draining))
	n.HangUp()
	stopWork()
	work.Wait()
	return errors.Join(err, private())
}

// grace goes on serving for a while after /readyz began to say no.
func (n *Network) grace(served <-chan error) error {
	n.watching.ready.Drain()
	over := time.NewTimer(time.Duration(n.config.Watch.DrainGraceS) * time.Second)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case err := <-served:
		return err
	}
}

// lastCalls has each connection closed after the answer that it waits for, once the network is shutting down: by the time
// that idle connections are closed, nobody should be about to use one.
func (n *Network) lastCalls(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.watching.ready.Draining() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// openPort opens the private port, if there is to be one, and gives what closes it.
func (n *Network) openPort(ctx context.Context) (closePort func() error, err error) {
	w := n.config.Watch
	if w.Listen == "" {
		return func() error { return nil }, nil
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", w.Listen)
	if err != nil {
		return nil, fmt.Errorf("the private port: listening on %s: %w", w.Listen, err)
	}
	server := port.New(port.Options{Registry: n.watching.meters.Registry(), Readiness: n.watching.ready, Anywhere: w.DangerouslyPublic})
	n.parts.Log.Info("watching", slog.String("address", listener.Addr().String()))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }() // ended by closePort, which waits for it
	return func() error {
		err := server.Close()
		if end := <-ended; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		return err
	}, nil
}

// serveTLS shows the certificate as its file has it by then.
func (n *Network) serveTLS(server *http.Server, listener net.Listener) error {
	pair, err := settings.NewPair(n.config.TLSCert, n.config.TLSKey, n.parts.Log)
	if err != nil {
		return err
	}
	server.TLSConfig = &tls.Config{GetCertificate: pair.Get}
	return server.ServeTLS(listener, "", "")
}

func (n *Network) accept(server *http.Server, listener net.Listener) error {
	var err error
	if n.config.TLSCert != "" {
		err = n.serveTLS(server, listener)
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving: %w", err)
}
