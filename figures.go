package lockhouse

import "maps"

// Figures are what a locker measured of itself on one day: cumulative, so that the latest word says all, and one that is lost or
// comes twice costs nothing. The day is UTC's, by the locker's own floor; seconds are its own stopwatch's.
type Figures struct {
	Day      Day `json:"day"`
	ThroughS int `json:"through_s"` // of the day: up to there it is counted. What is in none of the next two was not measured

	RunningS int `json:"running_s"` // the agent ran
	DownS    int `json:"down_s"`    // it did not
	AbleS    int `json:"able_s"`    // it ran, could reach all of its lock boards, and its disk took what it wrote: any door could have been opened

	BoardlessS int `json:"boardless_s"` // it ran, and a lock board did not answer
	DisklessS  int `json:"diskless_s"`  // it ran, and its disk took nothing
	LinelessS  int `json:"lineless_s"`  // it ran, and had no line to the network

	Starts   int `json:"starts"`
	Unopened int `json:"unopened"` // locks that were let go, and no door opened

	// From the phone's wish, as the locker heard it, until it was authorised, until its lock was let go, and until its door was
	// seen open.
	Authorised Spread `json:"authorised"`
	Pulsed     Spread `json:"pulsed"`
	Open       Spread `json:"open"`
}

// DayS is how many seconds a day has, by UTC and without leap seconds.
const DayS = 86_400

// MaxDailyOpenings is how many openings are believed of a locker on a day: one each second would be no locker.
const MaxDailyOpenings = DayS

// NewFigures are those of a day of which nothing is counted yet.
func NewFigures(day Day) Figures {
	return Figures{Day: day, Authorised: Spread{}, Pulsed: Spread{}, Open: Spread{}}
}

// Clone gives figures that go on by themselves.
func (f Figures) Clone() Figures {
	f.Authorised, f.Pulsed, f.Open = maps.Clone(f.Authorised), maps.Clone(f.Pulsed), maps.Clone(f.Open)
	return f
}

// InRange tells whether they could be those of a day.
func (f Figures) InRange() bool {
	for _, s := range []int{f.ThroughS, f.RunningS, f.DownS, f.AbleS, f.BoardlessS, f.DisklessS, f.LinelessS} {
		if s < 0 || s > DayS {
			return false
		}
	}
	for _, s := range []Spread{f.Authorised, f.Pulsed, f.Open} {
		if s == nil || !s.InRange(MaxDailyOpenings) {
			return false
		}
	}
	return f.RunningS+f.DownS <= f.ThroughS && max(f.AbleS, f.BoardlessS, f.DisklessS, f.LinelessS) <= f.RunningS && f.Starts >= 0 && f.Starts <= DayS &&
		f.Unopened >= 0 && f.Unopened <= MaxDailyOpenings
}
