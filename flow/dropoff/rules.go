package dropoff

import (
	"slices"
	"time"

	"lockhouse"
)

// The states of parcels that a courier has to do with, at a site.
var (
	carried    = []lockhouse.ParcelState{lockhouse.ParcelInTransit, lockhouse.ParcelDiverted}
	announced  = []lockhouse.ParcelState{lockhouse.ParcelAnnounced}
	wantedBack = []lockhouse.ParcelState{lockhouse.ParcelRecalled, lockhouse.ParcelRefused}
)

// items gives what can be done at one locker, as far as it fits one grant. Taking out comes first: it makes room.
func items(deliver, takeOut []lockhouse.Parcel) (all []Item, more int) {
	for _, p := range takeOut {
		all = append(all, Item{Parcel: p, Target: lockhouse.Target{
			Ref: p.Ref, Verb: lockhouse.VerbTakeOut, Compartment: p.Compartment, Generation: p.Generation}})
	}
	for _, p := range deliver {
		all = append(all, Item{Parcel: p, Target: lockhouse.Target{Ref: p.Ref, Verb: lockhouse.VerbStore, Rank: p.Rank}})
	}
	if over := len(all) - lockhouse.MaxTargets; over > 0 {
		return all[:lockhouse.MaxTargets], over
	}
	return all, 0
}

// stored is the parcel after its drop-off. Its time to be collected counts from the day of the drop-off at the site and
// ends with a day: with a holding time of 3 days, a parcel of Monday can be collected until Thursday's midnight.
func stored(p lockhouse.Parcel, r lockhouse.Receipt, locker lockhouse.Locker, site lockhouse.Site, at time.Time) (lockhouse.Parcel, error) {
	if err := meantFor(p, locker); err != nil {
		return p, err
	}
	zone, err := site.Location()
	if err != nil {
		return p, err
	}
	if p.State, err = p.State.Next(lockhouse.HappensDroppedOff); err != nil {
		return p, err
	}
	p.Locker, p.Compartment, p.Generation, p.DroppedOffAt = r.Locker, r.Compartment, r.Generation, at
	p.CollectBy = lockhouse.AsKept((lockhouse.DayOf(at.In(zone)) + lockhouse.Day(site.HoldingDays) + 1).Start(zone))
	return p, nil
}

// meantFor refuses what a locker says of a parcel that is to go to another site.
func meantFor(p lockhouse.Parcel, locker lockhouse.Locker) error {
	if locker.Site != p.Site {
		return lockhouse.Refuse(lockhouse.CodeConflict, "The parcel is meant for another site than the locker's.")
	}
	return nil
}

// droppedOffAt gives the moment of a drop-off: what a locker with a wrong clock dates before the announcement was at the
// announcement at the earliest. Room is counted from that day on.
func droppedOffAt(p lockhouse.Parcel, r lockhouse.Receipt, now time.Time) time.Time {
	if at := r.Moment(now); at.After(p.AnnouncedAt) {
		return at
	}
	return p.AnnouncedAt
}

// stay gives the days on which the parcel takes up room.
func stay(p lockhouse.Parcel, site lockhouse.Site, at time.Time) (from, until lockhouse.Day, err error) {
	zone, err := site.Location()
	if err != nil {
		return 0, 0, err
	}
	return lockhouse.DayOf(at.In(zone)), lockhouse.DayOf(p.CollectBy.In(zone)) - 1, nil
}

// misfit is the parcel after it did not fit. A parcel that was not said to be inside only learns what size it needs.
func misfit(p lockhouse.Parcel, r lockhouse.Receipt, locker lockhouse.Locker, tried lockhouse.Size, sizes lockhouse.Sizes) (lockhouse.Parcel, error) {
	if err := meantFor(p, locker); err != nil {
		return p, err
	}
	if p.Inside() {
		if p.Locker != r.Locker || p.Compartment != r.Compartment {
			return p, lockhouse.Refuse(lockhouse.CodeConflict, "The parcel lies in another compartment.")
		}
		next, err := p.State.Next(lockhouse.HappensMisfit)
		if err != nil {
			return p, err
		}
		p.State, p.Locker, p.Compartment, p.Generation = next, "", 0, 0
		p.DroppedOffAt, p.CollectBy = time.Time{}, time.Time{}
	}
	if bigger, ok := above(sizes, max(p.Rank, tried.Rank)); ok {
		p.Size, p.Rank = bigger.Name, bigger.Rank
	}
	return p, nil
}

// above gives the smallest size over a rank; false when there is none, and the parcel can only go back.
func above(sizes lockhouse.Sizes, rank int) (lockhouse.Size, bool) {
	i := slices.IndexFunc(sizes, func(z lockhouse.Size) bool { return z.Rank > rank })
	if i < 0 {
		return lockhouse.Size{}, false
	}
	return sizes[i], true
}

// sizeOf gives the size of a numbered compartment.
func sizeOf(boxes []lockhouse.Compartment, number int) (lockhouse.Size, error) {
	for _, c := range boxes {
		if c.Number == number {
			return lockhouse.Size{Name: c.Size, Rank: c.Rank}, nil
		}
	}
	return lockhouse.Size{}, lockhouse.Refuse(lockhouse.CodeNotFound, "The locker has no compartment %d.", number)
}
