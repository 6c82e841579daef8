package postgres

import (
	"cmp"
	"slices"

	"lockhouse"
	"lockhouse/store"
)

// seen is what an Update has looked at and locked, as its own writes left it. It answers the same question again without
// a trip, and tells a write whether the row is there: what was locked and found stays, and what was looked for and not
// found must still not be there when it is written.
type seen struct {
	holds   []*heldHold
	parcels []*lockhouse.Parcel
	rooms   []*heldRoom
	strands []*strand
	boxes   map[lockhouse.LockerID][]lockhouse.Compartment

	webhooks map[lockhouse.ShopID]*lockhouse.Webhook // empty where a shop has none

	named map[int64][]int64 // rows of the past, by name

	inserted []lockhouse.ParcelID // of parcels that were not there before
	said     []lockhouse.Event    // without their numbers: those come with the commit
	renamed  bool                 // a hold got another id
	built    bool                 // compartments were put in, or out of service
	faulted  bool                 // a locker's fault was noted
	moved    bool                 // a site was changed
}

// strand is the end of a locker's receipts, those inserted here among them: all from the last that was applied on. It is
// the transaction's own while the locker is locked.
type strand struct {
	locker lockhouse.LockerID
	from   uint64
	rows   []store.SignedReceipt // by number
	old    int                   // how many of them were there before
}

// at finds a number, or the place where it belongs.
func (s *strand) at(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(s.rows, seq, func(r store.SignedReceipt, seq uint64) int { return cmp.Compare(r.Seq, seq) })
}

func (s *seen) keepWebhook(shop lockhouse.ShopID, w lockhouse.Webhook) {
	if s.webhooks == nil {
		s.webhooks = map[lockhouse.ShopID]*lockhouse.Webhook{}
	}
	s.webhooks[shop] = &w
}

// refs gives a parcel and those of which the receipts speak that were inserted here, as far as they are not seen: each once.
func (s *seen) refs(asked lockhouse.ParcelRef) []lockhouse.ParcelRef {
	refs := []lockhouse.ParcelRef{asked}
	for _, line := range s.strands {
		for _, r := range line.rows[min(line.old, len(line.rows)):] {
			unseen := s.parcel(func(p *lockhouse.Parcel) bool { return p.Ref == r.Ref }) == nil
			if r.Ref != (lockhouse.ParcelRef{}) && unseen && !slices.Contains(refs, r.Ref) && len(refs) < mostFetched {
				refs = append(refs, r.Ref)
			}
		}
	}
	return refs
}

// mostFetched bounds how many parcels are fetched in one trip.
const mostFetched = 32

// strand gives what is known of a locker's receipts from a number on; nil where that is not all.
func (s *seen) strand(locker lockhouse.LockerID, from uint64) *strand {
	return first(s.strands, func(k *strand) bool { return k.locker == locker && k.from <= from })
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
