package cluster

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"lockhouse/internal/process"
)

// Limits of the balancer.
const (
	askReadyEvery     = 200 * time.Millisecond
	askReadyLimit     = time.Second // after which a node that does not answer counts as not ready
	balanceLimit      = 35 * time.Second
	balanceDialLimit  = time.Second
	maxBodyBytes      = 1 << 20
	maxIdleConns      = 64
	balanceHeaderTime = 5 * time.Second
)

// balancer is what stands before the nodes, as any HTTP load balancer does: it asks /readyz of each and sends a request to
// one that was ready when last asked, in turns. A node that takes no connection got nothing, and the next one is tried. A
// request that broke off is not sent again: only its sender knows whether that is safe.
type balancer struct {
	nodes  []*url.URL
	ready  []atomic.Bool
	turn   atomic.Uint64
	client *http.Transport
	server *http.Server
	work   sync.WaitGroup
	stop   context.CancelFunc
	url    string
}

func startBalancer(nodes []*Node) (*balancer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &balancer{ready: make([]atomic.Bool, len(nodes)), url: "http://" + listener.Addr().String()}
	b.client = &http.Transport{DialContext: (&net.Dialer{Timeout: balanceDialLimit}).DialContext, MaxIdleConnsPerHost: maxIdleConns,
		DisableCompression: true}
	for _, n := range nodes {
		b.nodes = append(b.nodes, &url.URL{Scheme: "http", Host: n.Address})
	}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	for i := range nodes {
		b.work.Go(func() { b.watch(ctx, i) })
	}
	b.server = &http.Server{Handler: b, ReadHeaderTimeout: balanceHeaderTime}
	b.work.Go(func() { _ = b.server.Serve(listener) }) // ends with close
	return b, nil
}

// watch asks one node for as long as the balancer stands.
func (b *balancer) watch(ctx context.Context, i int) {
	ask := process.Ready(b.nodes[i].String() + "/readyz")
	tick := time.NewTicker(askReadyEvery)
	defer tick.Stop()
	for {
		limited, cancel := context.WithTimeout(ctx, askReadyLimit)
		b.ready[i].Store(ask(limited) == nil)
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ServeHTTP passes a request on.
func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		http.Error(w, "too long, or it broke off", http.StatusRequestEntityTooLarge)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), balanceLimit)
	defer cancel()
	first := b.turn.Add(1)
	for i := range b.nodes {
		at := int((first + uint64(i)) % uint64(len(b.nodes)))
		if !b.ready[at].Load() {
			continue
		}
		resp, err := b.pass(r.Clone(ctx), b.nodes[at], body)
		if refused(err) {
			continue
		}
		answer(w, resp, err)
		return
	}
	w.Header().Set("Retry-After", "1")
	http.Error(w, "no node is ready", http.StatusServiceUnavailable)
}

func (b *balancer) pass(r *http.Request, node *url.URL, body []byte) (*http.Response, error) {
	r.URL.Scheme, r.URL.Host = node.Scheme, node.Host
	r.RequestURI, r.Body, r.ContentLength = "", io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return b.client.RoundTrip(r)
}

// refused tells whether no connection came about, so that nothing was sent.
func refused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func answer(w http.ResponseWriter, resp *http.Response, err error) {
	if err != nil {
		http.Error(w, "the node broke off", http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // whoever asked sees that it broke off
}

func (b *balancer) close() {
	b.stop()
	_ = b.server.Close()
	b.work.Wait()
	b.client.CloseIdleConnections()
}
