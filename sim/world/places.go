package world

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Places are the addresses at which the world listens, on this machine alone. An empty one is any free port.
type Places struct {
	Network, Line, Shop, Street, Mailbox, SMTP string
	// Watch is the network's private port; empty: it has none.
	Watch string
}

// UsualPlaces are the demo's.
func UsualPlaces() Places {
	return Places{Network: "127.0.0.1:7080", Line: "127.0.0.1:7422", Shop: "127.0.0.1:7081", Street: "127.0.0.1:7082", Mailbox: "127.0.0.1:7083", SMTP: "127.0.0.1:7025", Watch: "127.0.0.1:7090"}
}

const anyPort = "127.0.0.1:0"

func (p Places) smtp() string { return orAny(p.SMTP) }

func orAny(addr string) string {
	if addr == "" {
		return anyPort
	}
	return addr
}

// places are the same, taken.
type places struct{ network, line, shop, street, mailbox place }

type place struct {
	addr     string
	listener net.Listener
}

func (p Places) listen() (all places, err error) {
	for _, want := range []struct {
		addr string
		into *place
	}{{p.Network, &all.network}, {p.Line, &all.line}, {p.Shop, &all.shop}, {p.Street, &all.street}, {p.Mailbox, &all.mailbox}} {
		listener, err := listen(context.Background(), orAny(want.addr))
		if err != nil {
			return all, err
		}
		*want.into = place{addr: listener.Addr().String(), listener: listener}
	}
	return all, nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s can't be listened on; is another demo running? (%w)", addr, err)
	}
	return listener, nil
}

// freePort names a port that was free just now, for what opens it by itself.
func freePort(ctx context.Context) (string, error) {
	listener, err := listen(ctx, anyPort)
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// take hands the listener over, once.
func (p *place) take() net.Listener {
	l := p.listener
	p.listener = nil
	return l
}

// name is the address as a browser gets it: localhost is a secure context, where Bluetooth and keys may be used.
func (p place) name() string { return "localhost:" + strconv.Itoa(portOf(p.addr)) }

func portOf(addr string) int {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(port) // SplitHostPort gave what the listener calls a port
	return n
}

// servers run the world's side shows until close.
type servers struct {
	ctx  context.Context
	stop context.CancelFunc
	log  *slog.Logger
	work sync.WaitGroup
	open []*http.Server
}

const (
	headerPatienceS = 10
	closePatienceS  = 2
)

func newServers(log *slog.Logger) *servers {
	ctx, stop := context.WithCancel(context.Background())
	return &servers{ctx: ctx, stop: stop, log: log}
}

func (s *servers) serve(listener net.Listener, handler http.Handler) {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerPatienceS * time.Second,
		BaseContext: func(net.Listener) context.Context { return s.ctx },
	}
	s.open = append(s.open, server)
	s.work.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("a page of the demo went down", slog.Any("error", err))
		}
	})
}

func (s *servers) close() error {
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), closePatienceS*time.Second)
	defer cancel()
	for _, server := range s.open {
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	}
	s.work.Wait()
	return nil
}
