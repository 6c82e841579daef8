// Package capacity says what may be promised. A hold does not name a compartment: it keeps room of a size at a site for
// some days, and which compartment it becomes is chosen when the parcel comes. So a promise is a matter of counting: how
// many compartments of each size there are, and how many parcels may be there at once.
//
// Sizes are nested: what fits a compartment fits every bigger one. Room for one more of a rank is there if, for every
// rank j up to it, the parcels of rank j and above stay at most as many as the compartments of rank j and above (Hall's
// condition for nested sets). The counts of higher ranks do not change by it, and are not asked.
//
// The rules are pure. Room is a site's counts, and Ledger how they are reached in one transaction, so that every step that
// keeps, stretches or frees room does it in the same few lines, and a hold and the count of it change together or not at
// all.
package capacity

import (
	"time"

	"lockhouse"
)

// SlackDays is kept beyond the site's holding time: for a courier who comes a day late, or takes a parcel back a day
// after its time.
const SlackDays = 1

// MaxAheadDays bounds how far ahead room can be kept.
const MaxAheadDays = 60

// behindDays is how long the count of a day that is over stays, for whoever looks back.
const behindDays = 7

// Feasible tells whether one more parcel of a rank can be there beside those counted, whatever comes of them.
func Feasible(have, kept Counts, rank int) bool {
	free := 0
	for r := max(len(have), len(kept)); r > rank; r-- {
		free += have.Of(r) - kept.Of(r)
	}
	for j := rank; j >= 1; j-- {
		free += have.Of(j) - kept.Of(j)
		if free < 1 {
			return false
		}
	}
	return true
}

// Window gives the first and the last day for which room is kept for a parcel that arrives on a day.
func Window(site lockhouse.Site, arrives lockhouse.Day) (from, until lockhouse.Day) {
	return arrives, arrives + stay(&site)
}

// stay is how many days after its arrival a parcel may still be there.
func stay(site *lockhouse.Site) lockhouse.Day { return lockhouse.Day(site.HoldingDays + SlackDays) }

// MayArrive refuses a day on which a site takes no parcel: it is closed for good or for that day, the day lies behind the
// site's own today, or further ahead than MaxAheadDays.
func MayArrive(site lockhouse.Site, arrives lockhouse.Day, now time.Time) error {
	if site.Closed {
		return lockhouse.Refuse(lockhouse.CodeClosed, "This site takes no more parcels. Choose another.").With("site_id", site.ID)
	}
	zone, err := site.Location()
	if err != nil {
		return err
	}
	today := lockhouse.DayOf(now.In(zone))
	switch {
	case arrives < today:
		return lockhouse.Refuse(lockhouse.CodePast, "%s is over; at the site it is %s. Choose that day or a later one.", arrives, today).
			With("arrives", arrives).With("today", today)
	case arrives > today+MaxAheadDays:
		return lockhouse.Refuse(lockhouse.CodeMalformed, "%s is too far ahead; room is kept for days up to %s.", arrives, today+MaxAheadDays).
			With("field", "arrives").With("last", today+MaxAheadDays)
	case !site.Hours.OpenOn(arrives):
		return lockhouse.Refuse(lockhouse.CodeClosed, "The site is closed on %s (%s). Choose another day.", arrives, arrives.Weekday()).
			With("arrives", arrives)
	}
	return nil
}
