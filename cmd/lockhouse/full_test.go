//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockhouse/internal/longtest"
	"lockhouse/internal/smalldisk"
)

// TestDiskFull fills the disk of a network under load, several times. It says so by 503 and when to come back, what it
// only reads it goes on answering, it goes on by itself when there is room, and nothing that it acknowledged is lost.
func TestDiskFull(t *testing.T) {
	const shops = 4
	disk := smalldisk.Mount(t, longtest.Or(96<<20, 768<<20), 0) // with room for what the clients keep, and a log of up to 256 MB
	s := serveAs(t, setting{top: "allow_private_webhooks = true", watch: "disk_floor_mb = 1", dataDir: filepath.Join(disk.Dir, "data")})
	shop := listen(t, s)
	c := gather(s, shops, rand.Uint64())
	for round := range longtest.Or(2, 20) {
		c.untilAnswered(50)
		s.check(disk.Fill())
		c.untilRefused(http.StatusServiceUnavailable, 10)
		s.noRoom(fmt.Sprintf("full-%d", round))
		if r, err := s.ask(http.MethodGet, s.url+"/v1/sites/site_1", s.keys.shop, ""); err != nil || r.status != http.StatusOK {
			t.Errorf("reading: %d %s %v", r.status, r.body, err)
		}
		s.check(disk.MakeRoom())
	}
	c.untilAnswered(50)
	c.disperse()
	c.untilTold(shop)
	if forced := s.process.Stop(); forced {
		t.Error("it did not stop by itself")
	}
	c.nothingLost(shop)
}

// noRoom asks for holds until one is refused for want of room. A few find some where a whole group of transactions had not: in
// the log, behind what was taken back.
func (s *serving) noRoom(reference string) {
	s.t.Helper()
	const most = 1_000
	for n := range most {
		r, err := s.ask(http.MethodPut, fmt.Sprintf("%s/v1/holds/%s-%d", s.url, reference, n), s.keys.shop,
			`{"site_id":"site_1","arrives":"`+today()+`","parcel":{"length_mm":1,"width_mm":1,"height_mm":1,"weight_g":1}}`)
		switch {
		case err == nil && r.status == http.StatusCreated:
		case err != nil || r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" || !strings.Contains(string(r.body), "room on the disk"):
			s.t.Errorf("with a full disk: %d %v %s %v", r.status, r.header, r.body, err)
			return
		default:
			return
		}
	}
	s.t.Errorf("%d holds were placed on a full disk", most)
}

// untilAnswered waits for so many more answers.
func (c *crowd) untilAnswered(more int) {
	c.t.Helper()
	c.until("answered", more, func() int { return c.answers })
}

// untilRefused waits until so many more were told to try again, by a status; 0 is a connection that broke.
func (c *crowd) untilRefused(status, more int) {
	c.t.Helper()
	c.until("refused", more, func() int { return c.refusals[status] })
}

func (c *crowd) until(what string, more int, count func() int) {
	c.t.Helper()
	read := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return count()
	}
	enough := read() + more
	for end := time.Now().Add(2 * patience); read() < enough; time.Sleep(askAgain) {
		if time.Now().After(end) {
			c.t.Fatalf("after %v only %d more were %s\n%s", 2*patience, more-enough+read(), what, c.process.Tail())
		}
	}
}
