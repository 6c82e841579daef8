package mailbox

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// serverFor makes the SMTP server, with a limit on everything a client can send.
func serverFor(m *Mailbox) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }))
	s.Domain = mailboxDomain
	s.MaxRecipients = maxRecipients
	s.MaxMessageBytes = maxMessageBytes
	s.MaxLineLength = maxTextLineOctets
	s.ReadTimeout = smtpReadPatienceS * time.Second
	s.WriteTimeout = smtpWritePatienceS * time.Second
	s.EnableSMTPUTF8 = true
	s.ErrorLog = quiet{}
	return s
}

// quiet drops the library's log: a client that hangs up is nobody's concern, and addresses don't belong in logs.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// session is one client's talk: an envelope that fills, and then a message.
type session struct {
	box  *Mailbox
	from string
	to   []string
}

// Mail notes the sender.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if len(from) > maxAddressChars {
		return errLongAddress
	}
	s.from = from
	return nil
}

// Rcpt takes any recipient whose address could be one.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if len(to) > maxAddressChars {
		return errLongAddress
	}
	if at := strings.LastIndexByte(to, '@'); at < 1 || at == len(to)-1 {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "Give an address such as name@example.com"}
	}
	s.to = append(s.to, to)
	return nil
}

// Data reads the message and keeps it; what can't be read as mail is refused, and nothing is kept of it.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r) // bounded by MaxMessageBytes
	if err != nil {
		return err
	}
	one, err := read(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "This can't be read as mail: " + err.Error()}
	}
	one.From, one.To, one.At = s.from, slices.Clone(s.to), time.Now()
	s.box.keep(one)
	return nil
}

// Reset forgets the envelope.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout has nothing to give back.
func (s *session) Logout() error { return nil }

var errLongAddress = &smtp.SMTPError{Code: 501, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "An address has at most 254 characters"}

// limited lets at most n connections in at once.
func limited(l net.Listener, n int) net.Listener {
	return &turnstile{Listener: l, free: make(chan struct{}, n), shut: make(chan struct{})}
}

type turnstile struct {
	net.Listener
	free   chan struct{}
	shut   chan struct{}
	closed sync.Once
}

// Accept waits for a free place first.
func (t *turnstile) Accept() (net.Conn, error) {
	select {
	case t.free <- struct{}{}:
	case <-t.shut:
		return nil, net.ErrClosed
	}
	conn, err := t.Listener.Accept()
	if err != nil {
		<-t.free
		return nil, err
	}
	return &guest{Conn: conn, leave: sync.OnceFunc(func() { <-t.free })}, nil
}

// Close ends the waiting too.
func (t *turnstile) Close() error {
	t.closed.Do(func() { close(t.shut) })
	err := t.Listener.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

type guest struct {
	net.Conn
	leave func()
}

// Close gives the place back, once.
func (g *guest) Close() error {
	g.leave()
	return g.Conn.Close()
}
