package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
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
		back := time.After(longtest.Or(5500*time.Millisecond, time.Minute)) // a little more than a connection is waited for
		told := c.askAll(outage.name)
		<-back
		s.check(outage.back())
		told()
		c.untilAnswered(50)
	}
	c.disperse()
	c.untilTold(shop)
	if forced := s.process.Stop(); forced {
		t.Error("it did not stop by itself")
	}
	c.nothingLost(shop)
}

// askAll lets many ask at once for what is not there. Each is told when to come back, or, if it was still waiting when the
// database came back, the truth; told waits for that.
func (c *crowd) askAll(outage string) (told func()) {
	c.t.Helper()
	var all sync.WaitGroup
	var refused atomic.Int32
	for n := range askersWhileGone {
		all.Go(func() {
			r, err := c.ask(http.MethodGet, fmt.Sprintf("%s/v1/holds/nobody-%d", c.url, n), c.keys.shop, "")
			switch {
			case err == nil && r.status == http.StatusServiceUnavailable && r.header.Get("Retry-After") != "":
				refused.Add(1)
			case err != nil || r.status != http.StatusNotFound:
				c.t.Errorf("%s: %d %v %s %v", outage, r.status, r.header, r.body, err)
			}
		})
	}
	if n := c.series()["go_goroutines"]; n == 0 || n > maxGoroutines {
		c.t.Errorf("%s: %v goroutines", outage, n)
	}
	return func() {
		c.t.Helper()
		if all.Wait(); refused.Load() == 0 {
			c.t.Errorf("%s: nobody was told to come back", outage)
		}
	}
}
