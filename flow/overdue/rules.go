package overdue

import (
	"time"

	"lockhouse"
)

// How long things take on the other road, in days.
const (
	RecallAfterDays = 3  // that a parcel may be overdue before it is recalled
	ExtendDays      = 2  // that one extension gives
	MaxExtendedDays = 4  // beyond the site's holding time, in all
	StretchDays     = 2  // for which room is kept anew when a parcel stays
	LateDays        = 14 // after its first day, for which room waits for a parcel that does not come
)

// givenUp tells whether room has waited long enough for a parcel that is not there.
func givenUp(p lockhouse.Parcel, h lockhouse.Hold, today lockhouse.Day) bool {
	return !p.Inside() && today > h.From+LateDays
}

// extended is the parcel with more time, and the last day on which it may be collected.
func extended(p lockhouse.Parcel, site lockhouse.Site, now time.Time) (lockhouse.Parcel, lockhouse.Day, error) {
	if p.State == lockhouse.ParcelOverdue {
		next, err := p.State.Next(lockhouse.HappensExtended)
		if err != nil {
			return p, 0, err
		}
		p.State = next
	}
	if p.State != lockhouse.ParcelDroppedOff {
		return p, 0, lockhouse.Refuse(lockhouse.CodeConflict, "The parcel is %s; its time can't be extended.", p.State.Words()).With("state", p.State)
	}
	zone, err := site.Location()
	if err != nil {
		return p, 0, err
	}
	most := lockhouse.DayOf(p.DroppedOffAt.In(zone)) + lockhouse.Day(site.HoldingDays+MaxExtendedDays)
	was := lockhouse.DayOf(p.CollectBy.In(zone)) - 1
	last := min(max(was, lockhouse.DayOf(now.In(zone)))+ExtendDays, most)
	if last <= was || last < lockhouse.DayOf(now.In(zone)) {
		return p, 0, lockhouse.Refuse(lockhouse.CodeConflict, "The parcel's time can't be extended any more. Collect it until %s.", was).With("last_day", was)
	}
	p.CollectBy = lockhouse.AsKept((last + 1).Start(zone))
	return p, last, nil
}

// takenOut is the parcel after the courier took it back from where the network knows it to be.
func takenOut(p lockhouse.Parcel, r lockhouse.Receipt, at time.Time) (lockhouse.Parcel, error) {
	next, err := p.State.Next(lockhouse.HappensTakenOut)
	if err != nil {
		return p, err
	}
	if p.Locker != r.Locker || p.Compartment != r.Compartment || p.Generation != r.Generation {
		return p, lockhouse.Refuse(lockhouse.CodeConflict, "The receipt speaks of another drop-off than the parcel's.")
	}
	p.State, p.EndedAt = next, at
	return p, nil
}

func unknown() error {
	return lockhouse.Refuse(lockhouse.CodeNotFound, "There is no such parcel.")
}
