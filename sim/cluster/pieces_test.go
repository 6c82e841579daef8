package cluster

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lockhouse/internal/process"
)

// backend is a node that is ready or not, and breaks off or not.
type backend struct {
	ready, breaks atomic.Bool
	asked         atomic.Int64
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" {
		if !b.ready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return
	}
	b.asked.Add(1)
	if b.breaks.Load() {
		panic(http.ErrAbortHandler)
	}
	fmt.Fprint(w, "done")
}

// TestBalancer: it sends to those that are ready, tries another where no connection came about, and never sends again what
// may have been done.
func TestBalancer(t *testing.T) {
	one := &backend{}
	server := httptest.NewServer(one)
	defer server.Close()
	nowhere, err := process.FreeAddress("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := startBalancer([]*Node{{Address: nowhere}, {Address: strings.TrimPrefix(server.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	awaitStatus(t, b, http.StatusServiceUnavailable)
	if n := one.asked.Load(); n != 0 {
		t.Errorf("a node that was not ready was asked %d times", n)
	}
	one.ready.Store(true)
	awaitStatus(t, b, http.StatusOK)
	b.ready[0].Store(true) // as if it had gone just now
	for range 4 {
		if got := status(t, b); got != http.StatusOK {
			t.Errorf("%d, though one node takes connections", got)
		}
	}
	one.breaks.Store(true)
	before := one.asked.Load()
	if got := status(t, b); got != http.StatusBadGateway || one.asked.Load() != before+1 {
		t.Errorf("%d, and the node was asked %d times for one request", got, one.asked.Load()-before)
	}
}

func status(t *testing.T, b *balancer) int {
	t.Helper()
	resp, err := http.Post(b.url+"/v1/receipts", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func awaitStatus(t *testing.T, b *balancer, want int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); status(t, b) != want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %d", want)
		}
	}
}

// TestJudge: which answers are definite, after which to ask again, and which must not be.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		status         int
		body           string
		again, nothing bool
	}{
		{status: 200}, {status: 201}, {status: 409, body: `{"code":"full"}`}, {status: 404, body: `{"code":"not_found"}`},
		{status: 503, again: true}, {status: 502, again: true}, {status: 429, again: true},
		{status: 500, nothing: true}, {status: 404, body: "nginx", nothing: true}, {status: 401, body: `{"code":"unauthorised"}`, nothing: true},
	} {
		r := reply{status: c.status, body: []byte(c.body)}
		err := r.judge("GET", "/")
		broken := err != nil && strings.Contains(err.Error(), errBroken.Error())
		if (err != nil) != (c.again || c.nothing) || broken != c.nothing {
			t.Errorf("%d %s: %v", c.status, c.body, err)
		}
	}
}

func TestFelt(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	var f felt
	f.answered(at(0), at(1)) // before
	f.answered(at(5), at(12))
	f.answered(at(13), at(14))
	f.answered(at(19), at(25)) // answered after
	answers, longest, silence := f.since(at(10), at(20))
	if answers != 2 || longest != 7*time.Second || silence != 6*time.Second {
		t.Errorf("%d answers, the longest %s, silent for %s", answers, longest, silence)
	}
}

func TestFillIn(t *testing.T) {
	got, err := fillIn("a = 1\n[t]\nb = 2\n", map[string]string{"a": "3", "b": `"x"`})
	if err != nil || got != "a = 3\n[t]\nb = \"x\"\n" {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"a = 1\n", "a = 1\nb = 2\n[t]\nb = 3\n"} {
		if _, err := fillIn(text, map[string]string{"a": "3", "b": "4"}); err == nil {
			t.Errorf("%q was filled in", text)
		}
	}
	if _, err := pageConfig(t.Context()); err != nil {
		t.Error(err)
	}
}
