package checkout

import (
	"errors"
	"math"
	"slices"
	"time"

	"lockhouse"
)

// Why a site was passed by, when it was not by a rule of capacity's that says it itself.
var (
	errFull     = lockhouse.Refuse(lockhouse.CodeFull, "No site that you allow has room for this parcel on that day. Choose another day, or allow more sites.")
	errTooSmall = lockhouse.Refuse(lockhouse.CodeTooLarge, "No site that you allow has a compartment that this parcel fits. Allow more sites, or choose delivery by another way.")
	errNone     = lockhouse.Refuse(lockhouse.CodeNotFound, "No site passes these filters. Allow more kinds of host, or sites with steps.")
	errNoSites  = lockhouse.Refuse(lockhouse.CodeNotFound, "This network has no sites yet.")
)

// checked refuses a question that can't be understood, and fills in what was left out.
func checked(q Question) (Question, error) {
	if err := q.Near.Check(); err != nil {
		return q, err
	}
	if q.Limit == 0 {
		q.Limit = DefaultOffers
	}
	if q.Limit < 1 || q.Limit > MaxOffers {
		return q, lockhouse.Refuse(lockhouse.CodeMalformed, "limit is %d; give 1 to %d.", q.Limit, MaxOffers).With("field", "limit")
	}
	for _, kind := range slices.Concat(q.Kinds, q.NotKinds) {
		if !slices.Contains(lockhouse.HostKinds(), kind) {
			return q, lockhouse.Refuse(lockhouse.CodeMalformed, "The kind of host %.40q is not known; give some of %v.", kind, lockhouse.HostKinds()).
				With("field", "kind")
		}
	}
	if q.Reference != "" {
		return q, lockhouse.CheckReference(q.Reference)
	}
	return q, nil
}

func (q Question) wants(s lockhouse.Site) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, s.Kind)) && !slices.Contains(q.NotKinds, s.Kind) &&
		(s.StepFree || !q.StepFree) && (s.Guarded || !q.Guarded)
}

// refused counts the sites that were passed by, and remembers the first refusal of each code.
type refused struct {
	filtered int
	first    map[lockhouse.Code]*lockhouse.Error
}

// refuse notes a refusal; any other error ends the search.
func (r *refused) refuse(err error) error {
	e, ok := errors.AsType[*lockhouse.Error](err)
	if !ok {
		return err
	}
	if r.first == nil {
		r.first = map[lockhouse.Code]*lockhouse.Error{}
	}
	if r.first[e.Code] == nil {
		r.first[e.Code] = e
	}
	return nil
}

// why says what stands in the way where nothing was found: of several reasons, the one that another choice changes most
// easily.
func (s *search) why() *lockhouse.Error {
	if len(s.found) > 0 {
		return nil
	}
	for _, code := range []lockhouse.Code{lockhouse.CodePast, lockhouse.CodeFull, lockhouse.CodeClosed, lockhouse.CodeTooLarge, lockhouse.CodeMalformed} {
		if e := s.first[code]; e != nil {
			return e
		}
	}
	if s.filtered > 0 {
		return errNone
	}
	return errNoSites
}

// tooLarge tells whether a refusal is the parcel's own: not a question that can't be understood.
func tooLarge(err error) (*lockhouse.Error, bool) {
	e, ok := errors.AsType[*lockhouse.Error](err)
	return e, ok && e.Code == lockhouse.CodeTooLarge
}

func offer(site lockhouse.Site, metres float64, now time.Time, from, until lockhouse.Day) Offer {
	o := Offer{Site: site, DistanceM: int(math.Round(metres)), From: from, Until: until}
	if zone, err := site.Location(); err == nil { // MayArrive has found the zone before
		at := now.In(zone)
		o.NextOpening, _ = site.Hours.NextOpening(at)
		o.OpenNow = o.NextOpening.Equal(at)
	}
	return o
}
