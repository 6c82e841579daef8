package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/sim/paper"
)

// Limits of the clients of a network in trouble.
const (
	maxLive  = 8                     // holds that a client keeps before it gives one back
	maxAhead = 40                    // parcels that wait for the locker before no more are announced
	askAgain = 20 * time.Millisecond // after a connection that broke, or an answer that says: try again
)

// crowd is everybody who asks a network while it is in trouble. Each asks again in the same words until it is answered, as
// the answers say one should, and writes down what it was told.
type crowd struct {
	*serving
	stop    chan struct{} // closed when no more is to be bought
	locked  chan struct{} // closed when no more is to be announced
	shops   sync.WaitGroup
	visitor sync.WaitGroup

	mu        sync.Mutex
	holds     map[string]lockhouse.HoldState // by reference: what was acknowledged last
	announced []string                       // in their order; the locker's work
	receipts  []string                       // acknowledged, in their order
	visits    int                            // parcels that the locker is through with
	answers   int
	refusals  map[int]int // answers that said "try again", by status
}

// gather lets so many shops and the locker begin.
func gather(s *serving, shops int, seed uint64) *crowd {
	c := &crowd{serving: s, stop: make(chan struct{}), locked: make(chan struct{}), holds: map[string]lockhouse.HoldState{}, refusals: map[int]int{}}
	for shop := range shops {
		c.shops.Go(func() { c.shopping(shop, rand.New(rand.NewPCG(seed, uint64(shop)))) })
	}
	c.visitor.Go(c.lockers)
	return c
}

// disperse ends it: everybody gets the answers that they wait for, and the locker hands in what it has.
func (c *crowd) disperse() {
	close(c.stop)
	c.shops.Wait()
	close(c.locked)
	c.visitor.Wait()
}

func stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// insist asks until it is answered with anything else than "try again".
func (c *crowd) insist(method, path, key string, say any) reply {
	body, err := json.Marshal(say)
	if err != nil {
		panic(err)
	}
	if say == nil {
		body = nil
	}
	for end := time.Now().Add(4 * patience); time.Now().Before(end); time.Sleep(askAgain) {
		r, err := c.ask(method, c.url+path, key, string(body))
		if err == nil && r.status < 500 && r.status != http.StatusTooManyRequests {
			c.mu.Lock()
			c.answers++
			c.mu.Unlock()
			return r
		}
		c.mu.Lock()
		c.refusals[r.status]++
		c.mu.Unlock()
	}
	c.t.Errorf("%s %s is not answered any more", method, path)
	return reply{}
}

// shopping places holds, and confirms, releases or announces them.
func (c *crowd) shopping(shop int, random *rand.Rand) {
	var live []string
	for n := 0; !stopped(c.stop); n++ {
		reference := fmt.Sprintf("c%d-%d", shop, n)
		hold := map[string]any{"site_id": "site_1", "arrives": today(), "parcel": smallParcel()}
		switch r := c.insist(http.MethodPut, "/v1/holds/"+reference, c.keys.shop, hold); r.status {
		case http.StatusCreated, http.StatusOK:
			c.keep(reference, lockhouse.HoldPlaced)
		default:
			c.t.Errorf("placing %s: %d %s", reference, r.status, r.body)
			return
		}
		switch act := random.IntN(4); {
		case act == 0:
			c.verb(reference, "confirm", lockhouse.HoldConfirmed)
			live = append(live, reference)
		case act == 1 && !c.ahead():
			c.announceAndTell(reference)
		case act == 2:
			c.release(reference)
		default:
			live = append(live, reference)
		}
		if len(live) > maxLive {
			c.release(live[0])
			live = live[1:]
		}
	}
}

func (c *crowd) keep(reference string, is lockhouse.HoldState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds[reference] = is
}

func (c *crowd) verb(reference, verb string, makes lockhouse.HoldState) {
	if r := c.insist(http.MethodPost, "/v1/holds/"+reference+"/"+verb, c.keys.shop, nil); r.status != http.StatusOK {
		c.t.Errorf("%s %s: %d %s", verb, reference, r.status, r.body)
		return
	}
	c.keep(reference, makes)
}

func (c *crowd) release(reference string) {
	if r := c.insist(http.MethodDelete, "/v1/holds/"+reference, c.keys.shop, nil); r.status/100 != 2 {
		c.t.Errorf("releasing %s: %d %s", reference, r.status, r.body)
		return
	}
	c.keep(reference, lockhouse.HoldReleased)
}

// announceAndTell announces a parcel; the locker will store it and give it out.
func (c *crowd) announceAndTell(reference string) {
	r := c.insist(http.MethodPut, "/v1/parcels/"+reference, c.keys.shop, map[string]any{
		"tracking_number": "TRK" + reference, "recipient": map[string]string{"name": "Zubenelgenubi Quillfeather", "email": reference + "@example.org"}})
	if r.status/100 != 2 {
		c.t.Errorf("announcing %s: %d %s", reference, r.status, r.body)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.announced = append(c.announced, reference)
	c.holds[reference] = lockhouse.HoldReleased // once it was collected
}

// ahead tells whether the locker has enough to do.
func (c *crowd) ahead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.announced)-c.visits > maxAhead
}

// lockers stores and gives out what was announced, one after the other, and hands in each receipt until it is acknowledged.
func (c *crowd) lockers() {
	for {
		last := stopped(c.locked)
		c.mu.Lock()
		left := c.announced[c.visits:]
		c.mu.Unlock()
		if len(left) == 0 {
			if last {
				return
			}
			time.Sleep(askAgain)
			continue
		}
		for _, reference := range left {
			if !c.visit(reference) {
				return // it was said; whoever waits for the rest says how far it came
			}
			c.mu.Lock()
			c.visits++
			c.mu.Unlock()
		}
	}
}

func (c *crowd) visit(reference string) (done bool) {
	var found struct {
		Parcels []struct{ Ref lockhouse.ParcelRef }
	}
	r := c.insist(http.MethodGet, "/v1/operator/parcels?find="+reference, c.keys.operator, nil)
	if err := json.Unmarshal(r.body, &found); err != nil || len(found.Parcels) == 0 {
		c.t.Errorf("looking for %s: %d %s", reference, r.status, r.body)
		return false
	}
	ref, by := found.Parcels[len(found.Parcels)-1].Ref, paper.Visit{Phone: [8]byte{1}} // the oldest whose reference begins so
	stored, err := c.locker.Store(ref, 1, by)
	if err != nil {
		c.t.Error(err)
		return false
	}
	if !c.handInUntilKept(stored) {
		return false
	}
	collected, err := c.locker.Collect(ref, by)
	if err != nil {
		c.t.Error(err)
		return false
	}
	return c.handInUntilKept(collected)
}

func (c *crowd) handInUntilKept(receipts []string) (kept bool) {
	if r := c.insist(http.MethodPost, "/v1/receipts", "", map[string]any{"receipts": receipts}); r.status != http.StatusOK {
		c.t.Errorf("receipts: %d %s", r.status, r.body)
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receipts = append(c.receipts, receipts...)
	return true
}

// ear is a shop's server: what it was told, and by which messages.
type ear struct {
	server *httptest.Server
	mu     sync.Mutex
	told   map[string]map[string]int // ids of messages, by what they say, and how often each came
}

// listen gives the shop a server, and the network its address.
func listen(t *testing.T, s *serving) *ear {
	t.Helper()
	e := &ear{told: map[string]map[string]int{}}
	e.server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct {
			Type string
			Data struct{ Reference string }
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		said := m.Type + " " + m.Data.Reference
		if e.told[said] == nil {
			e.told[said] = map[string]int{}
		}
		e.told[said][r.Header.Get("webhook-id")]++
	}))
	t.Cleanup(e.server.Close)
	s.check(s.must(http.MethodPut, "/v1/webhook", s.keys.shop, map[string]any{"url": e.server.URL}, nil))
	return e
}

// missing gives what the shop should have been told and was not.
func (e *ear) missing(announced []string) (missing []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, reference := range announced {
		for _, kind := range []lockhouse.EventKind{lockhouse.EventParcelAnnounced, lockhouse.EventParcelDroppedOff, lockhouse.EventParcelCollected} {
			if said := string(kind) + " " + reference; len(e.told[said]) == 0 {
				missing = append(missing, said)
			}
		}
	}
	return missing
}

// twice gives what was said by more than one message. The same message again is no fault: its id says so.
func (e *ear) twice() (twice []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for said, ids := range e.told {
		if len(ids) > 1 {
			twice = append(twice, said)
		}
	}
	return twice
}
