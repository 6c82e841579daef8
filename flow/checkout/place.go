package checkout

import (
	"slices"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/estate/nearby"
)

// place says what the index needs to know of a site.
func (d *Desk) place(site *lockhouse.Site, room capacity.Room, first lockhouse.Day) nearby.Place {
	return nearby.Place{Site: site, Class: classOf(site.Kind, site.Guarded, site.StepFree) | having(site), Zone: d.zones.bit(site.Zone), Room: d.room(site, room, first)}
}

func (d *Desk) room(site *lockhouse.Site, room capacity.Room, first lockhouse.Day) nearby.Room {
	ranks := d.ranks()
	r := nearby.Room{On: capacity.Arrivals(site, room, first, ranks)}
	for rank := 1; rank <= ranks; rank++ {
		if room.Fits(rank) {
			r.Fits |= 1 << rank
		}
	}
	return r
}

// ranks is the highest rank of the catalogue.
func (d *Desk) ranks() (most int) {
	for _, z := range d.Sizes {
		most = max(most, z.Rank)
	}
	return most
}

// classOf gives each sort of site that a filter can tell apart a bit of its own: there are 13 kinds, guarded or not, with a step
// or without, 52 in all.
func classOf(kind lockhouse.HostKind, guarded, stepFree bool) uint64 {
	n := 4 * slices.Index(lockhouse.HostKinds(), kind)
	if n < 0 {
		return 0 // of no kind that anybody could ask for
	}
	if guarded {
		n += 2
	}
	if stepFree {
		n++
	}
	return 1 << n
}

// withoutPhone marks sites that people without a smartphone can collect from. It is beyond the bits of the sorts.
const withoutPhone = 1 << 63

func having(site *lockhouse.Site) uint64 {
	if site.Panel.WithoutPhone() {
		return withoutPhone
	}
	return 0
}

// also is what a question wants besides, 0 for nothing.
func (q *Question) also() uint64 {
	if q.WithoutPhone {
		return withoutPhone
	}
	return 0
}

// classes are those that a question wants, if it does not want any. Its filters may leave none.
func (q *Question) classes() (wanted uint64, filtered bool) {
	if len(q.Kinds) == 0 && len(q.NotKinds) == 0 && !q.Guarded && !q.StepFree {
		return 0, false
	}
	for _, kind := range lockhouse.HostKinds() {
		for _, guarded := range []bool{q.Guarded, true} {
			for _, stepFree := range []bool{q.StepFree, true} {
				if q.wantsSort(&lockhouse.Site{Kind: kind, Guarded: guarded, StepFree: stepFree}) {
					wanted |= classOf(kind, guarded, stepFree)
				}
			}
		}
	}
	return wanted, true
}

// maxAlike bounds what is remembered to be shared.
const maxAlike = 1 << 20

// alike lets sites share what they have in common: a million of them lie in some thousand cities and in a few hundred time
// zones, and most keep the same hours.
type alike struct {
	texts map[string]string
	hours map[string]lockhouse.Hours
}

// share gives a site that has its words and hours from what came before.
func (a *alike) share(s lockhouse.Site) *lockhouse.Site {
	if a.texts == nil || len(a.texts) > maxAlike || len(a.hours) > maxAlike {
		*a = alike{texts: map[string]string{}, hours: map[string]lockhouse.Hours{}}
	}
	for _, text := range []*string{(*string)(&s.Kind), &s.Host, &s.City, &s.Region, &s.Postal, &s.Country, &s.Zone, &s.Safety, &s.Artwork.Title, &s.Artwork.Artist, &s.Artwork.Picture} {
		if known, has := a.texts[*text]; has {
			*text = known
		} else {
			a.texts[*text] = *text
		}
	}
	if len(s.Hours.Exceptions) == 0 {
		key := weekKey(s.Hours)
		if known, has := a.hours[key]; has {
			s.Hours = known
		} else {
			a.hours[key] = s.Hours
		}
	}
	return &s
}

func weekKey(h lockhouse.Hours) string {
	var key []byte
	for _, spans := range h.Week {
		for _, s := range spans {
			key = append(key, byte(s.FromMin>>8), byte(s.FromMin), byte(s.ToMin>>8), byte(s.ToMin))
		}
		key = append(key, 0xff)
	}
	return string(key)
}
