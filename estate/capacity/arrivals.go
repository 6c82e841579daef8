package capacity

import (
	"time"

	"lockhouse"
)

// ArrivalDays is how many days Arrivals tells of. They are enough for everybody: MaxAheadDays, and the days on which it is
// yesterday or tomorrow somewhere on earth.
const ArrivalDays = 64

// FirstArrival is the day to ask Arrivals from at a moment: nowhere is it earlier.
func FirstArrival(now time.Time) lockhouse.Day { return lockhouse.DayOf(now.UTC()) - 1 }

// Arrivals tells for each rank, from 1 in the first word on, on which days a hold would be given: bit d mod 64 stands for
// day d, of the 64 days from first. It is Window, FitsOn and MayArrive for all of them at once, but for what the clock has to
// say: a day that is over, or too far ahead, is the asker's to rule out (see Arrivable).
func Arrivals(site *lockhouse.Site, r Room, first lockhouse.Day, ranks int) []uint64 {
	words := make([]uint64, ranks)
	if site.Closed {
		return words
	}
	open := openDays(site, first)
	for i := range words {
		if rank := i + 1; r.Fits(rank) {
			words[i] = open &^ r.fullFor(site, first, rank)
		}
	}
	return words
}

func openDays(site *lockhouse.Site, first lockhouse.Day) (days uint64) {
	for day := first; day < first+ArrivalDays; day++ {
		if site.Hours.OpenOn(day) {
			days |= bit(day)
		}
	}
	return days
}

// fullFor gives the days on which no parcel of a rank may arrive, since it could be there on one that is full.
func (r Room) fullFor(site *lockhouse.Site, first lockhouse.Day, rank int) (days uint64) {
	for full, kept := range r.Kept() {
		if Feasible(r.Have, kept, rank) {
			continue
		}
		for day := max(first, full-stay(site)); day <= min(full, first+ArrivalDays-1); day++ {
			days |= bit(day)
		}
	}
	return days
}

func bit(day lockhouse.Day) uint64 { return 1 << (uint(day) % ArrivalDays) }

// Arrivable tells whether a parcel may be said to arrive on a day, where today is the site's own: not behind it, and not too
// far ahead.
func Arrivable(arrives, today lockhouse.Day) bool {
	return arrives >= today && arrives <= today+MaxAheadDays
}
