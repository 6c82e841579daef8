package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"lockhouse/bench/load"
)

// The steps of a life, in walking order. The courier's and the mail's time count what we have them wait for on purpose.
var lifeSteps = []string{"checkout", "hold", "announce", "drop-off", "notice", "sign in, grant", "collect", load.Whole}

// live is the whole life of a parcel: a shop looks for a site, keeps room and announces; a courier brings it with others;
// the mail's link signs the recipient in, whose phone draws a grant; the locker signs what happened, and its line brings
// it home.
func (l *life) live(ctx context.Context, n int, due time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, lifeLimitS*time.Second)
	defer cancel()
	w := lifeOf(n, l.house.population)
	s := l.stops[w.site]
	t := l.took.start(due)
	if err := l.atShop(ctx, w, t); err != nil {
		return err
	}
	letter := l.mails.expect(w.reference)
	ref, err := s.bring(ctx, w)
	if err != nil {
		return err
	}
	t.done("drop-off")
	token, err := wait(ctx, letter)
	if err != nil {
		return fmt.Errorf("no mail came: %w", err)
	}
	t.done("notice")
	if err := l.drawGrant(ctx, token); err != nil {
		return err
	}
	t.done("sign in, grant")
	if err := s.collect(ctx, ref); err != nil {
		return err
	}
	t.done("collect")
	t.end()
	return nil
}

// lifeOf spreads parcels over the sites, each size as often as there are compartments of it.
func lifeOf(n int, p population) want {
	w := want{site: n % p.Sites, reference: fmt.Sprintf("life-%d", n)}
	slot := (n / p.Sites) % p.compartments()
	for _, w.size = range []string{"S", "M", "L"} {
		if slot -= p.Each[w.size]; slot < 0 {
			break
		}
	}
	return w
}

// atShop is what the shop asks of the network.
func (l *life) atShop(ctx context.Context, w want, t *timed) error {
	c, err := wait(ctx, l.pool)
	if err != nil {
		return err
	}
	defer func() { l.pool <- c }()
	h, d, near := l.house, inside[w.size], siteOf(w.site).Point
	var found struct{ Sites []struct{ ID string } }
	err = c.call(ctx, http.MethodGet, fmt.Sprintf("/v1/sites?lat=%f&lon=%f&length_mm=%d&width_mm=%d&height_mm=%d&weight_g=%d&day=%s&limit=3",
		near.Lat, near.Lon, d.LengthMM, d.WidthMM, d.HeightMM, d.Grams, h.arrives), h.keys.shop, nil, &found)
	if err != nil {
		return err
	}
	if len(found.Sites) == 0 {
		return fmt.Errorf("no site has room near %s", siteID(w.site))
	}
	t.done("checkout")
	err = c.call(ctx, http.MethodPut, "/v1/holds/"+w.reference, h.keys.shop, fmt.Appendf(nil,
		`{"site_id":%q,"arrives":%q,"parcel":{"length_mm":%d,"width_mm":%d,"height_mm":%d,"weight_g":%d}}`,
		siteID(w.site), h.arrives, d.LengthMM, d.WidthMM, d.HeightMM, d.Grams), nil)
	if err != nil {
		return err
	}
	t.done("hold")
	err = c.call(ctx, http.MethodPut, "/v1/parcels/"+w.reference, h.keys.shop, fmt.Appendf(nil,
		`{"tracking_number":%q,"recipient":{"name":"Recipient %s","email":"%s@bench.example","language":"en"}}`,
		tracking(w), w.reference, w.reference), nil)
	t.done("announce")
	return err
}

// drawGrant signs the recipient in and has their phone draw what opens the door.
func (l *life) drawGrant(ctx context.Context, token string) error {
	c, err := wait(ctx, l.pool)
	if err != nil {
		return err
	}
	defer func() {
		c.cookie = ""
		l.pool <- c
	}()
	if err := c.call(ctx, http.MethodPost, "/v1/recipient/sign-in", "", fmt.Appendf(nil, `{"token":%q,"phone_key":%q}`, token, l.house.phone), nil); err != nil {
		return err
	}
	c.cookie = c.given
	var mine struct{ Parcels []struct{ Grant string } }
	if err := c.call(ctx, http.MethodGet, "/v1/recipient/parcels", "", nil, &mine); err != nil {
		return err
	}
	if len(mine.Parcels) != 1 || mine.Parcels[0].Grant == "" {
		return fmt.Errorf("the recipient has %d parcels, or no grant", len(mine.Parcels))
	}
	return nil
}

// wait receives from a channel, or gives up with ctx.
func wait[T any](ctx context.Context, from <-chan T) (v T, err error) {
	select {
	case v = <-from:
		return v, nil
	case <-ctx.Done():
		return v, context.Cause(ctx)
	}
}

// stepTimes gathers how long steps took.
type stepTimes struct {
	mu   sync.Mutex
	took map[string][]time.Duration
}

func newStepTimes() *stepTimes { return &stepTimes{took: map[string][]time.Duration{}} }

// timed is one life's clock.
type timed struct {
	all        *stepTimes
	due, since time.Time
	took       map[string]time.Duration
}

// start begins a clock at the moment at which the life was due: what it began late counts.
func (s *stepTimes) start(due time.Time) *timed {
	return &timed{all: s, due: due, since: due, took: make(map[string]time.Duration, len(lifeSteps))}
}

func (t *timed) done(step string) {
	now := time.Now()
	t.took[step], t.since = now.Sub(t.since), now
}

func (t *timed) end() {
	t.took[load.Whole] = time.Since(t.due)
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	for step, d := range t.took {
		t.all.took[step] = append(t.all.took[step], d)
	}
}

func (s *stepTimes) latencies() (all []load.Took) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range lifeSteps {
		all = append(all, load.Took{Step: step, Latency: load.LatencyOf(s.took[step])})
	}
	return all
}
