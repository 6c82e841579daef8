package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"lockhouse/internal/postgrestest"
)

// started serves two sites with five S and one M compartment each.
func started(t *testing.T) *httptest.Server {
	t.Helper()
	url, err := postgrestest.ForTest(t).Create(t.Context(), "baseline")
	if err != nil {
		t.Fatal(err)
	}
	s, err := open(t.Context(), url, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.pool.Close)
	if err := s.fill(t.Context(), 2, map[string]int{"S": 5, "M": 1}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.handler())
	t.Cleanup(server.Close)
	return server
}

// post sends JSON and reads the answer into out, if there is one.
func post(t *testing.T, url string, in, out any) (status int) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	if out != nil && resp.StatusCode < 300 {
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			t.Error(err)
		}
	}
	return resp.StatusCode
}

func TestBaseline(t *testing.T) {
	server := started(t)
	t.Run("a cycle frees its compartment", func(t *testing.T) {
		for i := range 3 { // there is one M at site 2
			var r reserved
			if got := post(t, server.URL+"/reserve", map[string]any{"reference": fmt.Sprint("cycle ", i), "site": 2, "size": "M"}, &r); got != http.StatusCreated {
				t.Fatalf("reserve: %d", got)
			}
			parcel := fmt.Sprintf("%s/parcels/%d", server.URL, r.Parcel)
			for _, step := range []struct {
				path, code string
				want       int
			}{{"/pickup", r.Code, 409}, {"/store", "", 200}, {"/store", "", 409}, {"/pickup", "wrong", 409}, {"/pickup", r.Code, 200}, {"/pickup", r.Code, 409}} {
				if got := post(t, parcel+step.path, map[string]string{"code": step.code}, nil); got != step.want {
					t.Errorf("%s: %d, want %d", step.path, got, step.want)
				}
			}
		}
	})
	t.Run("a compartment has one parcel, however many ask", func(t *testing.T) {
		var got, full atomic.Int32
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				switch post(t, server.URL+"/reserve", map[string]any{"reference": fmt.Sprint("rush ", i), "site": 1, "size": "S"}, nil) {
				case http.StatusCreated:
					got.Add(1)
				case http.StatusConflict:
					full.Add(1)
				}
			})
		}
		all.Wait()
		if got.Load() != 5 || full.Load() != 15 {
			t.Errorf("%d got one of the 5 compartments and %d were told full", got.Load(), full.Load())
		}
	})
	t.Run("nonsense is refused", func(t *testing.T) {
		if got := post(t, server.URL+"/reserve", "nonsense", nil); got != http.StatusBadRequest {
			t.Errorf("reserve: %d", got)
		}
		if got := post(t, server.URL+"/parcels/none/store", nil, nil); got != http.StatusNotFound {
			t.Errorf("store: %d", got)
		}
	})
}

func TestParseCounts(t *testing.T) {
	if got, err := parseCounts("1,2,3"); err != nil || got["S"] != 1 || got["M"] != 2 || got["L"] != 3 {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "1,2", "1,2,x", "1,2,-3", "1,2,3,4"} {
		if _, err := parseCounts(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
