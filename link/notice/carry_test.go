package notice

import (
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"lockhouse"
)

// TestPipelining: where the server lets commands follow each other they come together, and nowhere else.
func TestPipelining(t *testing.T) {
	for _, offered := range []bool{true, false} {
		t.Run(fmt.Sprint(offered), func(t *testing.T) {
			s := openStrict(t, offered)
			b := open(t, s.port, "en")
			b.queue(lockhouse.NoticeReady)
			n := b.swept()
			b.hangUp(func(*line) bool { return true })
			s.done.Wait()
			if n.DoneAt.IsZero() || !strings.Contains(s.mail, "Subject: Your parcel is ready to collect") || s.broke != "" {
				t.Fatalf("%+v; %s; the server heard %q", n, s.broke, s.mail)
			}
		})
	}
}

// strict is a mail server for one connection that holds its client to what it offered: it answers sender, recipient and the
// wish to send once it has all three, or each before the next may come.
type strict struct {
	port      int
	pipelines bool
	mail      string
	broke     string // the rule that was broken
	done      sync.WaitGroup
}

func openStrict(t *testing.T, pipelines bool) *strict {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &strict{port: l.Addr().(*net.TCPAddr).Port, pipelines: pipelines}
	s.done.Go(func() {
		if conn, err := l.Accept(); err == nil {
			s.serve(textproto.NewConn(conn))
		}
	})
	return s
}

func (s *strict) serve(c *textproto.Conn) {
	defer c.Close()
	greeting := "250 strict.test"
	if s.pipelines {
		greeting = "250-strict.test\r\n250 PIPELINING"
	}
	_ = c.PrintfLine("220 strict.test")
	s.hear(c, "EHLO", greeting)
	if s.pipelines {
		s.hear(c, "MAIL", "")
		s.hear(c, "RCPT", "")
		s.hear(c, "DATA", "250 sender\r\n250 recipient\r\n354 go on")
	} else {
		s.hear(c, "MAIL", "250 sender")
		s.hear(c, "RCPT", "250 recipient")
		s.hear(c, "DATA", "354 go on")
	}
	text, err := c.ReadDotBytes()
	if err != nil {
		return
	}
	s.mail = string(text)
	_ = c.PrintfLine("250 taken")
	s.hear(c, "QUIT", "221 bye")
}

// hear takes a command and answers, if there is something to say. Nothing may have come behind what is answered.
func (s *strict) hear(c *textproto.Conn, verb, answer string) {
	line, err := c.ReadLine()
	if err != nil || !strings.HasPrefix(line, verb) {
		s.broke = fmt.Sprintf("%s was due, and %q came (%v)", verb, line, err)
		return
	}
	if answer == "" {
		return
	}
	if c.R.Buffered() > 0 {
		s.broke = "something came before the answer to " + verb
	}
	_ = c.PrintfLine("%s", answer)
}
