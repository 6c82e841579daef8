package flow_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"lockhouse"
	"lockhouse/flow/hold"
	"lockhouse/store"
	"lockhouse/store/storetest"
)

// carts is how many references the clients share, and halls how many sites.
const (
	carts = 5
	halls = 2
)

// boxesAt are the compartments of each hall, by rank. They are few: most of what is asked for is contended.
var boxesAt = [halls][]int{{1, 2}, {1, 1, 3}}

// asked is one question about holds.
type asked struct {
	verb       string
	cart, hall int
	dimensions lockhouse.Dimensions
	now        time.Time // what the clock said to the room
}

// told is the answer to one: a code, or the hold.
type told struct {
	code    lockhouse.Code
	unknown bool
	hold    lockhouse.Hold
	hall    int
}

func (q asked) String() string {
	return fmt.Sprintf("%s cart %d, hall %d, %d g, at %s", q.verb, q.cart, q.hall, q.dimensions.Grams, q.now.Format("15:04"))
}

func (a told) String() string {
	if a.code != "" {
		return string(a.code)
	}
	h := a.hold
	return fmt.Sprintf("%s %s in hall %d, rank %d, placed %s, lapses %s", h.State, h.ID, a.hall, h.Rank, h.PlacedAt.Format("15:04"), h.LapsesAt.Format("2 15:04"))
}

// ledger is the model's state: what each cart has.
type ledger [carts]kept

// kept is what one cart has. Its id is empty when whoever made it was not told.
type kept struct {
	there            bool
	id               lockhouse.HoldID
	hall, rank       int
	state            lockhouse.HoldState
	lapses, placedAt time.Time
}

func (k kept) counted() bool {
	return k.there && (k.state == lockhouse.HoldPlaced || k.state == lockhouse.HoldConfirmed)
}
func (k kept) keeps(now time.Time) bool { return k.counted() && now.Before(k.lapses) }

// fits puts what is counted at a hall into its boxes, the biggest first and each into the smallest that takes it.
func (l ledger) fits(hall int) bool {
	var parcels []int
	for _, k := range l {
		if k.counted() && k.hall == hall {
			parcels = append(parcels, k.rank)
		}
	}
	slices.SortFunc(parcels, func(a, b int) int { return b - a })
	free := slices.Sorted(slices.Values(boxesAt[hall]))
	for _, rank := range parcels {
		at := slices.IndexFunc(free, func(box int) bool { return box >= rank })
		if at < 0 {
			return false
		}
		free = slices.Delete(free, at, at+1)
	}
	return true
}

// mayLapse is what may be after letting go what is over, at one hall or (-1) at all: who lets go passes over what somebody
// else has in hand, so it may be any of them.
func (l ledger) mayLapse(hall int, now time.Time) []ledger {
	after := []ledger{l}
	for i, k := range l {
		if !k.counted() || k.keeps(now) || hall >= 0 && k.hall != hall {
			continue
		}
		for _, gone := range after {
			gone[i].state = lockhouse.HoldLapsed
			after = append(after, gone)
		}
	}
	return after
}

// keep gives a cart its room, if there is any once what is over has gone.
func (l ledger) keep(cart int, k kept, now time.Time) (after []ledger, code lockhouse.Code) {
	l[cart] = kept{}
	for _, try := range l.mayLapse(k.hall, now) {
		try[cart] = k
		if try.fits(k.hall) {
			after = append(after, try)
		}
	}
	if len(after) == 0 {
		return nil, lockhouse.CodeFull
	}
	return after, ""
}

// answer is what a network that does one thing at a time would say, and what may be then. In case of a code nothing has
// changed.
func (l ledger) answer(q asked) (after []ledger, code lockhouse.Code) {
	k := l[q.cart]
	switch {
	case q.verb == "lapse":
		return l.mayLapse(-1, q.now), ""
	case q.verb == "place":
		return l.place(q)
	case !k.there:
		return nil, lockhouse.CodeNotFound
	case q.verb == "confirm" && k.state == lockhouse.HoldReleased, q.verb == "extend" && k.state == lockhouse.HoldReleased:
		return nil, lockhouse.CodeConflict
	case q.verb == "extend" && !k.keeps(q.now):
		return nil, lockhouse.CodeLapsed
	case q.verb == "extend" && k.state == lockhouse.HoldPlaced:
		most := k.placedAt.Add(hold.MaxPlaced)
		if !k.lapses.Before(most) {
			return nil, lockhouse.CodeConflict
		}
		l[q.cart].lapses = earliest(most, latest(k.lapses, q.now.Add(hold.PlacedFor)))
	case q.verb == "release" && k.counted():
		l[q.cart].state = lockhouse.HoldReleased
	case q.verb == "confirm":
		kept := k.keeps(q.now)
		k.state, k.lapses = lockhouse.HoldConfirmed, lastMoment
		if !kept {
			return l.keep(q.cart, k, q.now)
		}
		l[q.cart] = k
	}
	return []ledger{l}, ""
}

func (l ledger) place(q asked) (after []ledger, code lockhouse.Code) {
	size, _ := lockhouse.DefaultSizes().Fit(q.dimensions) // all that these tests ask for fit
	old := l[q.cart]
	if old.keeps(q.now) && old.hall == q.hall && old.rank == size.Rank {
		return []ledger{l}, ""
	}
	k := kept{there: true, hall: q.hall, rank: size.Rank, state: lockhouse.HoldPlaced, lapses: q.now.Add(hold.PlacedFor), placedAt: q.now}
	if old.state == lockhouse.HoldConfirmed {
		k.state, k.lapses = lockhouse.HoldConfirmed, lastMoment
	}
	return l.keep(q.cart, k, q.now)
}

// lastMoment is when a confirmed hold of these tests is over: its site lies in Washington, and all of them arrive Today.
var lastMoment = func() time.Time {
	site := storetest.Site(0)
	zone, err := site.Location()
	if err != nil {
		panic(err)
	}
	return lockhouse.AsKept((storetest.Today + lockhouse.Day(site.HoldingDays) + 2).Start(zone))
}()

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// holds is the model: what the ledger may be after a question with its answer; nothing, when that can't have been the
// answer.
var holds = porcupine.NondeterministicModel{
	Init: func() []any { return []any{ledger{}} },
	Step: func(state, question, answer any) (states []any) {
		l, q, a := state.(ledger), question.(asked), answer.(told)
		after, code := l.answer(q)
		if a.unknown || code != "" {
			states = []any{l}
		}
		if code != a.code && !a.unknown {
			return nil
		}
		for _, next := range after {
			k, ok := next[q.cart].is(a, q.now)
			switch {
			case a.unknown, q.verb == "lapse":
				states = append(states, next)
			case ok:
				next[q.cart] = k
				states = append(states, next)
			}
		}
		return states
	},
	DescribeOperation: func(question, answer any) string { return fmt.Sprintf("%+v -> %+v", question, answer) },
}

// is tells whether an answer shows this very hold, and gives it with the id that is known by now.
func (k kept) is(a told, now time.Time) (kept, bool) {
	state := k.state
	if k.counted() && !k.keeps(now) {
		state = lockhouse.HoldLapsed
	}
	same := state == a.hold.State && k.hall == a.hall && k.rank == a.hold.Rank && k.lapses.Equal(a.hold.LapsesAt) && k.placedAt.Equal(a.hold.PlacedAt)
	if k.id != "" && k.id != a.hold.ID {
		same = false
	}
	k.id = a.hold.ID
	return k, same
}

// TestHoldsAreLinearizable: whatever shops ask at the same time about few compartments, with a clock that goes on and a
// timer that lets holds lapse, it is as if they had asked one after the other.
func TestHoldsAreLinearizable(t *testing.T) {
	linear(t, holds.ToModel(), func(t *testing.T, plain, s store.Store, round int, seed uint64) *history {
		var sites [halls]lockhouse.SiteID
		for hall, boxes := range boxesAt {
			site, _ := storetest.Build(t, plain, 1+round*halls+hall, count(boxes, 1), count(boxes, 2), count(boxes, 3))
			sites[hall] = site.ID
		}
		var clock atomic.Int64
		tills := make([]*teller, 6)
		for i := range tills {
			tills[i] = newTeller(s, lockhouse.ShopID(fmt.Sprintf("shop_%d", round)), sites, &clock)
		}
		h := runs(len(tills), 20, seed, func(h *history, client int, random *mathrand.Rand) { tills[client].ask(h, client, random) })
		late := newTeller(plain, "", sites, &clock)
		clock.Add(int64(400 * 24 * time.Hour)) // what is left keeps no room of the next round's, nor work of its timer's
		if _, err := late.Lapse(context.Background(), 1_000); err != nil {
			t.Fatal(err)
		}
		return h
	})
}

func count(boxes []int, rank int) (n int) {
	for _, b := range boxes {
		if b == rank {
			n++
		}
	}
	return n
}

// teller is a client with a desk of its own, which remembers what the common clock said to it.
type teller struct {
	*hold.Desk
	shop  lockhouse.ShopID
	sites [halls]lockhouse.SiteID
	clock *atomic.Int64
	now   time.Time
}

func newTeller(s store.Store, shop lockhouse.ShopID, sites [halls]lockhouse.SiteID, clock *atomic.Int64) *teller {
	c := &teller{shop: shop, sites: sites, clock: clock}
	c.Desk = &hold.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Random: rand.Reader, Now: func() time.Time {
		c.now = storetest.Noon.Add(time.Duration(clock.Load()))
		return c.now
	}}
	return c
}

// ask asks one question and writes it down.
func (c *teller) ask(h *history, client int, random *mathrand.Rand) {
	if random.IntN(6) == 0 {
		c.clock.Add(int64(random.IntN(8)) * int64(time.Minute))
	}
	q := asked{verb: verbs[random.IntN(len(verbs))], cart: random.IntN(carts), hall: random.IntN(halls),
		dimensions: []lockhouse.Dimensions{storetest.Book, storetest.Boots}[random.IntN(2)]}
	began := h.now()
	got, err := c.say(q)
	q.now = lockhouse.AsKept(c.now)
	a := told{code: lockhouse.CodeOf(err), hold: got, hall: slices.Index(c.sites[:], got.Site)}
	if err == nil {
		a.code = ""
	}
	a.unknown = a.code == lockhouse.CodeUnavailable
	h.note(client, began, q, a, a.unknown)
}

var verbs = []string{"place", "place", "place", "confirm", "extend", "release", "get", "lapse"}

func (c *teller) say(q asked) (h lockhouse.Hold, err error) {
	ctx, reference := context.Background(), fmt.Sprintf("cart-%d", q.cart)
	switch q.verb {
	case "place":
		h, _, err = c.Place(ctx, hold.Request{Shop: c.shop, Reference: reference, Site: c.sites[q.hall], Dimensions: q.dimensions, Arrives: storetest.Today})
	case "confirm":
		h, err = c.Confirm(ctx, c.shop, reference)
	case "extend":
		h, err = c.Extend(ctx, c.shop, reference)
	case "release":
		h, err = c.Release(ctx, c.shop, reference)
	case "get":
		h, err = c.Get(ctx, c.shop, reference)
	case "lapse":
		_, err = c.Lapse(ctx, 1_000)
	}
	return h, err
}
