package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// maxLookedAfter bounds how many holds are looked for again.
const maxLookedAfter = 300

// TestDrain stops a real server under load, as an operator's machine does. A load balancer that looks at /readyz sends no
// more once it says no; until then, and for all that is under way, every request is answered; the process ends by itself;
// and what was kept is there when it is back.
func TestDrain(t *testing.T) {
	s := serve(t, "drain_grace_s = 3", "") // in which a busy machine has to see the first no
	var away atomic.Bool                   // what the load balancer knows
	var kept sync.Map
	var answered atomic.Int64
	var clients sync.WaitGroup
	for client := range 16 {
		clients.Go(func() {
			for n := 0; !away.Load(); n++ {
				reference := fmt.Sprintf("drain-%d-%d", client, n)
				hold, _ := json.Marshal(map[string]any{"site_id": "site_1", "arrives": today(), "parcel": smallParcel()})
				r, err := s.ask(http.MethodPut, s.url+"/v1/holds/"+reference, s.keys.shop, string(hold))
				switch {
				case err != nil:
					t.Errorf("a request was cut off: %v", err)
					return
				case r.status == http.StatusCreated:
					kept.Store(reference, true)
				case r.status != http.StatusConflict && r.status != http.StatusServiceUnavailable:
					t.Errorf("%d %s", r.status, r.body)
				}
				answered.Add(1)
			}
		})
	}
	for answered.Load() < 50 {
		time.Sleep(time.Millisecond)
	}
	s.check(s.process.Signal(syscall.SIGTERM))
	s.untilAway()
	away.Store(true)
	if r, err := s.ask(http.MethodGet, s.private+"/readyz", "", ""); err != nil || r.status != http.StatusServiceUnavailable || !strings.Contains(string(r.body), "shutting down") {
		t.Errorf("the private port says %d %s %v", r.status, r.body, err)
	}
	if r, err := s.ask(http.MethodGet, s.url+"/healthz", "", ""); err != nil || r.status != http.StatusOK {
		t.Errorf("who drains lives: %d %v", r.status, err)
	}
	clients.Wait()
	select {
	case <-s.process.Exited():
	case <-time.After(patience):
		t.Fatalf("it does not end\n%s", s.process.Tail())
	}
	s.start()
	there := 0
	kept.Range(func(reference, _ any) bool {
		if there++; there > maxLookedAfter {
			return false
		}
		if r, err := s.ask(http.MethodGet, s.url+"/v1/holds/"+reference.(string), s.keys.shop, ""); err != nil || r.status != http.StatusOK {
			t.Errorf("%s: %d %v", reference, r.status, err)
		}
		return true
	})
	if there == 0 {
		t.Error("no hold was kept: nothing was tested")
	}
}

// untilAway waits until /readyz says no.
func (s *serving) untilAway() {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r, err := s.ask(http.MethodGet, s.url+"/readyz", "", "")
		if err != nil {
			s.t.Fatalf("it stopped serving before it said so: %v", err)
		}
		if r.status == http.StatusServiceUnavailable {
			return
		}
	}
	s.t.Fatal("it goes on saying that it is ready")
}
