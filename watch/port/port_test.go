package port

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lockhouse/watch"
)

func TestPort(t *testing.T) {
	var broken, lame error
	now := time.Unix(1, 0)
	ready := &watch.Readiness{Now: func() time.Time { return now }, Checks: []watch.Check{{Name: "store", Vital: true, Look: func(context.Context) error { return broken }},
		{Name: "bus", Look: func(context.Context) error { return lame }}}}
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lockhouse_seven", Help: "Seven."}, func() float64 { return 7 }))
	ask := func(anywhere bool, host, path string) (int, string) {
		server := httptest.NewServer(New(Options{Registry: registry, Readiness: ready, Anywhere: anywhere}).Handler)
		defer server.Close()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if host != "" {
			req.Host = host
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	for _, c := range []struct {
		anywhere         bool
		host, path, says string
		status           int
	}{
		{false, "", "/metrics", "lockhouse_seven 7", 200},
		{false, "", "/healthz", `"status":"ok"`, 200},
		{false, "", "/readyz", `"check":"store","state":"ok"`, 200},
		{false, "", "/debug/pprof/", "goroutine", 200},
		{false, "", "/debug/pprof/heap?debug=1", "heap profile", 200},
		{false, "", "/", "", 404},
		{false, "localhost:7090", "/healthz", "ok", 200},
		{false, "[::1]:7090", "/healthz", "ok", 200},
		{false, "evil.example", "/debug/pprof/", "called by", 403},
		{false, "127.0.0.1.evil.example:7090", "/metrics", "called by", 403},
		{true, "metrics.example", "/metrics", "lockhouse_seven 7", 200},
	} {
		if status, text := ask(c.anywhere, c.host, c.path); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%+v: %d %s", c, status, text)
		}
	}
	lame = errors.New("no bus")
	now = now.Add(time.Minute)
	if status, text := ask(false, "", "/readyz"); status != 200 || !strings.HasPrefix(text, `{"status":"degraded"`) {
		t.Errorf("work may be sent here, and not all is well: %d %s", status, text)
	}
	broken = errors.New("the disk is gone")
	now = now.Add(time.Minute)
	if status, text := ask(false, "", "/readyz"); status != 503 || !strings.HasPrefix(text, `{"status":"failing"`) || !strings.Contains(text, "the disk is gone") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := ask(false, "", "/healthz"); status != 200 {
		t.Error("a network without a disk is not dead: a restart does not bring the disk back")
	}
}
