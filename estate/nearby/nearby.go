// Package nearby finds the sites nearest to a point that have room, out of a million, in some microseconds. It is the map
// in memory of which each node has its own copy; it promises nothing, and what it says is as old as what it was told.
//
// Sites are points on the unit sphere in three dimensions. The straight line through the earth grows with the way around
// it, so the nearest by one are the nearest by the other, and neither the poles nor the date line is a special case. They
// stand in packed trees of eight branches, split at the median of the widest axis (a k-d tree; Friedman, Bentley, Finkel
// 1977), and are visited best first (Hjaltason, Samet 1999).
//
// What makes it fast where nearly everything is full is that each branch knows, in a word for each rank with a bit for
// each of 64 days, whether anything below it has room. A search does not enter a branch that has none: it costs the same
// when one site in a hundred has room as when all have, and when the only room is at the other end of the earth.
//
// Searches never wait. They work on the trees that were there when they began, and read the words of room one at a time
// as they change. Changes come one after another: room is written into its words from the site upwards; new and moved
// sites go into a small tree, which is merged with those of its size (Bentley, Saxe 1980), so that there are few.
package nearby

import (
	"sync"
	"sync/atomic"

	"lockhouse"
)

// Days is how many days a word of room can tell apart. Day d is bit d mod Days: which 64 days are meant, both sides know.
const Days = 64

// Place is a site as the index knows it. The site must not be changed afterwards: searches hand it out.
type Place struct {
	Site  *lockhouse.Site
	Class uint64 // a bit for what sort of site it is, and more for what it has, for filters
	Zone  uint64 // one bit: a group of time zones
	Room  Room
}

// Room is what a site has room for.
type Room struct {
	Fits uint64   // bit r: a parcel of rank r could ever be there
	On   []uint64 // for rank r, in On[r-1], the days on which one may arrive; ranks beyond the index's are ignored
}

// Index is the map. Make it with New.
type Index struct {
	ranks  int
	forest atomic.Pointer[forest]
	count  atomic.Int64 // of sites

	mu    sync.Mutex // of whoever changes it
	where map[lockhouse.SiteID]spot
}

// forest is what a search works on. Its trees' geometry never changes.
type forest struct {
	number uint64  // rising by one with each forest
	trees  []*tree // big before small
}

// spot is where a site stands.
type spot struct {
	tree *tree
	slot int
}

// New makes an empty index for ranks 1 to ranks.
func New(ranks int) *Index {
	x := &Index{ranks: ranks, where: map[lockhouse.SiteID]spot{}}
	x.forest.Store(&forest{number: 1})
	return x
}

// Len counts the sites.
func (x *Index) Len() int { return int(x.count.Load()) }

// Site gives a site by its id; nil when it is not there.
func (x *Index) Site(id lockhouse.SiteID) *lockhouse.Site {
	x.mu.Lock()
	defer x.mu.Unlock()
	if at, has := x.where[id]; has {
		return at.tree.sites[at.slot]
	}
	return nil
}

// Put adds sites, each in place of the one with its id if there is one. Of two with one id, the later counts. A search sees
// the old one or the new one, never both.
func (x *Index) Put(places ...Place) {
	x.mu.Lock()
	defer x.mu.Unlock()
	last := make(map[lockhouse.SiteID]int, len(places))
	for i, p := range places {
		last[p.Site.ID] = i
	}
	added := make([]item, 0, len(last))
	for i, p := range places {
		if last[p.Site.ID] == i {
			added = append(added, x.item(p))
		}
	}
	x.replace(added, x.spots(last))
}

// Remove takes sites away; those that are not there count as taken away.
func (x *Index) Remove(ids ...lockhouse.SiteID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	gone := make(map[lockhouse.SiteID]int, len(ids))
	for i, id := range ids {
		gone[id] = i
	}
	x.replace(nil, x.spots(gone))
	for id := range gone {
		delete(x.where, id)
	}
	x.count.Store(int64(len(x.where)))
}

// SetRoom writes down what a site has room for now, and tells whether the site is there.
func (x *Index) SetRoom(id lockhouse.SiteID, r Room) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	at, has := x.where[id]
	if has {
		at.tree.setRoom(at.slot, x.rows(r))
	}
	return has
}

func (x *Index) item(p Place) item {
	return item{vector: vectorOf(p.Site.Point), site: p.Site, class: p.Class, zone: p.Zone, rows: x.rows(p.Room)}
}

// rows gives the words of a room in the order of the trees: what fits, and a row for each rank.
func (x *Index) rows(r Room) []uint64 {
	rows := make([]uint64, 1+x.ranks)
	rows[0] = r.Fits
	copy(rows[1:], r.On)
	return rows
}

func (x *Index) spots(ids map[lockhouse.SiteID]int) []spot {
	var spots []spot
	for id := range ids {
		if at, has := x.where[id]; has {
			spots = append(spots, at)
		}
	}
	return spots
}
