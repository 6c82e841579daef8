package notice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// permanent is a failure that no further try would mend.
type permanent string

func (p permanent) Error() string { return string(p) }

// unwritten is a failure on our side, before there was anything to send. The log says which.
const unwritten = temporary("the letter could not be written")

// temporary is a failure that may pass.
type temporary string

func (t temporary) Error() string { return string(t) }

// line is a connection to the mail server, kept from mail to mail: TLS and signing in cost more than a mail.
type line struct {
	client *mail.Client
	conn   *smtp.Client // nil: not connected
	mails  int          // sent on it
	used   time.Time    // last
}

func (l *line) dial(ctx context.Context, client *mail.Client) (err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	l.client, l.mails = client, 0
	l.conn, err = client.DialToSMTPClientWithContext(ctx)
	return err
}

// hangUp ends the connection, politely if the server still listens.
func (l *line) hangUp() {
	if l.conn != nil {
		_, _ = l.client.CloseWithSMTPClient(l.conn), l.conn.Close()
		l.conn = nil
	}
}

// send hands one mail to the server. The link it is made with lives one try. What a server says no to on a line that was
// used before is tried on a new one at once: it may have had enough of the line, and not of the mail.
func (s *Sender) send(ctx context.Context, on *line, l letter) error {
	msg, err := s.compose(l)
	if err != nil {
		return err
	}
	used := on.conn != nil
	err = s.post(ctx, on, msg)
	if used && beforeContent(err) {
		err = s.post(ctx, on, msg)
	}
	return err
}

func (s *Sender) post(ctx context.Context, on *line, msg *mail.Msg) error {
	if on.conn == nil {
		client, err := s.client()
		if err != nil {
			return err
		}
		if err := on.dial(ctx, client); err != nil {
			return err
		}
	}
	err := on.client.SendWithSMTPClient(on.conn, msg)
	if on.mails++; err != nil || on.mails == maxMailsOnLine {
		on.hangUp()
	}
	if err != nil && !msg.IsDelivered() {
		return err
	}
	return nil // the server's yes counts, even if it hung up rudely afterwards
}

// beforeContent tells whether a mail failed before a word of it was sent, so that sending it again can't double it.
func beforeContent(err error) bool {
	var refused *mail.SendError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Reason {
	case mail.ErrConnCheck, mail.ErrSMTPMailFrom, mail.ErrSMTPRcptTo, mail.ErrSMTPData:
		return true
	}
	return false
}

func (s *Sender) client() (*mail.Client, error) {
	o := s.options
	options := []mail.Option{mail.WithPort(o.Port), mail.WithTimeout(sendTimeout), mail.WithoutNoop()}
	switch o.TLS {
	case "tls":
		options = append(options, mail.WithSSL())
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithTLSConfig(&tls.Config{ServerName: o.Host, MinVersion: tls.VersionTLS12}))
	}
	if o.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(o.Username), mail.WithPassword(o.Password))
	}
	return mail.NewClient(o.Host, options...)
}

// isPermanent tells whether the server said no to this very mail (5xx to sender, recipient or content). A server that
// is down, slow or refuses our sign-in says nothing about the mail.
func isPermanent(err error) bool {
	var no permanent
	if errors.As(err, &no) {
		return true
	}
	var refused *mail.SendError
	return errors.As(err, &refused) && refused.ErrorCode() >= 500
}

// plain says in a few words what went wrong, without the server's own text: it likes to repeat the address.
func plain(err error) string {
	var no permanent
	var later temporary
	var refused *mail.SendError
	var answer *textproto.Error
	var timeout net.Error
	switch {
	case errors.As(err, &no):
		return cut(string(no))
	case errors.As(err, &later):
		return string(later)
	case errors.As(err, &refused) && refused.ErrorCode() != 0:
		return fmt.Sprintf("the mail server answered %d %s at %s", refused.ErrorCode(), refused.EnhancedStatusCode(), refused.Reason)
	case errors.As(err, &answer):
		return "the mail server answered " + strconv.Itoa(answer.Code)
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "the mail server did not answer in time"
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return "no connection to the mail server (" + op.Op + ")"
	}
	return "the mail server could not be used"
}

func cut(text string) string {
	words := []rune(text)
	return string(words[:min(len(words), maxErrorChars)])
}
