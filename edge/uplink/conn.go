package uplink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// Bounds of a connection.
const (
	dialS        = 15
	writeS       = 10 // for one write: a network that no longer reads is left
	pingS        = 20 // between two looks whether the other end is there
	maxPingsLost = 1
	messagesHeld = 64 // while something else is being done; who says more in that time is left
)

// conn is a connection to the network on which messages go both ways.
type conn interface {
	// say sends a message, or has it sent soon; that it arrived, an answer says.
	say(message any) error
	// hear waits for the next message. One that is none ends the line.
	hear(ctx context.Context) (heard, error)
	// answer sends an answer to what was heard; where none was asked for, nothing.
	answer(to heard, message any) error
	// relay says something to a phone that came over the line. It may be called from any goroutine.
	relay(session []byte, said wire.RelaySaid) error
	hangUp()
}

// heard is a message, and where to answer it.
type heard struct {
	message any
	reply   string
}

var (
	errTooMuch = errors.New("the network says more than is listened to")
	errNobody  = errors.New("the line is there, and no node of the network at its end")
)

// natsConn is one connection to a NATS server. It is never mended: the line's own skill is to call again.
type natsConn struct {
	up     *Uplink
	nats   *nats.Conn
	inbox  string
	inward chan *nats.Msg
	gone   chan struct{} // closed with err set
	once   sync.Once
	err    error
	cancel func() bool
}

// dial connects, proves who the locker is, and subscribes to what it is told.
func (u *Uplink) dial(ctx context.Context) (conn, error) {
	c := &natsConn{up: u, inward: make(chan *nats.Msg, messagesHeld), gone: make(chan struct{})}
	options := u.options(ctx)
	options.ClosedCB = func(n *nats.Conn) { c.end(n.LastError()) }
	options.AsyncErrorCB = func(_ *nats.Conn, _ *nats.Subscription, err error) { c.end(err) }
	var err error
	if c.nats, err = options.Connect(); err != nil {
		return nil, err
	}
	c.cancel = context.AfterFunc(ctx, c.nats.Close)
	c.inbox = c.nats.NewInbox()
	for _, subject := range []string{c.inbox, wire.DownSubject(u.Locker, "*")} {
		if _, err := c.nats.ChanSubscribe(subject, c.inward); err != nil {
			c.hangUp()
			return nil, err
		}
	}
	return c, nil
}

func (u *Uplink) options(ctx context.Context) nats.Options {
	o := nats.GetDefaultOptions()
	o.Url, o.Name, o.InboxPrefix = u.address.String(), "lockhouse-agent "+u.Version, wire.InboxPrefix(u.Locker)
	o.Nkey, o.Token, o.SignatureCB = string(u.Locker), u.address.Host, u.prove
	o.AllowReconnect, o.IgnoreDiscoveredServers, o.NoEcho, o.ReconnectBufSize = false, true, true, -1
	o.Timeout, o.FlusherTimeout = dialS*time.Second, writeS*time.Second
	o.PingInterval, o.MaxPingsOut = u.pingEvery, maxPingsLost
	o.CustomDialer = dialer{ctx}
	if u.address.Scheme == "tls" {
		o.Secure, o.TLSHandshakeFirst, o.TLSConfig = true, true, u.tlsConfig()
	}
	return o
}

// prove signs the server's nonce for the host that was dialled: whoever passes it on wants to be taken for us.
func (u *Uplink) prove(nonce []byte) ([]byte, error) {
	return credential.ProveCall(u.key(), credential.Call{Nonce: string(nonce), Locker: u.Locker, Host: u.address.Host})
}

func (c *natsConn) say(message any) error {
	kind, data, err := wire.EncodeUplink(message)
	if err != nil {
		return err
	}
	return c.nats.PublishRequest(wire.UpSubject(c.up.Locker, kind), c.inbox, data)
}

func (c *natsConn) answer(to heard, message any) error {
	if to.reply == "" {
		return nil
	}
	_, data, err := wire.EncodeUplink(message)
	if err != nil {
		return err
	}
	return c.nats.Publish(to.reply, data)
}

func (c *natsConn) relay(session []byte, said wire.RelaySaid) error {
	_, data, err := wire.EncodeUplink(said)
	if err != nil {
		return err
	}
	return c.nats.Publish(wire.RelaySubject(c.up.Locker, session), data)
}

func (c *natsConn) hear(ctx context.Context) (heard, error) {
	select {
	case m := <-c.inward:
		if len(m.Data) == 0 && m.Header.Get("Status") != "" {
			return heard{}, errNobody
		}
		message, err := wire.DecodeUplink(m.Data)
		return heard{message, m.Reply}, err
	case <-c.gone:
		return heard{}, c.err
	case <-ctx.Done():
		return heard{}, ctx.Err()
	}
}

// end notes why the connection is no good any more; the first reason counts.
func (c *natsConn) end(why error) {
	c.once.Do(func() {
		switch {
		case errors.Is(why, nats.ErrSlowConsumer):
			why = errTooMuch
		case why == nil:
			why = errors.New("the network hung up")
		}
		c.err = fmt.Errorf("uplink: %w", why)
		close(c.gone)
	})
}

func (c *natsConn) hangUp() {
	c.cancel()
	c.nats.Close()
}

// dialer opens connections that can't be made to wait for ever, nor to grow.
type dialer struct{ ctx context.Context }

// Dial is what NATS calls.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	raw, err := (&net.Dialer{Timeout: dialS * time.Second}).DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &bounded{Conn: raw}, nil
}

// SkipTLSHandshake says that TLS is NATS's to do.
func (dialer) SkipTLSHandshake() bool { return false }
