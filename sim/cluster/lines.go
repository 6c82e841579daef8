package cluster

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"lockhouse/sim/paper"
)

// lineDialLimit is how long one NATS server gets to take a connection.
const lineDialLimit = time.Second

// lines is the one name under which lockers reach any of the NATS servers, as a name with three addresses does, or a balancer
// of connections.
type lines struct {
	listener net.Listener
	servers  []string
	work     sync.WaitGroup
	stop     context.CancelFunc
}

func startLines(servers []string) (*lines, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &lines{listener: listener, servers: servers}
	var ctx context.Context
	ctx, l.stop = context.WithCancel(context.Background())
	l.work.Go(func() { l.serve(ctx) })
	return l, nil
}

func (l *lines) url() string { return "nats://" + l.listener.Addr().String() }

func (l *lines) serve(ctx context.Context) {
	for turn := 0; ; turn++ {
		client, err := l.listener.Accept()
		if err != nil {
			return // closed
		}
		l.work.Go(func() { l.join(ctx, client, turn) })
	}
}

// join connects a locker with the first server that takes it, until one of them hangs up.
func (l *lines) join(ctx context.Context, client net.Conn, turn int) {
	defer client.Close()
	server, err := l.dial(ctx, turn)
	if err != nil {
		return // the locker calls again
	}
	defer server.Close()
	var both sync.WaitGroup
	hangUp := context.AfterFunc(ctx, func() { _ = errors.Join(client.Close(), server.Close()) })
	defer hangUp()
	both.Go(func() { _, _ = io.Copy(server, client); _ = server.Close() })
	both.Go(func() { _, _ = io.Copy(client, server); _ = client.Close() })
	both.Wait()
}

func (l *lines) dial(ctx context.Context, turn int) (server net.Conn, err error) {
	d := net.Dialer{Timeout: lineDialLimit}
	for i := range l.servers {
		if server, err = d.DialContext(ctx, "tcp", l.servers[(turn+i)%len(l.servers)]); err == nil {
			return server, nil
		}
	}
	return nil, err
}

func (l *lines) close() {
	l.stop()
	_ = l.listener.Close()
	l.work.Wait()
}

// upLimit is how long lockers' lines get to be up for the first time.
const upLimit = time.Minute

// callIn gives every second locker a line, and waits until each is up.
func (c *Cluster) callIn(ctx context.Context) (err error) {
	var calling context.Context
	calling, c.hangUp = context.WithCancel(context.Background())
	for i, l := range c.lockers {
		if i%2 == 0 {
			continue
		}
		if l.agent, err = paper.NewAgent(l.paper, c.lines.url()); err != nil {
			return err
		}
		c.calling.Go(func() { l.agent.Run(calling) })
		select {
		case <-l.agent.Up():
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(upLimit):
			return errors.New("a locker's line does not come up")
		}
	}
	return nil
}
