package network

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestCrowd: so many connections as may are served; the next is told in HTTP that there is no room, and closed; and when
// one of them goes, there is.
func TestCrowd(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const most = 3
	c := newCrowd(listener, most, false)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "welcome") })}
	served := make(chan error, 1)
	go func() { served <- server.Serve(c) }()
	ask := func(client *http.Client) (int, string, string) {
		resp, err := client.Get("http://" + listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, resp.Header.Get("Retry-After"), string(text)
	}
	var guests []*http.Client
	for range most {
		guest := &http.Client{Transport: &http.Transport{}}
		guests = append(guests, guest)
		if status, _, text := ask(guest); status != 200 || text != "welcome" {
			t.Fatalf("%d %s", status, text)
		}
	}
	for range 5 {
		if status, wait, text := ask(&http.Client{Transport: &http.Transport{}}); status != 503 || wait == "" || !strings.Contains(text, "Come back") {
			t.Errorf("%d %q %s", status, wait, text)
		}
	}
	if answer := askLate(t, listener.Addr().String()); !strings.HasPrefix(answer, "HTTP/1.1 503 ") {
		t.Errorf("who asked late was told %q", answer)
	}
	if status, _, _ := ask(guests[0]); status != 200 {
		t.Error("a guest was sent away")
	}
	guests[0].CloseIdleConnections()
	for end := time.Now().Add(10 * time.Second); c.open.Load() >= most && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	if status, _, _ := ask(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}); status != 200 {
		t.Errorf("there is room, and yet %d", status)
	}
	if err := server.Close(); err != nil || !errors.Is(<-served, http.ErrServerClosed) {
		t.Error(err)
	}
}

// askLate connects, sees that nothing is said to one who did not ask (clients that keep connections would take it for noise), then asks.
func askLate(t *testing.T, addr string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("before it asked: %d bytes, %v", n, err)
	}
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: lockhouse\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
