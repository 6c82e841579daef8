package checkout

import (
	"context"
	"math"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/estate/nearby"
	"lockhouse/store"
)

// search is one question on its way past the sites.
type search struct {
	Question
	index *nearby.Index
	zones *zones
	rank  int
	now   time.Time

	own  *lockhouse.Site // of the cart's own hold, if that keeps room and more could come of it; it is asked for by itself
	room capacity.Room   // of own, as if the hold were not there
}

// askForOwn looks for room that the cart keeps itself. A hold that became a parcel's is no cart's any more.
func (s *search) askForOwn(ctx context.Context, st store.Store) error {
	if s.Reference == "" {
		return nil
	}
	return st.View(ctx, func(tx store.Tx) error {
		h, err := tx.Hold(s.Shop, s.Reference)
		if lockhouse.CodeOf(err) == lockhouse.CodeNotFound || err == nil && (h.Parcel != "" || !capacity.Counted(h)) {
			return nil
		}
		if err != nil {
			return err
		}
		site, err := tx.Site(h.Site)
		if err != nil {
			return err
		}
		if s.room, err = tx.Room(h.Site); err != nil {
			return err
		}
		s.own = &site
		return s.room.Without(h)
	})
}

// offers gives the nearest sites with room.
func (s *search) offers() []Offer {
	hits := s.nearest(s.rank, s.Limit)
	offers := make([]Offer, 0, len(hits)+1)
	for _, h := range hits {
		offers = append(offers, s.offer(h.Site))
	}
	if s.own != nil && s.ownID() != s.Except && s.wants(s.own) && s.refusal(s.own, s.room.Fits(s.rank), s.ownHasRoom()) == nil {
		own := s.offer(s.own)
		at, _ := slices.BinarySearchFunc(offers, own, func(a, b Offer) int { return a.DistanceM - b.DistanceM })
		offers = slices.Insert(offers, at, own)
	}
	return offers[:min(len(offers), s.Limit)]
}

// ownID is the site of the cart's own hold; "" when there is none.
func (s *search) ownID() lockhouse.SiteID {
	if s.own == nil {
		return ""
	}
	return s.own.ID
}

func (s *search) ownHasRoom() bool {
	from, until := capacity.Window(*s.own, s.Day)
	return s.room.FitsOn(from, until, s.rank)
}

// nearest asks the index: for sites with room for a rank on the day, or, of rank 0, for any that pass the filters. The
// cart's own is left out where its room counts.
func (s *search) nearest(rank, limit int) []nearby.Hit {
	classes, filtered := s.classes()
	if filtered && classes == 0 {
		return nil
	}
	q := nearby.Question{Near: s.Near, Rank: rank, Day: s.Day, Classes: classes, Also: s.also(), Limit: limit}
	exact := true
	if rank > 0 {
		if q.Zones, exact = s.zones.having(s.Day, s.now); q.Zones == 0 {
			return nil
		}
	}
	if own := s.ownID(); rank > 0 && own != "" || s.Except != "" || !exact {
		q.Accept = func(site *lockhouse.Site) bool {
			return site.ID != s.Except && (rank == 0 || site.ID != own && (exact || arrivable(site, s.Day, s.now)))
		}
	}
	hits, _ := s.index.Nearest(q)
	return hits
}

func (s *search) offer(site *lockhouse.Site) Offer {
	o := Offer{Site: site, DistanceM: int(math.Round(s.Near.MetresTo(site.Point)))}
	o.From, o.Until = capacity.Window(*site, s.Day)
	if site.Hours.Always() {
		o.NextOpening, o.OpenNow = s.now, true
	} else if zone, err := site.Location(); err == nil { // a site's zone was checked when it was written down
		at := s.now.In(zone)
		o.NextOpening, _ = site.Hours.NextOpening(at)
		o.OpenNow = o.NextOpening.Equal(at)
	}
	return o
}

// refusal says what keeps a parcel from a site, by the rules of a hold. Whether the parcel fits at all comes first: that is no
// matter of the day.
func (s *search) refusal(site *lockhouse.Site, fits, room bool) error {
	if !fits {
		return errTooSmall
	}
	if err := capacity.MayArrive(*site, s.Day, s.now); err != nil {
		return err
	}
	if !room {
		return errFull
	}
	return nil
}
