package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"lockhouse"
)

// inside gives, for each size, a parcel that needs it.
var inside = map[string]map[string]int{
	"S": {"length_mm": 300, "width_mm": 200, "height_mm": 60, "weight_g": 900},
	"M": {"length_mm": 350, "width_mm": 250, "height_mm": 150, "weight_g": 2_500},
	"L": {"length_mm": 400, "width_mm": 350, "height_mm": 300, "weight_g": 7_000},
}

// sizes are drawn as often as there are compartments of them.
var sizes = []string{"S", "S", "S", "M", "M", "L"}

// actor is a shop's server and the courier and recipients behind it: one thing after the other, each until there is a
// definite answer.
type actor struct {
	cluster *Cluster
	ask     *caller
	ledger  *Ledger
	name    string
	random  *rand.Rand
	asked   int
	visits  sync.WaitGroup
	outside chan struct{} // holds maxVisits
}

// maxVisits is how many parcels of one actor are on their way at once.
const maxVisits = 16

// run walks parcels, one after the other, until stop is closed; what has begun is walked to its end.
func (a *actor) run(ctx context.Context, stop <-chan struct{}) {
	defer a.visits.Wait()
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(a.random.IntN(maxThinkMS)) * time.Millisecond):
		}
		if err := a.walk(ctx); err != nil {
			a.ledger.fail("actors that gave up", "%s: %w", a.name, err)
			return
		}
	}
}

// maxThinkMS is how long an actor thinks at most between two parcels.
const maxThinkMS = 30

// walk is one reference, as far as chance lets it go.
func (a *actor) walk(ctx context.Context) error {
	a.asked++
	e := entry{Reference: fmt.Sprintf("%s-%d", a.name, a.asked), Site: a.random.IntN(len(a.cluster.lockers)), Standing: asked,
		Size: sizes[a.random.IntN(len(sizes))]}
	a.ledger.put(e)
	if err := a.hold(ctx, &e); err != nil || e.Standing != held {
		return err
	}
	switch chance := a.random.IntN(10); {
	case chance < 2:
		return a.release(ctx, &e)
	case chance < 4:
		return a.leave(ctx, &e)
	}
	return a.deliver(ctx, e)
}

// hold keeps room. That there is none is a definite answer too.
func (a *actor) hold(ctx context.Context, e *entry) error {
	var view struct {
		ID     lockhouse.HoldID
		SiteID lockhouse.SiteID `json:"site_id"`
		State  lockhouse.HoldState
	}
	r, err := a.shop(ctx, http.MethodPut, "/v1/holds/"+e.Reference, map[string]any{
		"site_id": a.cluster.lockers[e.Site].site, "arrives": a.cluster.today, "parcel": inside[e.Size]}, &view)
	e.Doubted = r.doubts > 0
	switch {
	case err != nil:
		return err
	case r.code == string(lockhouse.CodeFull):
		return a.reached(e, refusedIt)
	case !r.done():
		return fmt.Errorf("hold %s was refused as %s", e.Reference, r.code)
	case view.State != lockhouse.HoldPlaced || view.SiteID != a.cluster.lockers[e.Site].site:
		return fmt.Errorf("hold %s is %s at %s", e.Reference, view.State, view.SiteID)
	}
	e.Hold = view.ID
	return a.reached(e, held)
}

func (a *actor) release(ctx context.Context, e *entry) error {
	if err := a.must(a.shop(ctx, http.MethodDelete, "/v1/holds/"+e.Reference, nil, nil)); err != nil {
		return err
	}
	return a.reached(e, released)
}

// leave has the hold's time be over: nobody waits for a quarter of an hour here.
func (a *actor) leave(ctx context.Context, e *entry) error {
	if err := a.cluster.age(ctx, e.Reference); err != nil {
		return err
	}
	return a.reached(e, left)
}

// deliver announces the parcel. Courier and recipient are other people than the shop: what they do goes on beside it.
func (a *actor) deliver(ctx context.Context, e entry) error {
	var view struct{ ID lockhouse.ParcelID }
	err := a.must(a.shop(ctx, http.MethodPut, "/v1/parcels/"+e.Reference, map[string]any{"tracking_number": e.tracking(),
		"recipient": map[string]string{"name": "Recipient " + e.Reference, "email": e.Reference + "@cluster.example", "language": "en"}}, &view))
	if err != nil {
		return err
	}
	e.Parcel = view.ID
	if err := a.reached(&e, announced); err != nil {
		return err
	}
	stays := a.random.IntN(20) == 0
	a.outside <- struct{}{}
	a.visits.Go(func() {
		defer func() { <-a.outside }()
		if err := a.visit(ctx, e, stays); err != nil {
			a.ledger.fail("visits that came to nothing", "%s: %w", e.Reference, err)
		}
	})
	return nil
}

// visit has the parcel put in, and nearly always taken out.
func (a *actor) visit(ctx context.Context, e entry, stays bool) (err error) {
	l := a.cluster.lockers[e.Site]
	if e.Ref, err = l.draw(ctx, a, e); err != nil {
		return err
	}
	if err := l.store(ctx, a, e); err != nil {
		return err
	}
	if err := a.reached(&e, stored); err != nil {
		return err
	}
	if stays && l.stays() {
		return nil
	}
	if err := l.collect(ctx, a, e); err != nil {
		return err
	}
	return a.reached(&e, collected)
}

func (e entry) tracking() string { return "LX-" + strings.ToUpper(e.Reference) }

// shop asks with the shop's key.
func (a *actor) shop(ctx context.Context, method, path string, in, out any) (reply, error) {
	r, err := a.ask.ask(ctx, method, path, a.cluster.keys.shop, in, out)
	a.ledger.doubted(r.doubts)
	return r, err
}

// must makes an error of a refusal.
func (a *actor) must(r reply, err error) error {
	if err == nil && !r.done() {
		err = fmt.Errorf("refused as %s: %s", r.code, r.body)
	}
	return err
}

func (a *actor) reached(e *entry, s standing) error {
	e.Standing = s
	a.ledger.put(*e)
	return nil
}
