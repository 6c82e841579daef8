package network

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
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

// Serve answers requests on a listener and does what happens by itself, until ctx ends. Then it stops in order: no new
// connection; requests under way are answered; lockers are hung up on; what they brought is heard; senders finish; another
// node may do the chores.
func (n *Network) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: n.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(n.parts.Log.Handler(), slog.LevelDebug),
	}
	if err := n.Connect(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { n.Run(working) })
	served := make(chan error, 1)
	work.Go(func() { served <- n.accept(server, listener) })
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-served:
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	failed = errors.Join(failed, server.Shutdown(draining))
	n.HangUp()
	stopWork()
	work.Wait()
	return failed
}

func (n *Network) accept(server *http.Server, listener net.Listener) error {
	var err error
	if n.config.TLSCert != "" {
		err = server.ServeTLS(listener, n.config.TLSCert, n.config.TLSKey)
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving: %w", err)
}
