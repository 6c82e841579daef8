package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"lockhouse/internal/longtest"
	"lockhouse/internal/postgrestest"
	"lockhouse/store/postgres"
)

// Bounds of what a network takes while its database is gone.
const (
	askersWhileGone = 300   // at once
	maxGoroutines   = 5_000 // in the whole process, with all of them waiting
)

// TestPostgresGone takes the database away for a while (a minute in the long run): once so that connections stay and nobody
// answers, once so that there is nobody to connect to. Whoever asks is told to come back, and nobody waits without end; when
// it is back the network goes on by itself, and nothing that it acknowledged is lost.
func TestPostgresGone(t *testing.T) {
	const shops = 8
	server := postgrestest.ForTest(t)
	url, err := server.Create(t.Context(), "lockhouse")
	if err != nil {
		t.Fatal(err)
	}
	if err := postgres.Migrate(t.Context(), postgres.Options{URL: url}, func(string) {}); err != nil {
		t.Fatal(err)
	}
	s := serveAs(t, setting{top: fmt.Sprintf("allow_private_webhooks = true\nstore.url = %q", url)})
	shop := listen(t, s)
	c := gather(s, shops, rand.Uint64())
	for _, outage := range []struct {
		name       string
		away, back func() error
	}{
		{"silent", server.Pause, server.Resume},
		{"stopped", server.StopImmediately, func() error { return server.Restart(t.Context()) }},
	} {
		c.untilAnswered(50)
		s.check(outage.away())
		back := time.After(longtest.Or(4*time.Second, time.Minute))
		c.askAll(outage.name)
		<-back
		s.check(outage.back())
		c.untilAnswered(50)
	}
	c.disperse()
	c.untilTold(shop)
	if forced := s.process.Stop(); forced {
		t.Error("it did not stop by itself")
	}
	c.nothingLost(shop)
}

// askAll lets many ask at once: each is refused by 503 and told when to come back.
func (c *crowd) askAll(outage string) {
	c.t.Helper()
	var all sync.WaitGroup
	for n := range askersWhileGone {
		all.Go(func() {
			r, err := c.ask(http.MethodGet, fmt.Sprintf("%s/v1/holds/nobody-%d", c.url, n), c.keys.shop, "")
			if err != nil || r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" {
				c.t.Errorf("%s: %d %v %s %v", outage, r.status, r.header, r.body, err)
			}
		})
	}
	if n := c.series()["go_goroutines"]; n == 0 || n > maxGoroutines {
		c.t.Errorf("%s: %v goroutines", outage, n)
	}
	all.Wait()
}
