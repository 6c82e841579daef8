package checkout

import (
	"sync"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
)

// zones sorts the sites' time zones into at most 64 groups, and knows what day it is in each. On most days of a calendar it
// makes no difference; on yesterday, today and the last day ahead, a search must not walk past a continent on which that day
// is over.
//
// Zones with the same offset in January and in July share a group: it is the same day in all of them, but for the nights on
// which one changes its clock before another.
type zones struct {
	mu     sync.Mutex
	groups map[string]int // by zone
	first  map[[2]int]int // group by offsets
	where  []zoneIn       // all zones, each with its group

	today atomic.Pointer[todays]
}

type zoneIn struct {
	location *time.Location
	group    int
}

const maxGroups = 64

// quarter is how long todays are good: days begin at quarters of an hour, in every zone of the present.
const quarterS = 15 * 60

// todays are the earliest and the latest day that it is in each group, in one quarter of an hour.
type todays struct {
	quarter int64
	groups  []struct{ earliest, latest lockhouse.Day }
}

// bit gives the group of a zone; 0 for one that this machine does not know.
func (z *zones) bit(zone string) uint64 {
	z.mu.Lock()
	defer z.mu.Unlock()
	if group, known := z.groups[zone]; known {
		return 1 << group
	}
	location, err := lockhouse.Site{Zone: zone}.Location()
	if err != nil {
		return 0
	}
	if z.groups == nil {
		z.groups, z.first = map[string]int{}, map[[2]int]int{}
	}
	_, january := time.Date(2026, time.January, 15, 0, 0, 0, 0, time.UTC).In(location).Zone()
	_, july := time.Date(2026, time.July, 15, 0, 0, 0, 0, time.UTC).In(location).Zone()
	group, known := z.first[[2]int{january, july}]
	if !known {
		group = min(len(z.first), maxGroups-1)
		z.first[[2]int{january, july}] = group
	}
	z.groups[zone] = group
	z.where = append(z.where, zoneIn{location, group})
	z.today.Store(nil)
	return 1 << group
}

// having gives the groups in which a parcel may arrive on a day, asked now. Where exact is false, that is so in part of a group
// only. It costs a comparison for each group, and once a quarter of an hour a look at every zone.
func (z *zones) having(day lockhouse.Day, now time.Time) (groups uint64, exact bool) {
	exact = true
	for group, today := range z.on(now).groups {
		first, last := capacity.Arrivable(day, today.earliest), capacity.Arrivable(day, today.latest)
		if first || last {
			groups |= 1 << group
		}
		exact = exact && first == last
	}
	return groups, exact
}

func (z *zones) on(now time.Time) *todays {
	quarter := now.Unix() / quarterS
	if t := z.today.Load(); t != nil && t.quarter == quarter {
		return t
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	t := &todays{quarter: quarter, groups: make([]struct{ earliest, latest lockhouse.Day }, min(len(z.first), maxGroups))}
	for i := range t.groups {
		t.groups[i].earliest, t.groups[i].latest = 1<<62, -1<<62
	}
	for _, in := range z.where {
		day, g := lockhouse.DayOf(now.In(in.location)), &t.groups[in.group]
		g.earliest, g.latest = min(g.earliest, day), max(g.latest, day)
	}
	z.today.Store(t)
	return t
}

// arrivable asks a site's own zone.
func arrivable(site *lockhouse.Site, day lockhouse.Day, now time.Time) bool {
	zone, err := site.Location()
	return err == nil && capacity.Arrivable(day, lockhouse.DayOf(now.In(zone)))
}
