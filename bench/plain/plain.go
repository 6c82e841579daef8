// Package plain serves HTTP as the services do that we are measured beside: the standard library's server and nothing else.
package plain

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// Limits of a server.
const (
	readHeaderLimitS = 10
	shutdownLimitS   = 10
)

// Serve answers requests on an address until ctx ends, and finishes those under way.
func Serve(ctx context.Context, address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: readHeaderLimitS * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		limit, cancel := context.WithTimeout(context.Background(), shutdownLimitS*time.Second)
		defer cancel()
		err = server.Shutdown(limit)
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
