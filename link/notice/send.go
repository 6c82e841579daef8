package notice

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

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
		_ = l.client.CloseWithSMTPClient(l.conn)
		l.drop()
	}
}

// drop ends the connection.
func (l *line) drop() {
	_ = l.conn.Close()
	l.conn = nil
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
	if err := on.carry(msg); err != nil {
		on.drop() // in the midst of a mail there is nothing polite to say
		return err
	}
	if on.mails++; on.mails == maxMailsOnLine {
		on.hangUp()
	}
	return nil
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
