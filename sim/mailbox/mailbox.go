// Package mailbox is where the demo's mail arrives: a real SMTP listener that keeps the last messages in memory, and a
// page that shows them. The network sends to it as it would send to any mail server, so what a newcomer reads in the
// demo is what a recipient would read.
//
// It takes mail for every address and passes none on, so it listens on loopback addresses alone.
package mailbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Limits of what the mailbox takes and keeps.
const (
	maxMessages         = 200     // kept; the oldest gives way
	maxMessageBytes     = 1 << 20 // as received, with all parts
	maxRecipients       = 10      // of one message
	maxConnections      = 32      // at the same time; a further one waits to be accepted
	smtpReadPatienceS   = 30
	smtpWritePatienceS  = 30
	maxAddressChars     = 254 // RFC 5321, 4.5.3.1.3
	maxTextLineOctets   = 2_000
	mailboxDomain       = "mailbox.lockhouse.test"
	openListenerTimeout = 5 * time.Second
)

// Mailbox keeps what has arrived. It is safe for use by several goroutines.
type Mailbox struct {
	listener net.Listener
	server   *smtp.Server
	serving  sync.WaitGroup

	mu       sync.Mutex
	messages []Message // newest first
	lastID   int
	arrived  chan struct{} // closed and renewed at each arrival
}

// Start listens for SMTP at addr, such as "127.0.0.1:7025", until ctx is done. Port 0 takes any
// free one; Addr tells which.
func Start(ctx context.Context, addr string) (*Mailbox, error) {
	if err := loopback(addr); err != nil {
		return nil, err
	}
	starting, cancel := context.WithTimeout(ctx, openListenerTimeout)
	defer cancel()
	listener, err := new(net.ListenConfig).Listen(starting, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	m := &Mailbox{listener: listener, arrived: make(chan struct{})}
	m.server = serverFor(m)
	door := limited(listener, maxConnections)
	m.serving.Go(func() { _ = m.server.Serve(door) }) // ends by Close, and says so
	m.serving.Go(func() {
		<-ctx.Done()
		_ = m.server.Close()
		_ = door.Close() // the server knows its listener only once it serves; ctx may be quicker
	})
	return m, nil
}

// Addr is where it listens.
func (m *Mailbox) Addr() string { return m.listener.Addr().String() }

// Stopped waits until ctx of Start is done and nothing runs any more.
func (m *Mailbox) Stopped() { m.serving.Wait() }

// Messages gives what is kept, newest first.
func (m *Mailbox) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.messages)
}

// Message gives one message by its number.
func (m *Mailbox) Message(id int) (Message, bool) {
	for _, one := range m.Messages() {
		if one.ID == id {
			return one, true
		}
	}
	return Message{}, false
}

// Wait gives the newest message for an address, and waits for one until ctx is done.
func (m *Mailbox) Wait(ctx context.Context, to string) (Message, error) {
	for {
		m.mu.Lock()
		arrived := m.arrived
		for _, one := range m.messages {
			if one.For(to) {
				m.mu.Unlock()
				return one, nil
			}
		}
		m.mu.Unlock()
		select {
		case <-arrived:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("mailbox: nothing for %s: %w", to, ctx.Err())
		}
	}
}

// keep stores a message in front of all others and wakes those who wait.
func (m *Mailbox) keep(one Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastID++
	one.ID = m.lastID
	m.messages = slices.Insert(m.messages, 0, one)
	if len(m.messages) > maxMessages {
		m.messages = m.messages[:maxMessages]
	}
	close(m.arrived)
	m.arrived = make(chan struct{})
}

func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	if ip := net.ParseIP(host); strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback() {
		return nil
	}
	return errors.New("mailbox: it takes everybody's mail, so it listens on a loopback address only, such as 127.0.0.1:7025")
}
