package main

import (
	"bytes"
	"strings"
	"sync"
)

// mailbox gives each recipient the link in the mail that says that their parcel is there. Other mails are thrown away.
type mailbox struct {
	take func(to string, mail []byte)

	mu      sync.Mutex
	waiting map[string]chan string // by reference
}

func newMailbox() *mailbox {
	m := &mailbox{waiting: map[string]chan string{}}
	m.take = m.put
	return m
}

// expect gives what the link says after its # in the mail that the parcel is there.
func (m *mailbox) expect(reference string) <-chan string {
	m.mu.Lock()
	defer m.mu.Unlock()
	token := make(chan string, 1)
	m.waiting[reference] = token
	return token
}

func (m *mailbox) put(to string, mail []byte) {
	reference, _, _ := strings.Cut(to, "@")
	m.mu.Lock()
	token := m.waiting[reference]
	m.mu.Unlock()
	if token == nil || !bytes.Contains(mail, readySubject) {
		return
	}
	if link := linkIn(mail); link != "" {
		m.mu.Lock()
		delete(m.waiting, reference)
		m.mu.Unlock()
		token <- link
	}
}

// readySubject stands in the mail that says that a parcel is there, in English (link/notice/words.go).
var readySubject = []byte("Subject: Your parcel is ready to collect")

// linkIn finds the link's secret, whose line the mail may have broken (quoted-printable, RFC 2045).
func linkIn(mail []byte) string {
	_, after, found := bytes.Cut(bytes.ReplaceAll(mail, []byte("=\r\n"), nil), []byte("/collect#"))
	if !found {
		return ""
	}
	end := bytes.IndexAny(after, " \r\n\"<")
	if end < 0 {
		return ""
	}
	return string(after[:end])
}
