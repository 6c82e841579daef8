package notice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"

	"github.com/wneessen/go-mail"
)

// permanent is a failure that no further try would mend.
type permanent string

func (p permanent) Error() string { return string(p) }

// send hands one mail to the server. The link it is made with lives one try.
func (s *Sender) send(ctx context.Context, l letter) error {
	msg, err := s.compose(l)
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil && !msg.IsDelivered() {
		return err
	}
	return nil // the server's yes counts, even if it hung up rudely afterwards
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
	var refused *mail.SendError
	var smtp *textproto.Error
	var timeout net.Error
	switch {
	case errors.As(err, &no):
		return cut(string(no))
	case errors.As(err, &refused) && refused.ErrorCode() != 0:
		return fmt.Sprintf("the mail server answered %d %s at %s", refused.ErrorCode(), refused.EnhancedStatusCode(), refused.Reason)
	case errors.As(err, &smtp):
		return "the mail server answered " + strconv.Itoa(smtp.Code)
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
