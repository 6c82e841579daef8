package postgres

import (
	"slices"

	"lockhouse"
)

// seen is what an Update has looked at and locked, as its own writes left it. It answers the same question again without
// a trip, and tells a write whether the row is there: what was locked and found stays, and what was looked for and not
// found must still not be there when it is written.
type seen struct {
	holds   []*heldHold
	parcels []*lockhouse.Parcel
	rooms   []*heldRoom
}

// heldRoom is a site's room, packed, or the certainty that it has none.
type heldRoom struct {
	site       lockhouse.SiteID
	have, kept []byte
	there      bool
}

// heldHold is a hold, or the certainty that its shop had none for the reference.
type heldHold struct {
	lockhouse.Hold
	there bool
}

func (s *seen) hold(shop lockhouse.ShopID, reference string) *heldHold {
	return first(s.holds, func(h *heldHold) bool { return h.Shop == shop && h.Reference == reference })
}

func (s *seen) holdByID(id lockhouse.HoldID) *heldHold {
	return first(s.holds, func(h *heldHold) bool { return h.there && h.ID == id })
}

// keepHold remembers a hold in place of what was known of it.
func (s *seen) keepHold(h lockhouse.Hold, there bool) {
	if known := s.hold(h.Shop, h.Reference); known != nil {
		known.Hold, known.there = h, there
		return
	}
	s.holds = append(s.holds, &heldHold{h, there})
}

func (s *seen) parcel(is func(*lockhouse.Parcel) bool) *lockhouse.Parcel { return first(s.parcels, is) }

func (s *seen) keepParcel(p lockhouse.Parcel) {
	if known := s.parcel(func(k *lockhouse.Parcel) bool { return k.ID == p.ID }); known != nil {
		*known = p
		return
	}
	s.parcels = append(s.parcels, &p)
}

func (s *seen) room(site lockhouse.SiteID) *heldRoom {
	return first(s.rooms, func(r *heldRoom) bool { return r.site == site })
}

func (s *seen) keepRoom(r heldRoom) {
	if known := s.room(r.site); known != nil {
		*known = r
		return
	}
	s.rooms = append(s.rooms, &r)
}

func first[T any](list []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}
