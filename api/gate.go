package api

import (
	"container/list"
	"context"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/watch"
)

// class says how long a request can wait for its turn, and who goes first. A door at a locker opens without any of them;
// but a courier needs a grant, and what a locker signed must arrive.
type class int

// The classes, first comes first.
const (
	ofLockers class = iota // what lockers signed
	ofDoors                // recipients and couriers: grants, parcels, signing in
	ofShops                // holds and parcels
	ofLooks                // search, console, and what else is only looked at
	classes
	ungated // is not held up
)

// lane is what a class gets: the percentage of all places beyond which nobody of it gets in, so that those before it always
// find one; how long it waits; and how long it is sent away for.
var lanes = [classes]struct {
	name          string
	placesPercent int
	patienceMS    int
	awayS         int
}{
	ofLockers: {"lockers", 100, 10_000, 1},
	ofDoors:   {"doors", 90, 5_000, 1},
	ofShops:   {"shops", 75, 2_000, 2},
	ofLooks:   {"looks", 50, 1_000, 4},
}

// waitersPerPlace bounds each class's queue: so many wait for each place that it may have.
const waitersPerPlace = 2

// gate lets in as many requests at once as the machine has use for. The others wait in their class's queue, first come
// first; whom it has no room for, it sends away at once, which costs next to nothing.
type gate struct {
	places int
	behind func() bool // shops are sent away while it is true

	mu      sync.Mutex
	inside  int
	waiting [classes]list.List // of waiters
	refused int
}

// waiter waits for its turn.
type waiter struct {
	turn chan struct{} // closed when it has one
}

func newGate(places int, behind func() bool) *gate { return &gate{places: places, behind: behind} }

func (g *gate) most(c class) int        { return max(1, g.places*lanes[c].placesPercent/100) }
func (g *gate) mostWaiting(c class) int { return waitersPerPlace * g.most(c) }

// crowded refuses a request before anything of it is read, when it would not find room even to wait.
func (g *gate) crowded(c class) error {
	if c == ungated {
		return nil
	}
	behind := c == ofShops && g.behind != nil && g.behind()
	g.mu.Lock()
	defer g.mu.Unlock()
	if behind || g.waiting[c].Len() >= g.mostWaiting(c) {
		return g.away(c)
	}
	return nil
}

// away sends a request away, each a moment longer than the one before, so that they don't all come back together. The lock
// is held.
func (g *gate) away(c class) error {
	seconds := lanes[c].awayS + g.refused%(lanes[c].awayS+1)
	g.refused++
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network has too much to do at the moment; nothing was done. Come back in %d s.", seconds).
		With("retry_after_s", seconds)
}

// enter waits for a place. Whoever gets nil calls leave.
func (g *gate) enter(ctx context.Context, c class) error {
	if c == ungated {
		return nil
	}
	w, err := g.stand(c)
	if w == nil {
		return err
	}
	patience := time.NewTimer(time.Duration(lanes[c].patienceMS) * time.Millisecond)
	defer patience.Stop()
	select {
	case <-w.Value.(*waiter).turn:
		return nil
	case <-patience.C:
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.Value.(*waiter).turn: // in the last moment
		return nil
	default:
	}
	g.waiting[c].Remove(w)
	return g.away(c)
}

// stand takes a place if there is one, and otherwise stands in the queue.
func (g *gate) stand(c class) (*list.Element, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.inside < g.most(c) && g.waiting[c].Len() == 0:
		g.inside++
		return nil, nil
	case g.waiting[c].Len() >= g.mostWaiting(c):
		return nil, g.away(c)
	}
	return g.waiting[c].PushBack(&waiter{turn: make(chan struct{})}), nil
}

// leave gives a place back, to whoever waits and comes first.
func (g *gate) leave(c class) {
	if c == ungated {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	for c := range classes {
		for g.inside < g.most(c) && g.waiting[c].Len() > 0 {
			w := g.waiting[c].Remove(g.waiting[c].Front()).(*waiter)
			g.inside++
			close(w.turn)
		}
	}
}

// queues shows the gate: those inside, and each class's queue.
func (g *gate) queues() []watch.Queue {
	all := []watch.Queue{{Name: "requests at work", Bound: g.places, Beyond: "The next waits, by class.", Length: func() int {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.inside
	}}}
	for c := range classes {
		all = append(all, watch.Queue{
			Name: "requests of " + lanes[c].name, Bound: g.mostWaiting(c), Beyond: "The next is answered 503 and when to come back.",
			Length: func() int {
				g.mu.Lock()
				defer g.mu.Unlock()
				return g.waiting[c].Len()
			},
		})
	}
	return all
}

// classOf says which class a route's requests are of.
func classOf(r route) class {
	switch {
	case r.ungated:
		return ungated
	case r.tag == tagReceipt:
		return ofLockers
	case r.who.recipient, r.who.ownPage, r.tag == tagCourier:
		return ofDoors
	case r.tag == tagHold, r.tag == tagParcel, r.tag == tagWebhook:
		return ofShops
	}
	return ofLooks
}
