package shop_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// fakeNetwork speaks as much of the network's API as a shop uses, with room for one parcel at each site but one, and
// keeps what it was asked.
type fakeNetwork struct {
	*httptest.Server
	t *testing.T

	mu      sync.Mutex
	asked   []string // "PUT /v1/holds/TG-…"
	bodies  []map[string]any
	refuse  string // a path's ending that is refused as full
	onHeard func() // called while an announcement is being answered
}

const shopKey = "lhs_test"

func network(t *testing.T) *fakeNetwork {
	t.Helper()
	f := &fakeNetwork{t: t}
	f.Server = httptest.NewServer(http.HandlerFunc(f.answer))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeNetwork) answer(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+shopKey {
		f.t.Errorf("%s %s without the shop's key", r.Method, r.URL.Path)
	}
	var body map[string]any
	if r.ContentLength > 0 {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			f.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
	}
	f.mu.Lock()
	f.asked, f.bodies = append(f.asked, r.Method+" "+r.URL.Path), append(f.bodies, body)
	refuse, onHeard := f.refuse, f.onHeard
	f.mu.Unlock()
	if body["site_id"] == "site_full" || refuse != "" && strings.HasSuffix(r.URL.Path, refuse) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"code":"full","detail":"There is no room left.","alternatives":[{"id":"site_b"}]}`))
		return
	}
	if strings.HasPrefix(r.URL.Path, "/v1/parcels/") && onHeard != nil {
		onHeard()
	}
	_, _ = w.Write([]byte(`{"lapses_at":"2026-11-24T12:20:00Z"}`))
}

// requests gives what was asked so far, without the references.
func (f *fakeNetwork) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, one := range f.asked {
		parts := strings.Split(one, "/")
		parts[3] = "*"
		out = append(out, strings.Join(parts, "/"))
	}
	return out
}

func (f *fakeNetwork) lastBody() map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bodies[len(f.bodies)-1]
}

func (f *fakeNetwork) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}
