package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lockhouse/bus"
	"lockhouse/internal/longtest"
	"lockhouse/internal/natstest"
	"lockhouse/internal/postgrestest"
	"lockhouse/store/postgres"
	"lockhouse/watch"
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
		first, told := c.askAll(outage.name)
		<-back
		select {
		case <-first: // a busy machine begins to wait late
		case <-time.After(patience):
		}
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
// database came back, the truth; told waits for that. first is closed when the first was told to come back.
func (c *crowd) askAll(outage string) (first <-chan struct{}, told func()) {
	c.t.Helper()
	var all sync.WaitGroup
	var refused atomic.Int32
	one := make(chan struct{})
	for n := range askersWhileGone {
		all.Go(func() {
			r, err := c.ask(http.MethodGet, fmt.Sprintf("%s/v1/holds/nobody-%d", c.url, n), c.keys.shop, "")
			switch {
			case err == nil && r.status == http.StatusServiceUnavailable && r.header.Get("Retry-After") != "":
				if refused.Add(1) == 1 {
					close(one)
				}
			case err != nil || r.status != http.StatusNotFound:
				c.t.Errorf("%s: %d %v %s %v", outage, r.status, r.header, r.body, err)
			}
		})
	}
	if n := c.series()["go_goroutines"]; n == 0 || n > maxGoroutines {
		c.t.Errorf("%s: %v goroutines", outage, n)
	}
	return one, func() {
		c.t.Helper()
		if all.Wait(); refused.Load() == 0 {
			c.t.Errorf("%s: nobody was told to come back", outage)
		}
	}
}

// TestNATSGone kills the whole NATS cluster of a network, for a while (a minute in the long run), and starts it again: shops
// and lockers are served meanwhile, since what is decided is in the store, and every event is carried afterwards.
func TestNATSGone(t *testing.T) {
	const shops = 4
	file := filepath.Join(t.TempDir(), "nats.keys")
	keys, err := nodeKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	cluster := natstest.ForTest(t, natstest.Options{Stanza: bus.Stanza(keys)})
	s := serveAs(t, setting{top: fmt.Sprintf("allow_private_webhooks = true\nbus.urls = [\"%s\"]\nbus.credentials_file = %q",
		strings.Join(cluster.URLs(false), `", "`), filepath.ToSlash(file))})
	shop := listen(t, s)
	c := gather(s, shops, rand.Uint64())
	c.untilAnswered(50)
	for i := range natstest.Size {
		s.check(cluster.Server(i).Kill())
	}
	back := time.After(longtest.Or(3*time.Second, time.Minute))
	c.untilBus(false)
	c.untilAnswered(50)
	<-back
	var starting sync.WaitGroup
	for i := range natstest.Size { // together: each waits for another
		starting.Go(func() {
			if err := cluster.Server(i).Restart(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	c.untilBus(true)
	c.untilAnswered(50)
	c.disperse()
	c.untilTold(shop)
	if forced := s.process.Stop(); forced {
		t.Error("it did not stop by itself")
	}
	c.nothingLost(shop)
}

// untilBus waits until the network says of its bus that it is there, or not.
func (c *crowd) untilBus(there bool) {
	c.t.Helper()
	for end := time.Now().Add(2 * patience); ; time.Sleep(askAgain) {
		r, err := c.ask(http.MethodGet, c.private+"/readyz", "", "")
		if err != nil {
			c.t.Fatal(err)
		}
		var says struct {
			Checks []watch.Finding
		}
		if err := json.Unmarshal(r.body, &says); err != nil {
			c.t.Fatalf("%s %v", r.body, err)
		}
		for _, check := range says.Checks {
			if check.Check == "bus" && (check.State == watch.OK) == there {
				return
			}
		}
		if time.Now().After(end) {
			c.t.Fatalf("the bus should be there: %v; the network says %s", there, r.body)
		}
	}
}
