package street

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"lockhouse"
)

const lockerID = "lkr_0000000000000001"

// steel is a cabinet with one door.
type steel struct {
	mu      sync.Mutex
	open    bool
	changed chan struct{}
}

func (s *steel) Doors() []Door {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []Door{{Number: 1, Open: s.open}}
}

func (s *steel) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *steel) Hand(number int, act Act) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number != 1 || act != ActShut {
		return lockhouse.Refuse(lockhouse.CodeConflict, "Not that.")
	}
	s.open = !s.open
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// echo is a Latch that sends each frame back, and refuses an empty sentence.
type echo struct {
	send   func([]byte) error
	closed chan struct{}
}

func (e *echo) Connect(_ string, mtu int, send func([]byte) error) (Session, error) {
	if mtu == 99 {
		return nil, errors.New("busy")
	}
	e.send, e.closed = send, make(chan struct{})
	return e, nil
}

func (e *echo) Info() []byte { return []byte("info") }
func (e *echo) Close()       { close(e.closed) }
func (e *echo) Write(frame []byte) error {
	if string(frame) == "no" {
		return refusal{}
	}
	return e.send(frame)
}

type refusal struct{}

func (refusal) Error() string { return "no" }
func (refusal) ATT() byte     { return 0x85 }

func open(t *testing.T) (*httptest.Server, *echo) {
	t.Helper()
	latch := &echo{}
	s := New([]Stand{{ID: lockerID, Name: "A", Cabinet: &steel{changed: make(chan struct{})}, Latch: latch,
		Compartments: []lockhouse.Compartment{{Number: 1, Size: "M", Column: 1, Row: 1}}}}, lockhouse.DefaultSizes(), slog.New(slog.DiscardHandler))
	server := httptest.NewServer(s.Handler(http.NotFoundHandler(), []string{"pages.example"}))
	t.Cleanup(server.Close)
	return server, latch
}

func status(t *testing.T, method, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func TestHands(t *testing.T) {
	server, _ := open(t)
	at := server.URL + "/api/lockers/" + lockerID + "/doors/"
	for path, want := range map[string]int{
		at + "1/shut": http.StatusNoContent,
		at + "1/kick": http.StatusConflict,
		at + "2/shut": http.StatusConflict,
		at + "x/shut": http.StatusBadRequest,
		server.URL + "/api/lockers/lkr_none/doors/1/shut": http.StatusNotFound,
	} {
		if got := status(t, http.MethodPost, path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func TestDoorsAreWatched(t *testing.T) {
	server, _ := open(t)
	at := server.URL + "/api/lockers/" + lockerID + "/doors"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return text
			}
		}
		t.Fatal("the street said no more")
		return ""
	}
	if first := next(); !strings.Contains(first, `"open":false`) {
		t.Errorf("at first: %s", first)
	}
	status(t, http.MethodPost, at+"/1/shut")
	if then := next(); !strings.Contains(then, `"open":true`) {
		t.Errorf("then: %s", then)
	}
}

func dial(t *testing.T, server *httptest.Server, query, origin string) (*websocket.Conn, error) {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), server.URL+"/radio/"+lockerID+query,
		&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	if err == nil {
		t.Cleanup(func() { conn.CloseNow() })
	}
	return conn, err
}

func TestDemoRadio(t *testing.T) {
	server, latch := open(t)
	conn, err := dial(t, server, "?mtu=23", "http://pages.example")
	if err != nil {
		t.Fatal(err)
	}
	hear := func() string {
		_, message, err := conn.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return string(message)
	}
	if got := hear(); got != "\x00info" {
		t.Errorf("first %q", got)
	}
	say := func(text string) {
		if err := conn.Write(t.Context(), websocket.MessageBinary, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	say("\x01hello")
	if got := []string{hear(), hear()}; !slices.Equal(got, []string{"\x03hello", "\x02\x00"}) {
		t.Errorf("after a frame: %q", got)
	}
	say("\x01no")
	if got := hear(); got != "\x02\x85" {
		t.Errorf("after a refused frame: %q", got)
	}
	say("\x07nonsense")
	if _, _, err := conn.Read(t.Context()); err == nil {
		t.Error("nonsense was answered")
	}
	<-latch.closed
}

func TestDemoRadioRefuses(t *testing.T) {
	server, latch := open(t)
	for _, query := range []string{"?mtu=22", "?mtu=518", "?mtu=x"} {
		if _, err := dial(t, server, query, "http://pages.example"); err == nil {
			t.Errorf("%s was taken", query)
		}
	}
	if _, err := dial(t, server, "", "http://elsewhere.example"); err == nil {
		t.Error("another site's page may use the radio")
	}
	conn, err := dial(t, server, "?mtu=99", "http://pages.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusTryAgainLater {
		t.Errorf("a busy locker: %v", err)
	}
	if conn, err = dial(t, server, "", "http://pages.example"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Write(context.Background(), websocket.MessageBinary, make([]byte, maxFrameBytes+2)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, _, err = conn.Read(t.Context())
	}
	<-latch.closed
}
