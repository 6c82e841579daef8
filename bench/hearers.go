package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"lockhouse/bench/load"
)

const (
	hearLimitS   = 30
	maxMailBytes = 1 << 20
)

// hearers take what the network sends to the outside: mail for recipients and webhooks for the shop. They read and forget;
// what they cost is not the network's.
type hearers struct {
	mailPort   int
	webhookURL string
	mails      atomic.Int64
	webhooks   atomic.Int64
	read       atomic.Pointer[func(to string, mail []byte)] // nil: mails are only counted

	smtp *smtp.Server
	http *http.Server
	done sync.WaitGroup
}

// told counts what our server told people and programs, for each cycle; the baseline tells nobody.
type told struct {
	Mails    float64 `json:"mails"`
	Webhooks float64 `json:"webhooks"`
}

// count gives what was heard so far.
func (h *hearers) count() told { return told{float64(h.mails.Load()), float64(h.webhooks.Load())} }

// since gives what was heard after an earlier count, for each of a result's cycles.
func (t told) since(before told, r load.Result) told {
	var cycles float64
	for _, round := range r.Rounds {
		cycles += float64(round.All)
	}
	return told{(t.Mails - before.Mails) / cycles, (t.Webhooks - before.Webhooks) / cycles}
}

func startHearers() (*hearers, error) {
	h := &hearers{}
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, mail.Close())
	}
	h.mailPort = mail.Addr().(*net.TCPAddr).Port
	h.webhookURL = "http://" + web.Addr().String() + "/hear"
	h.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &letterbox{heard: h}, nil }))
	h.smtp.ReadTimeout, h.smtp.WriteTimeout = hearLimitS*time.Second, hearLimitS*time.Second
	h.http = &http.Server{Handler: http.HandlerFunc(h.hear), ReadHeaderTimeout: hearLimitS * time.Second}
	h.done.Go(func() { _ = h.smtp.Serve(mail) }) // ends with close
	h.done.Go(func() { _ = h.http.Serve(web) })
	return h, nil
}

func (h *hearers) hear(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return // the network hung up, and will try again
	}
	h.webhooks.Add(1)
	w.WriteHeader(http.StatusNoContent)
}

func (h *hearers) close() {
	_ = h.smtp.Close()
	_ = h.http.Close()
	h.done.Wait()
}

// letterbox takes every mail.
type letterbox struct {
	heard *hearers
	to    string
}

func (*letterbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (l *letterbox) Rcpt(to string, _ *smtp.RcptOptions) error { l.to = to; return nil }
func (*letterbox) Reset()                                      {}
func (*letterbox) Logout() error                               { return nil }

func (l *letterbox) Data(r io.Reader) error {
	read := l.heard.read.Load()
	if read == nil {
		_, err := io.Copy(io.Discard, r)
		l.heard.mails.Add(1)
		return err
	}
	mail, err := io.ReadAll(io.LimitReader(r, maxMailBytes))
	if err == nil {
		l.heard.mails.Add(1)
		(*read)(l.to, mail)
	}
	return err
}
