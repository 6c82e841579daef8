package mailbox_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"lockhouse/sim/mailbox"
)

const letter = "From: a@lockhouse.test\r\nTo: r@example.test\r\nSubject: =?utf-8?q?It=E2=80=99s_here?=\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n" +
	"Content-Transfer-Encoding: quoted-printable\r\n\r\nOpen http://127.0.0.1:7080/collect#abc=5F1.\r\n--b\r\n" +
	"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
	"PGh0bWw+PGhlYWQ+PC9oZWFkPjxib2R5PjxhIGhyZWY9Imh0dHA6Ly8xMjcuMC4wLjE6NzA4MC9jb2xsZWN0I2FiY18xIj5PcGVuPC9hPjxzY3JpcHQ+YWxlcnQoMSk8L3NjcmlwdD48L2JvZHk+PC9odG1sPg==\r\n--b--\r\n"

func TestReceivesAndShows(t *testing.T) {
	box := start(t)
	send(t, box, "r@example.test", letter)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, err := box.Wait(ctx, "R@example.test")
	if err != nil {
		t.Fatal(err)
	}
	if got.Subject != "It’s here" {
		t.Errorf("subject %q", got.Subject)
	}
	if len(got.Links) != 1 || got.Links[0] != "http://127.0.0.1:7080/collect#abc_1" {
		t.Errorf("links %q: the full stop belongs to the sentence", got.Links)
	}
	if !strings.Contains(got.HTML, ">Open</a>") {
		t.Errorf("html %q", got.HTML)
	}

	page := get(t, box, "/", http.StatusOK)
	if !strings.Contains(page.body, "It’s here") || !strings.Contains(page.body, `href="/mail/1"`) {
		t.Errorf("the list does not show the mail: %s", page.body)
	}
	mail := get(t, box, "/mail/1", http.StatusOK)
	if !strings.Contains(mail.body, `href="http://127.0.0.1:7080/collect#abc_1"`) {
		t.Errorf("the mail's link can't be clicked: %s", mail.body)
	}
	html := get(t, box, "/mail/1/html", http.StatusOK)
	if csp := html.header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || strings.Contains(csp, "allow-scripts") {
		t.Errorf("a mail's script would run: %q", csp)
	}
	get(t, box, "/mail/2", http.StatusNotFound)
	get(t, box, "/mail/nonsense", http.StatusNotFound)
}

func TestMarkupInASubjectIsText(t *testing.T) {
	box := start(t)
	send(t, box, "r@example.test", "Subject: <script>alert(1)</script>\r\n\r\nhello\r\n")
	if page := get(t, box, "/", http.StatusOK); strings.Contains(page.body, "<script>alert") {
		t.Error("a subject became markup")
	}
}

func TestRefuses(t *testing.T) {
	box := start(t)
	for name, c := range map[string]struct{ to, body string }{
		"an address without a host": {"nobody", letter},
		"a message over the limit":  {"r@example.test", "Subject: big\r\n\r\n" + strings.Repeat("0123456789abcdef\r\n", 70_000)},
		"something that's not mail": {"r@example.test", "no header at all\r\n"},
		"parts within parts":        {"r@example.test", nested(30)},
		"a part that breaks off":    {"r@example.test", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhalf"},
	} {
		if err := smtp.SendMail(box.Addr(), nil, "a@lockhouse.test", []string{c.to}, []byte(c.body)); err == nil {
			t.Errorf("took %s", name)
		}
	}
	if kept := box.Messages(); len(kept) != 0 {
		t.Errorf("kept %d of what it refused", len(kept))
	}
}

func TestKeepsTheLast(t *testing.T) {
	box := start(t)
	for i := range 205 {
		send(t, box, "r@example.test", fmt.Sprintf("Subject: %d\r\n\r\nx\r\n", i))
	}
	kept := box.Messages()
	if len(kept) != 200 || kept[0].Subject != "204" || kept[199].Subject != "5" {
		t.Errorf("kept %d, from %q to %q", len(kept), kept[0].Subject, kept[len(kept)-1].Subject)
	}
}

func TestListensOnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:25", "mail.example:25", "nonsense"} {
		if _, err := mailbox.Start(t.Context(), addr); err == nil {
			t.Errorf("listens on %s", addr)
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	box := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := box.Wait(ctx, "r@example.test"); err == nil {
		t.Error("found a mail that nobody sent")
	}
}

func start(t *testing.T) *mailbox.Mailbox {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	box, err := mailbox.Start(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		box.Stopped()
	})
	return box
}

func send(t *testing.T, box *mailbox.Mailbox, to, body string) {
	t.Helper()
	if err := smtp.SendMail(box.Addr(), nil, "a@lockhouse.test", []string{to}, []byte(body)); err != nil {
		t.Fatal(err)
	}
}

type page struct {
	body   string
	header http.Header
}

func get(t *testing.T, box *mailbox.Mailbox, path string, status int) page {
	t.Helper()
	w := httptest.NewRecorder()
	box.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	body, _ := io.ReadAll(w.Body)
	if w.Code != status {
		t.Fatalf("GET %s: %d, not %d", path, w.Code, status)
	}
	return page{string(body), w.Header()}
}

// nested makes a message with levels of parts within parts.
func nested(levels int) string {
	var b bytes.Buffer
	for i := range levels {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("Content-Type: text/plain\r\n\r\ndeep\r\n")
	for i := levels - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "--b%d--\r\n", i)
	}
	return b.String()
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(letter))
	f.Add([]byte(nested(3)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		mailbox.ReadForTest(raw) // must not panic, and must end
	})
}
