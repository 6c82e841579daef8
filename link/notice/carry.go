package notice

import (
	"strings"

	"github.com/wneessen/go-mail"
)

// step is where in the conversation with a server a mail is (RFC 5321, 3.3).
type step string

const (
	stepSender    step = "MAIL"
	stepRecipient step = "RCPT"
	stepData      step = "DATA"
	stepContent   step = "the end of the mail"
)

// command is one of ours, and the server's yes to it.
type command struct {
	step step
	text string
	yes  int // all of the answer's digits, or the first ones
}

// carry hands one mail to the server, up to its yes.
func (l *line) carry(msg *mail.Msg) error {
	if err := l.conn.UpdateDeadline(sendTimeout); err != nil {
		return &refused{stepSender, err}
	}
	commands, err := l.envelope(msg)
	if err == nil {
		err = l.say(commands)
	}
	if err != nil {
		return err
	}
	body := l.conn.Text.DotWriter()
	_, err = msg.WriteTo(body)
	if err == nil {
		err = body.Close()
	}
	if err == nil {
		_, _, err = l.conn.Text.ReadResponse(250)
	}
	if err != nil {
		return &refused{stepContent, err}
	}
	return nil
}

// envelope gives what is said before a mail's first word.
func (l *line) envelope(msg *mail.Msg) ([]command, error) {
	from, err := msg.GetSender(false)
	if err != nil {
		return nil, err
	}
	to, err := msg.GetRecipients()
	if err != nil {
		return nil, err
	}
	sender := "MAIL FROM:" + from
	for _, extension := range []struct{ name, word string }{{"8BITMIME", " BODY=8BITMIME"}, {"SMTPUTF8", " SMTPUTF8"}} {
		if offered, _ := l.conn.Extension(extension.name); offered {
			sender += extension.word
		}
	}
	all := []command{{stepSender, sender, 250}, {stepRecipient, "RCPT TO:" + to[0], 25}, {stepData, "DATA", 354}}
	for _, c := range all {
		if strings.ContainsAny(c.text, "\r\n") {
			return nil, permanent("the recipient's address can't be written to")
		}
	}
	return all, nil
}

// say says commands and hears the answers. Where the server lets commands follow each other (PIPELINING, RFC 2920), all of
// them make one journey to it and back.
func (l *line) say(commands []command) error {
	text, heard := l.conn.Text, 0
	together, _ := l.conn.Extension("PIPELINING")
	for i, c := range commands {
		_, _ = text.W.WriteString(c.text + "\r\n") // Flush gives its error
		if together && i < len(commands)-1 {
			continue
		}
		if err := text.W.Flush(); err != nil {
			return &refused{c.step, err}
		}
		for ; heard <= i; heard++ {
			if _, _, err := text.ReadResponse(commands[heard].yes); err != nil {
				return &refused{commands[heard].step, err}
			}
		}
	}
	return nil
}
