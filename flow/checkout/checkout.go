// Package checkout answers the first question of a parcel's journey: where can it be collected? It offers the sites
// nearest to a point that have room for a parcel of these dimensions on this day, nearest first.
//
// An offer promises nothing; flow/hold does. But it counts what a hold would count: room kept by holds whose time is
// over is free, and so is the room of the asking cart's own hold, so that a cart never finds its own room full.
package checkout

import (
	"context"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/store"
)

// Limits of one question.
const (
	DefaultOffers = 10
	MaxOffers     = 50
	MaxSitesSeen  = 2_000 // sites looked at before a question is answered with what was found
)

// Desk is where checkouts ask. Its fields are set once, by the assembly; it remembers where sites are between questions.
type Desk struct {
	Store store.Store
	Sizes lockhouse.Sizes
	Now   func() time.Time

	places places
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
	Limit    int                  // 1 to MaxOffers; 0 for DefaultOffers
}

// Offer is one site with room.
type Offer struct {
	Site        lockhouse.Site
	DistanceM   int // along the great circle
	OpenNow     bool
	NextOpening time.Time     // now when it is open; zero when it does not open within a year
	From, Until lockhouse.Day // for which a hold would keep room
}

// Answer is what a checkout is told. Where Sites is empty, NoneBecause says why: too_large (which limit, and by how
// much), past, closed, full, or not_found when no site passes the filters.
type Answer struct {
	Size        lockhouse.Size
	Sites       []Offer
	NoneBecause *lockhouse.Error
}

// Offers answers a question. Its error is for a question that can't be understood, or a store that does not answer.
func (d *Desk) Offers(ctx context.Context, q Question) (a Answer, err error) {
	if q, err = checked(q); err != nil {
		return a, err
	}
	a.Size, err = d.Sizes.Fit(q.Dimensions)
	if none, large := tooLarge(err); large {
		a.NoneBecause = none
		return a, nil
	}
	if err != nil {
		return a, err
	}
	err = d.Store.View(ctx, func(tx store.Tx) error {
		if err := d.places.refresh(tx); err != nil {
			return err
		}
		s := search{tx: tx, q: q, size: a.Size, now: d.Now()}
		if err := s.own(); err != nil {
			return err
		}
		if err := d.places.nearest(q.Near, MaxSitesSeen, s.look); err != nil {
			return err
		}
		a.Sites, a.NoneBecause = s.found, s.why()
		return nil
	})
	return a, err
}

// search is one question on its way past the sites.
type search struct {
	tx    store.Tx
	q     Question
	size  lockhouse.Size
	now   time.Time
	cart  lockhouse.Hold // the asking cart's own hold, or empty
	found []Offer
	refused
}

// own finds the hold that the cart has already.
func (s *search) own() error {
	if s.q.Reference == "" {
		return nil
	}
	h, err := s.tx.Hold(s.q.Shop, s.q.Reference)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return nil
	}
	s.cart = h
	return err
}

// look takes the next nearest site and tells whether to go on.
func (s *search) look(site lockhouse.Site, metres float64) (more bool, err error) {
	if !s.q.wants(site) {
		s.filtered++
		return true, nil
	}
	from, until := capacity.Window(site, s.q.Day)
	if err := s.room(site, from, until); err != nil {
		return true, s.refuse(err)
	}
	s.found = append(s.found, offer(site, metres, s.now, from, until))
	return len(s.found) < s.q.Limit, nil
}

// room refuses a site that has none, by the same rules as a hold, without keeping any. Whether the parcel fits at all
// comes first: that is no matter of the day.
func (s *search) room(site lockhouse.Site, from, until lockhouse.Day) error {
	room, err := s.tx.Room(site.ID)
	if err != nil {
		return err
	}
	if !room.Fits(s.size.Rank) {
		return errTooSmall
	}
	if err := capacity.MayArrive(site, from, s.now); err != nil {
		return err
	}
	if room.FitsOn(from, until, s.size.Rank) {
		return nil
	}
	return s.roomWithout(site.ID, room, from, until)
}

// roomWithout asks again as if the cart's own hold and all that lapsed were gone.
func (s *search) roomWithout(site lockhouse.SiteID, room capacity.Room, from, until lockhouse.Day) error {
	gone, err := s.tx.LapsedHolds(site, s.now, maxLapsed)
	if err != nil {
		return err
	}
	if s.cart.Site == site && s.cart.Parcel == "" {
		gone = append(slices.DeleteFunc(gone, func(h lockhouse.Hold) bool { return h.ID == s.cart.ID }), s.cart)
	}
	for _, h := range gone {
		if err := room.Without(h); err != nil {
			return err
		}
	}
	if room.FitsOn(from, until, s.size.Rank) {
		return nil
	}
	return errFull
}

// maxLapsed is how many lapsed holds of one site are counted as free; a timer keeps them far fewer.
const maxLapsed = 1_000
