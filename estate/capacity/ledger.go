package capacity

import (
	"time"

	"lockhouse"
)

// Ledger is what a transaction offers to keep room in. Counts are by rank.
type Ledger interface {
	Capacity(site lockhouse.SiteID) (map[int]int, error)
	Load(site lockhouse.SiteID, from, until lockhouse.Day) (map[lockhouse.Day]map[int]int, error)
	AddLoad(site lockhouse.SiteID, from, until lockhouse.Day, rank, by int) error
	PutHold(lockhouse.Hold) error
	LapsedHolds(site lockhouse.SiteID, now time.Time, limit int) ([]lockhouse.Hold, error)
	Say(lockhouse.Event) error
}

// lapseAtOnce is how many lapsed holds are let go before it is asked again whether there is room now.
const lapseAtOnce = 32

// Counted tells whether a hold's days are in the counts. A hold whose time is over is counted until somebody lets it go.
func Counted(h lockhouse.Hold) bool {
	switch h.State {
	case lockhouse.HoldPlaced, lockhouse.HoldConfirmed, lockhouse.HoldConverted:
		return true
	}
	return false
}

// Keep counts a hold that was not counted and writes it down, or refuses: full, or too large for the site. Before it
// says full it lets go what has lapsed at the site, so that the answer is exact and does not wait for a timer.
func Keep(l Ledger, h lockhouse.Hold, now time.Time) error {
	for {
		has, err := roomFor(l, h, h.From, h.Until)
		if err != nil {
			return err
		}
		if has {
			return count(l, h)
		}
		gone, err := Lapse(l, h.Site, now, lapseAtOnce)
		if err != nil {
			return err
		}
		if gone == 0 { // each round lets at least one go, so the rounds end with the holds
			return full(h)
		}
	}
}

// Again keeps room for a hold that lapsed: for its own days, or from the site's today where they have begun without it.
func Again(l Ledger, h lockhouse.Hold, site lockhouse.Site, now time.Time) (lockhouse.Hold, error) {
	zone, err := site.Location()
	if err != nil {
		return h, err
	}
	if site.Closed {
		return h, MayArrive(site, h.From, now)
	}
	h.From, h.Until = Window(site, max(h.From, lockhouse.DayOf(now.In(zone))))
	return h, Keep(l, h, now)
}

// Longer counts a counted hold for further days too, if there is room on them.
func Longer(l Ledger, h lockhouse.Hold, until lockhouse.Day) (lockhouse.Hold, error) {
	if until <= h.Until {
		return h, nil
	}
	has, err := roomFor(l, h, h.Until+1, until)
	if err != nil {
		return h, err
	}
	if !has {
		return h, full(h)
	}
	if err := l.AddLoad(h.Site, h.Until+1, until, h.Rank, 1); err != nil {
		return h, err
	}
	h.Until = until
	return h, l.PutHold(h)
}

// Occupy makes the count follow what is the case, room or no room: the parcel lies in a compartment of this size and
// will be there on these days at least. A parcel in a bigger compartment than it was promised uses up a bigger one.
func Occupy(l Ledger, h lockhouse.Hold, from, until lockhouse.Day, size lockhouse.Size) (lockhouse.Hold, error) {
	is := h
	is.State, is.Size, is.Rank = lockhouse.HoldConverted, size.Name, size.Rank
	is.From, is.Until = min(h.From, from), max(h.Until, until)
	if !Counted(h) {
		is.From, is.Until = from, until
	} else if is.From == h.From && is.Until == h.Until && is.Rank == h.Rank {
		return h, nil
	} else if err := l.AddLoad(h.Site, h.From, h.Until, h.Rank, -1); err != nil {
		return h, err
	}
	return is, count(l, is)
}

// Free gives back the days of a counted hold from a day on, and leaves it in a state that keeps no room.
func Free(l Ledger, h lockhouse.Hold, from lockhouse.Day, as lockhouse.HoldState) (lockhouse.Hold, error) {
	if !Counted(h) {
		return h, nil
	}
	if from = max(from, h.From); from <= h.Until {
		if err := l.AddLoad(h.Site, from, h.Until, h.Rank, -1); err != nil {
			return h, err
		}
	}
	h.State = as
	return h, l.PutHold(h)
}

// ParcelLedger also knows which hold is a parcel's, and where the site's day begins.
type ParcelLedger interface {
	Ledger
	HoldByID(lockhouse.HoldID) (lockhouse.Hold, error)
	Site(lockhouse.SiteID) (lockhouse.Site, error)
}

// FreeParcel gives back a parcel's room from the site's date at a moment on: it has gone, or is no longer expected.
func FreeParcel(l ParcelLedger, p lockhouse.Parcel, at time.Time) error {
	h, err := l.HoldByID(p.Hold)
	if err != nil {
		return err
	}
	site, err := l.Site(p.Site)
	if err != nil {
		return err
	}
	zone, err := site.Location()
	if err != nil {
		return err
	}
	_, err = Free(l, h, lockhouse.DayOf(at.In(zone)), lockhouse.HoldReleased)
	return err
}

// Lapse lets go holds whose time is over, at one site or ("") at any, at most limit of them, and says so.
func Lapse(l Ledger, site lockhouse.SiteID, now time.Time, limit int) (gone int, err error) {
	lapsed, err := l.LapsedHolds(site, now, limit)
	if err != nil {
		return 0, err
	}
	for _, h := range lapsed {
		if _, err := Free(l, h, h.From, lockhouse.HoldLapsed); err != nil {
			return gone, err
		}
		e := lockhouse.Event{Kind: lockhouse.EventHoldLapsed, At: now, Shop: h.Shop, Hold: h.ID, Site: h.Site}
		if err := l.Say(e); err != nil {
			return gone, err
		}
		gone++
	}
	return gone, nil
}

// Without takes a hold out of counts that were read, as if it were not there.
func Without(load map[lockhouse.Day]map[int]int, h lockhouse.Hold) {
	if !Counted(h) {
		return
	}
	for day, ranks := range load {
		if day >= h.From && day <= h.Until {
			ranks[h.Rank]--
		}
	}
}

// FeasibleOn tells whether there is room for one more of a rank on every day of from..until.
func FeasibleOn(capacity map[int]int, load map[lockhouse.Day]map[int]int, from, until lockhouse.Day, rank int) bool {
	for day := from; day <= until; day++ {
		if !Feasible(capacity, load[day], rank) {
			return false
		}
	}
	return true
}

func roomFor(l Ledger, h lockhouse.Hold, from, until lockhouse.Day) (bool, error) {
	capacity, err := l.Capacity(h.Site)
	if err != nil {
		return false, err
	}
	if !Feasible(capacity, nil, h.Rank) {
		return false, lockhouse.Refuse(lockhouse.CodeTooLarge, "This site has no compartment of size %s or bigger. Choose another site.", h.Size).
			With("site_id", h.Site).With("size", h.Size)
	}
	load, err := l.Load(h.Site, from, until)
	if err != nil {
		return false, err
	}
	return FeasibleOn(capacity, load, from, until, h.Rank), nil
}

func count(l Ledger, h lockhouse.Hold) error {
	if err := l.AddLoad(h.Site, h.From, h.Until, h.Rank, 1); err != nil {
		return err
	}
	return l.PutHold(h)
}

func full(h lockhouse.Hold) error {
	return lockhouse.Refuse(lockhouse.CodeFull, "The site has no room of size %s left from %s to %s. Choose another site or day.", h.Size, h.From, h.Until).
		With("site_id", h.Site).With("size", h.Size).With("from", h.From).With("until", h.Until)
}
