package notice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"regexp"
	"strconv"
)

// permanent is a failure that no further try would mend.
type permanent string

func (p permanent) Error() string { return string(p) }

// unwritten is a failure on our side, before there was anything to send. The log says which.
const unwritten = temporary("the letter could not be written")

// temporary is a failure that may pass.
type temporary string

func (t temporary) Error() string { return string(t) }

// refused is a mail that failed at some step.
type refused struct {
	step step
	err  error
}

func (r *refused) Error() string { return string(r.step) + ": " + r.err.Error() }
func (r *refused) Unwrap() error { return r.err }

// code is the server's answer, 0 when there was none.
func (r *refused) code() int {
	var answer *textproto.Error
	if errors.As(r.err, &answer) {
		return answer.Code
	}
	return 0
}

// enhanced is a status code in more words (RFC 2034), with which an answer's text may begin.
var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// plain gives the codes alone.
func (r *refused) plain() string {
	words := fmt.Sprintf("the mail server answered %d", r.code())
	var answer *textproto.Error
	if errors.As(r.err, &answer) {
		if more := enhanced.FindString(answer.Msg); more != "" {
			words += " " + more
		}
	}
	return words + " at " + string(r.step)
}

// beforeContent tells whether a mail failed before a word of it was sent, so that sending it again can't double it.
func beforeContent(err error) bool {
	var said *refused
	return errors.As(err, &said) && said.step != stepContent
}

// isPermanent tells whether the server said no to this very mail (5xx to sender, recipient or content). A server that
// is down, slow or refuses our sign-in says nothing about the mail.
func isPermanent(err error) bool {
	var no permanent
	if errors.As(err, &no) {
		return true
	}
	var said *refused
	return errors.As(err, &said) && said.code() >= 500
}

// plain says in a few words what went wrong, without the server's own text: it likes to repeat the address.
func plain(err error) string {
	var no permanent
	var later temporary
	var said *refused
	var answer *textproto.Error
	var timeout net.Error
	switch {
	case errors.As(err, &no):
		return cut(string(no))
	case errors.As(err, &later):
		return string(later)
	case errors.As(err, &said) && said.code() != 0:
		return said.plain()
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
