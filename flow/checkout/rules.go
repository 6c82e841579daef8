package checkout

import (
	"errors"
	"slices"

	"lockhouse"
)

// Why a site was passed by, when it was not by a rule of capacity's that says it itself.
var (
	errFull     = lockhouse.Refuse(lockhouse.CodeFull, "No site that you allow has room for this parcel on that day. Choose another day, or allow more sites.")
	errTooSmall = lockhouse.Refuse(lockhouse.CodeTooLarge, "No site that you allow has a compartment that this parcel fits. Allow more sites, or choose delivery by another way.")
	errNone     = lockhouse.Refuse(lockhouse.CodeNotFound, "No site passes these filters. Allow more kinds of host, or sites with steps.")
	errNoSites  = lockhouse.Refuse(lockhouse.CodeNotFound, "This network has no sites yet.")
	errReading  = lockhouse.Refuse(lockhouse.CodeUnavailable, "The network has just started and is still reading its sites. Try again in a few seconds.").With("retry_after_s", 2)
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

func (q *Question) wants(s *lockhouse.Site) bool {
	return q.wantsSort(s) && (s.Panel.WithoutPhone() || !q.WithoutPhone)
}

// wantsSort is wants, but for what a site has besides.
func (q *Question) wantsSort(s *lockhouse.Site) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, s.Kind)) && !slices.Contains(q.NotKinds, s.Kind) &&
		(s.StepFree || !q.StepFree) && (s.Guarded || !q.Guarded)
}

// why says what stands in the way where nothing was found: of the reasons that the nearest sites have, the one that another
// choice changes most easily.
func (s *search) why() *lockhouse.Error {
	near := s.nearest(0, MaxSitesSeen)
	if len(near) == 0 {
		if s.index.Len() == 0 {
			return errNoSites
		}
		return errNone
	}
	first := map[lockhouse.Code]*lockhouse.Error{}
	for _, h := range near {
		e, refused := errors.AsType[*lockhouse.Error](s.refusal(h.Site, h.Fits>>s.rank&1 == 1, false))
		if refused && first[e.Code] == nil {
			first[e.Code] = e
		}
	}
	for _, code := range []lockhouse.Code{lockhouse.CodePast, lockhouse.CodeFull, lockhouse.CodeClosed, lockhouse.CodeTooLarge} {
		if e := first[code]; e != nil {
			return e
		}
	}
	return first[lockhouse.CodeMalformed] // too far ahead
}

// tooLarge tells whether a refusal is the parcel's own: not a question that can't be understood.
func tooLarge(err error) (*lockhouse.Error, bool) {
	e, ok := errors.AsType[*lockhouse.Error](err)
	return e, ok && e.Code == lockhouse.CodeTooLarge
}
