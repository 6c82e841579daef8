package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"lockhouse/sim/paper"
)

// How much is asked at once of a network that was told to work on few requests at once.
const (
	floodClients  = 60 // half of them search, the others keep room
	floodRequests = 30 // of each, at most
	doorParcels   = 8
)

// TestFlood asks far more of a real server than it was told to work on. Whoever is sent away is told so and when to come
// back; nobody's connection breaks; and all the while every receipt of a locker is acknowledged, and couriers and the
// recipient get every grant that they ask for.
func TestFlood(t *testing.T) {
	s := serve(t, "", "max_at_work = 8")
	for i := range doorParcels {
		s.check(s.announce(fmt.Sprint("door-", i), "ada@example.org"))
	}
	var flood sync.WaitGroup
	var over atomic.Bool
	var served, refused atomic.Int64
	for client := range floodClients {
		flood.Go(func() {
			for n := 0; n < floodRequests && !over.Load(); n++ {
				r, err := s.floods(client, n)
				switch wait, _ := strconv.Atoi(r.header.Get("Retry-After")); {
				case err != nil:
					t.Errorf("a connection broke: %v", err)
				case r.status/100 == 2, r.status == http.StatusConflict: // the locker is full one day
					served.Add(1)
				case r.status == http.StatusServiceUnavailable && wait >= 1 && strings.Contains(string(r.body), `"unavailable"`):
					refused.Add(1)
				default:
					t.Errorf("%d, Retry-After %q: %s", r.status, r.header.Get("Retry-After"), r.body)
				}
			}
		})
	}
	doors := s.walkThroughDoors()
	over.Store(true)
	flood.Wait()
	s.check(doors)
	if served.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d served, %d sent away: that was no flood", served.Load(), refused.Load())
	}
	s.withinBounds()
}

// floods is one request of the many.
func (s *serving) floods(client, n int) (reply, error) {
	if client%2 == 0 {
		return s.ask(http.MethodGet, s.url+"/v1/sites?lat=38.9&lon=-77&length_mm=200&width_mm=150&height_mm=50&weight_g=300&day="+today(), s.keys.shop, "")
	}
	hold, err := json.Marshal(map[string]any{"site_id": "site_1", "arrives": today(), "parcel": smallParcel()})
	if err != nil {
		return reply{}, err
	}
	return s.ask(http.MethodPut, fmt.Sprintf("%s/v1/holds/flood-%d-%d", s.url, client, n), s.keys.shop, string(hold))
}

// walkThroughDoors is a courier's visit and the recipient's, parcel by parcel, with everything that needs the network.
func (s *serving) walkThroughDoors() error {
	var session string
	for range doorParcels {
		targets, err := s.sheet()
		if err != nil {
			return err
		}
		if len(targets) == 0 {
			return fmt.Errorf("the courier's sheet is empty")
		}
		ref := targets[0].Ref
		if err := s.handIn(s.locker.Store(ref, 1, paper.Visit{})); err != nil {
			return err
		}
		if session == "" {
			if session, err = s.signIn("ada@example.org"); err != nil {
				return err
			}
		}
		var mine struct {
			Parcels []struct {
				State string
				Grant *string
			}
		}
		if err := s.must(http.MethodGet, "/v1/recipient/parcels", session, nil, &mine); err != nil {
			return err
		}
		granted := 0
		for _, p := range mine.Parcels {
			if p.Grant != nil {
				granted++
			}
		}
		if granted != 1 {
			return fmt.Errorf("%d grants for one parcel in the locker", granted)
		}
		if err := s.handIn(s.locker.Collect(ref, paper.Visit{})); err != nil {
			return err
		}
	}
	return nil
}

// withinBounds holds that every queue is shown with a bound, by number or by age, and is within it.
func (s *serving) withinBounds() {
	s.t.Helper()
	all, queues := s.series(), 0
	for name, length := range all {
		queue, ok := strings.CutPrefix(name, "lockhouse_queue_length")
		if !ok {
			continue
		}
		queues++
		bound, byNumber := all["lockhouse_queue_bound"+queue]
		_, byAge := all["lockhouse_queue_max_age_seconds"+queue]
		if byNumber == byAge || byNumber && length > bound {
			s.t.Errorf("%s: %v of %v", queue, length, bound)
		}
	}
	if queues < 10 {
		s.t.Errorf("%d queues", queues)
	}
	refused := 0.
	for name, n := range all {
		if strings.HasPrefix(name, "lockhouse_http_requests_total") && strings.Contains(name, `code="unavailable"`) {
			refused += n
		}
	}
	if refused == 0 {
		s.t.Error("those who were sent away are not counted")
	}
}
