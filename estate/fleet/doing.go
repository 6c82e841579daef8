package fleet

import (
	"time"

	"lockhouse"
	"lockhouse/store"
)

// wordLag is for how long of today a locker need not have said anything: it does every some minutes.
const wordLag = 10 * time.Minute

// doing makes days out of the rows of some of them. They begin with the first of which the locker said something, at the second from
// which it counted: before, there was nothing to count.
func doing(l lockhouse.Locker, rows []store.LockerDay, through lockhouse.Day, heard, now time.Time) LockerDoing {
	all := LockerDoing{Locker: l, Month: Doing{Figures: lockhouse.NewFigures(through)}}
	byDay := map[lockhouse.Day]store.LockerDay{}
	first := through + 1
	for _, r := range rows {
		if byDay[r.Day] = r; !r.Told.IsZero() {
			first = min(first, r.Day)
		}
	}
	silent := gaps(heard, now)
	for day := first; day <= through; day++ {
		r, said := byDay[day]
		if !said || r.Told.IsZero() {
			r.Figures = lockhouse.NewFigures(day)
		}
		one := Doing{Figures: r.Figures, LineDownS: r.LineDownS + silent[day]}
		one.UnknownS = unknown(r.Figures, day == first, now)
		one.LineDownS = min(one.LineDownS, one.Seconds())
		all.Days = append(all.Days, one)
		all.Month.join(one)
	}
	if len(all.Days) > 0 {
		all.Month.Day = first
	}
	return all
}

// unknown gives the seconds of a day of which a locker that has said so much said nothing.
func unknown(f lockhouse.Figures, first bool, now time.Time) int {
	length := lockhouse.DayS
	if passed := now.Unix() - int64(f.Day)*lockhouse.DayS; passed < lockhouse.DayS {
		length = max(f.ThroughS, int(passed)-int(wordLag.Seconds()))
	}
	known := f.RunningS + f.DownS
	if first {
		known = f.ThroughS
	}
	return max(0, length-known)
}

// join counts a later day as well.
func (d *Doing) join(o Doing) {
	d.ThroughS = o.ThroughS
	for _, sum := range []struct {
		all *int
		one int
	}{
		{&d.RunningS, o.RunningS}, {&d.DownS, o.DownS}, {&d.AbleS, o.AbleS}, {&d.BoardlessS, o.BoardlessS}, {&d.DisklessS, o.DisklessS}, {&d.LinelessS, o.LinelessS},
		{&d.Starts, o.Starts}, {&d.Unopened, o.Unopened}, {&d.UnknownS, o.UnknownS}, {&d.LineDownS, o.LineDownS},
	} {
		*sum.all += sum.one
	}
	d.Authorised.Join(o.Authorised)
	d.Pulsed.Join(o.Pulsed)
	d.Open.Join(o.Open)
}
