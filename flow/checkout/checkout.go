// Package checkout answers the first question of a parcel's journey: where can it be collected? It offers the sites
// nearest to a point that have room for a parcel of these dimensions on this day, nearest first.
//
// It answers from memory (estate/nearby), and reads nothing from the store but the asking cart's own hold, so that a cart never
// finds its own room full. What it knows of rooms follows the store's events: an answer says as of when. An offer
// promises nothing; flow/hold does, and decides by the store.
package checkout

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/estate/nearby"
	"lockhouse/store"
)

// Limits of one question.
const (
	DefaultOffers = 10
	MaxOffers     = 50
	MaxSitesSeen  = 500 // the nearest sites, of which one says why there is no offer
)

// Desk is where checkouts ask. Its fields are set once, by the assembly. It knows nothing before Refresh or Follow has read the
// store.
type Desk struct {
	Store store.Store
	Sizes lockhouse.Sizes
	Now   func() time.Time

	index atomic.Pointer[nearby.Index] // nil before the first reading
	asOf  atomic.Int64                 // microseconds since 1970
	zones zones

	following sync.Mutex // what follows is the follower's alone
	mark      mark
	alike     alike
}

// Question is what a checkout wants to know.
type Question struct {
	Near       lockhouse.Point
	Dimensions lockhouse.Dimensions
	Day        lockhouse.Day // on which the parcel would arrive, a date at the site

	Shop      lockhouse.ShopID // with Reference: whose hold counts as free
	Reference string           // "" when the cart has none yet

	Kinds    []lockhouse.HostKind // only these; empty for any
	NotKinds []lockhouse.HostKind // none of these
	StepFree bool                 // only sites without a step
	Guarded  bool                 // only sites with somebody on duty
	Except   lockhouse.SiteID     // not this one, which has just refused; "" for none
	Limit    int                  // 1 to MaxOffers; 0 for DefaultOffers

	WithoutPhone bool // only sites from which people without a smartphone can collect
}

// Offer is one site with room.
type Offer struct {
	Site        *lockhouse.Site // shared by all answers: not to be changed
	DistanceM   int             // along the great circle
	OpenNow     bool
	NextOpening time.Time     // now when it is open; zero when it does not open within a year
	From, Until lockhouse.Day // for which a hold would keep room
}

// Answer is what a checkout is told. Where Sites is empty, NoneBecause says why: too_large (which limit, and by how
// much), past, closed, full, or not_found when no site passes the filters.
type Answer struct {
	Size        lockhouse.Size
	AsOf        time.Time // what the store said until then is in it, and perhaps more
	Sites       []Offer
	NoneBecause *lockhouse.Error
}

// Offers answers a question. Its error is for a question that can't be understood, or a desk that knows no sites yet.
func (d *Desk) Offers(ctx context.Context, q Question) (a Answer, err error) {
	if q, err = checked(q); err != nil {
		return a, err
	}
	size, err := d.Sizes.Fit(q.Dimensions)
	none, large := tooLarge(err)
	if err != nil && !large {
		return a, err
	}
	index := d.index.Load()
	if index == nil {
		return a, errReading
	}
	a = Answer{Size: size, AsOf: d.AsOf(), NoneBecause: none}
	if large {
		return a, nil
	}
	s := search{Question: q, index: index, zones: &d.zones, rank: a.Size.Rank, now: d.Now()}
	if err := s.askForOwn(ctx, d.Store); err != nil {
		return a, err
	}
	if a.Sites = s.offers(); len(a.Sites) == 0 {
		a.NoneBecause = s.why()
	}
	return a, nil
}

// AsOf gives the moment up to which the desk knows what the store said; the zero time before it has read anything.
func (d *Desk) AsOf() time.Time {
	if d.index.Load() == nil {
		return time.Time{}
	}
	return time.UnixMicro(d.asOf.Load()).UTC()
}

// Known gives how many sites the desk knows.
func (d *Desk) Known() int {
	if index := d.index.Load(); index != nil {
		return index.Len()
	}
	return 0
}
