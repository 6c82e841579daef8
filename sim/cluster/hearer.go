package cluster

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/mail"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

const hearLimitS = 30

// hearer takes what the network sends to the outside, mail for recipients and webhooks for the shop, and remembers when it
// heard what.
type hearer struct {
	mailPort   int
	webhookURL string
	smtp       *smtp.Server
	http       *http.Server
	done       sync.WaitGroup

	mu    sync.Mutex
	heard map[string][]time.Time // by the id of a webhook or a mail
}

func startHearer() (*hearer, error) {
	h := &hearer{heard: map[string][]time.Time{}}
	post, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, post.Close())
	}
	h.mailPort = post.Addr().(*net.TCPAddr).Port
	h.webhookURL = "http://" + web.Addr().String() + "/hear"
	h.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return letterbox{h}, nil }))
	h.smtp.ReadTimeout, h.smtp.WriteTimeout = hearLimitS*time.Second, hearLimitS*time.Second
	h.smtp.ErrorLog = log.New(io.Discard, "", 0) // nodes that are killed hang up in the midst of a mail
	h.http = &http.Server{Handler: http.HandlerFunc(h.takeWebhook), ReadHeaderTimeout: hearLimitS * time.Second}
	h.done.Go(func() { _ = h.smtp.Serve(post) }) // ends with close
	h.done.Go(func() { _ = h.http.Serve(web) })
	return h, nil
}

func (h *hearer) takeWebhook(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return // the network hung up, and will try again
	}
	h.note(r.Header.Get("webhook-id"))
	w.WriteHeader(http.StatusNoContent)
}

func (h *hearer) note(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard[id] = append(h.heard[id], time.Now())
}

// times gives when something was heard.
func (h *hearer) times(id string) []time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.heard[id]
}

func (h *hearer) close() {
	_ = h.smtp.Close()
	_ = h.http.Close()
	h.done.Wait()
}

// letterbox takes every mail.
type letterbox struct{ heard *hearer }

func (letterbox) Mail(string, *smtp.MailOptions) error { return nil }
func (letterbox) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (letterbox) Reset()                               {}
func (letterbox) Logout() error                        { return nil }

func (l letterbox) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, m.Body); err != nil {
		return err
	}
	l.heard.note(m.Header.Get("Message-Id"))
	return nil
}
