package capacity

import (
	"fmt"
	"iter"
	"slices"

	"lockhouse"
)

// Room is what a site has, and what of it is spoken for on which day. The zero Room is a site without lockers.
type Room struct {
	Have  Counts        // compartments in service
	since lockhouse.Day // days before it are over: nothing is counted on them any more
	days  []keptOn      // ascending; only those on which something is kept
}

type keptOn struct {
	day  lockhouse.Day
	kept Counts // of one rank at least
}

// Install counts compartments in service as they come and go. To take away more than there are is a fault of ours.
func (r *Room) Install(rank, by int) error {
	have, ok := r.Have.add(rank, by)
	if !ok {
		return fmt.Errorf("capacity: %d compartments of rank %d and %d more", r.Have.Of(rank), rank, by)
	}
	r.Have = have
	return nil
}

// Add counts so many more parcels of a rank (fewer, if by is negative) on each day of from..until. Days that are over
// and forgotten are passed over. To take away more than was added is a fault of ours, and fails.
func (r *Room) Add(from, until lockhouse.Day, rank, by int) error {
	for day := max(from, r.since); day <= until; day++ {
		at, found := r.find(day)
		if !found {
			r.days = slices.Insert(r.days, at, keptOn{day: day})
		}
		kept, ok := r.days[at].kept.add(rank, by)
		if !ok {
			return fmt.Errorf("capacity: on %s %d of rank %d are kept, and %d more", day, kept.Of(rank), rank, by)
		}
		if r.days[at].kept = kept; len(kept) == 0 {
			r.days = slices.Delete(r.days, at, at+1)
		}
	}
	return nil
}

// Forget drops the counts of days before one, for good: what is kept on them can be neither asked nor changed.
func (r *Room) Forget(before lockhouse.Day) {
	if before <= r.since {
		return
	}
	at, _ := r.find(before)
	r.days, r.since = r.days[at:], before
}

// KeptOn counts the parcels that are spoken for on a day.
func (r Room) KeptOn(day lockhouse.Day) Counts {
	if at, found := r.find(day); found {
		return r.days[at].kept
	}
	return nil
}

// Kept goes through the days on which something is kept, in their order.
func (r Room) Kept() iter.Seq2[lockhouse.Day, Counts] {
	return func(yield func(lockhouse.Day, Counts) bool) {
		for _, d := range r.days {
			if !yield(d.day, d.kept) {
				return
			}
		}
	}
}

// Fits tells whether a parcel of a rank could ever be there.
func (r Room) Fits(rank int) bool { return Feasible(r.Have, nil, rank) }

// FitsOn tells whether there is room for one more of a rank on every day of from..until.
func (r Room) FitsOn(from, until lockhouse.Day, rank int) bool {
	if !r.Fits(rank) {
		return false
	}
	at, _ := r.find(from)
	for ; at < len(r.days) && r.days[at].day <= until; at++ { // on the days between nothing is kept
		if !Feasible(r.Have, r.days[at].kept, rank) {
			return false
		}
	}
	return true
}

// Without takes a hold out of what was counted, as if it were not there.
func (r *Room) Without(h lockhouse.Hold) error {
	if !Counted(h) {
		return nil
	}
	return r.Add(h.From, h.Until, h.Rank, -1)
}

// find gives where a day is, or would be.
func (r Room) find(day lockhouse.Day) (at int, found bool) {
	return slices.BinarySearchFunc(r.days, day, func(k keptOn, day lockhouse.Day) int { return int(k.day - day) })
}
