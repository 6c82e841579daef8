package capacity

import (
	"slices"
	"time"

	"lockhouse"
)

// Ledger is what a transaction offers to keep room in.
type Ledger interface {
	Room(site lockhouse.SiteID) (Room, error)
	PutRoom(site lockhouse.SiteID, r Room) error
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
		room, has, err := roomFor(l, h, h.From, h.Until)
		if err != nil {
			return err
		}
		if has {
			room.Forget(lockhouse.DayOf(now.UTC()) - behindDays)
			return count(l, room, h)
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
	room, has, err := roomFor(l, h, h.Until+1, until)
	if err != nil {
		return h, err
	}
	if !has {
		return h, full(h)
	}
	if err := room.Add(h.Until+1, until, h.Rank, 1); err != nil {
		return h, err
	}
	h.Until = until
	return h, put(l, room, h)
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
	}
	room, err := l.Room(h.Site)
	if err != nil {
		return h, err
	}
	if err := room.Without(h); err != nil {
		return h, err
	}
	return is, count(l, room, is)
}

// Free gives back the days of a counted hold from a day on, and leaves it in a state that keeps no room.
func Free(l Ledger, h lockhouse.Hold, from lockhouse.Day, as lockhouse.HoldState) (lockhouse.Hold, error) {
	if !Counted(h) {
		return h, nil
	}
	was := h
	h.State = as
	if was.From = max(from, h.From); was.From > h.Until { // its days are over
		return h, l.PutHold(h)
	}
	room, err := l.Room(h.Site)
	if err != nil {
		return h, err
	}
	if err := room.Without(was); err != nil {
		return h, err
	}
	return h, put(l, room, h)
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

// Take takes the rooms of holds' sites before any of them is changed, in the order of the sites' ids: of two transactions that
// need the same rooms one waits for the other, and never each for the other.
func Take(l Ledger, holds ...lockhouse.Hold) error {
	var sites []lockhouse.SiteID
	for _, h := range holds {
		sites = append(sites, h.Site)
	}
	slices.Sort(sites)
	for _, site := range slices.Compact(sites) {
		if _, err := l.Room(site); err != nil {
			return err
		}
	}
	return nil
}

// Lapse lets go holds whose time is over, at one site or ("") at any, at most limit of them, and says so.
func Lapse(l Ledger, site lockhouse.SiteID, now time.Time, limit int) (gone int, err error) {
	lapsed, err := l.LapsedHolds(site, now, limit)
	if err != nil {
		return 0, err
	}
	if err := Take(l, lapsed...); err != nil {
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

// roomFor gives the site's room, and tells whether it has some for the hold on each of these days.
func roomFor(l Ledger, h lockhouse.Hold, from, until lockhouse.Day) (r Room, has bool, err error) {
	if r, err = l.Room(h.Site); err != nil {
		return r, false, err
	}
	if !r.Fits(h.Rank) {
		return r, false, lockhouse.Refuse(lockhouse.CodeTooLarge, "This site has no compartment of size %s or bigger. Choose another site.", h.Size).
			With("site_id", h.Site).With("size", h.Size)
	}
	return r, r.FitsOn(from, until, h.Rank), nil
}

func count(l Ledger, r Room, h lockhouse.Hold) error {
	if err := r.Add(h.From, h.Until, h.Rank, 1); err != nil {
		return err
	}
	return put(l, r, h)
}

func put(l Ledger, r Room, h lockhouse.Hold) error {
	if err := l.PutRoom(h.Site, r); err != nil {
		return err
	}
	return l.PutHold(h)
}

func full(h lockhouse.Hold) error {
	return lockhouse.Refuse(lockhouse.CodeFull, "The site has no room of size %s left from %s to %s. Choose another site or day.", h.Size, h.From, h.Until).
		With("site_id", h.Site).With("size", h.Size).With("from", h.From).With("until", h.Until)
}
