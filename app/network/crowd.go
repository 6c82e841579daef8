package network

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of sending connections away.
const (
	maxSentAway  = 64              // at once; others are closed without a word
	sentAwayTime = 2 * time.Second // to ask, be told, and go
)

// fullHouse is what the one connection too many is told.
const fullHouse = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 46\r\n\r\n" +
	"Too many connections are open. Come back soon."

// crowd is a listener that bounds how many connections are open at once. The next one is told so, where that can be said
// without TLS, and closed.
type crowd struct {
	net.Listener
	most int
	tls  bool

	open atomic.Int64
	away chan struct{} // holds those who are being sent away
	wait sync.WaitGroup
}

func newCrowd(l net.Listener, most int, tls bool) *crowd {
	return &crowd{Listener: l, most: most, tls: tls, away: make(chan struct{}, maxSentAway)}
}

// Accept gives the next connection that there is room for.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c.open.Add(1) <= int64(c.most) {
			return &guest{Conn: conn, crowd: c}, nil
		}
		c.open.Add(-1)
		c.sendAway(conn)
	}
}

// Close also waits for those who are being sent away.
func (c *crowd) Close() error {
	err := c.Listener.Close()
	c.wait.Wait()
	return err
}

func (c *crowd) sendAway(conn net.Conn) {
	select {
	case c.away <- struct{}{}:
	default:
		_ = conn.Close()
		return
	}
	c.wait.Go(func() {
		defer func() { <-c.away }()
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(sentAwayTime))
		if c.tls {
			return
		}
		// An answer before the question is taken for noise by clients that keep connections; and what is sent is read, or
		// closing would take the answer back.
		asked := io.LimitReader(conn, maxHeaderBytes)
		if _, err := http.ReadRequest(bufio.NewReader(asked)); err != nil {
			return
		}
		if _, err := io.WriteString(conn, fullHouse); err == nil {
			_, _ = io.Copy(io.Discard, asked)
		}
	})
}

// guest is one connection of a crowd.
type guest struct {
	net.Conn
	crowd *crowd
	once  sync.Once
}

// Close makes room for another.
func (g *guest) Close() error {
	g.once.Do(func() { g.crowd.open.Add(-1) })
	return g.Conn.Close()
}
