package fleet

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Bounds of lockers' figures.
const (
	FiguresKeptDays = 90
	MonthDays       = 30               // over which a locker is said to do so or so
	lineGap         = 30 * time.Second // without a word, after which a locker's line was missed
	dayAheadDays    = 1                // by which a locker's date may be ahead of ours
)

// Figures keeps what a locker measured of itself. Days that the network does not keep, or that have not come yet, change nothing.
func (d *Desk) Figures(ctx context.Context, locker lockhouse.LockerID, days []lockhouse.Figures) error {
	now := lockhouse.AsKept(d.Now())
	today := lockhouse.DayOf(now.UTC())
	return d.Store.Update(ctx, func(tx store.Tx) error {
		for _, f := range days {
			if f.Day <= today-FiguresKeptDays || f.Day > today+dayAheadDays {
				continue
			}
			if err := tx.PutFigures(locker, store.LockerDay{Figures: f, Told: now}); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropFigures deletes days beyond FiguresKeptDays, at most limit; dropped tells how many that were.
func (d *Desk) DropFigures(ctx context.Context, limit int) (dropped int, err error) {
	before := lockhouse.DayOf(d.Now().UTC()) - FiguresKeptDays
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		dropped, err = tx.DropFigures(before, limit)
		return err
	})
	return dropped, err
}

// missed counts the time in which a locker's line was not there, to the days that it fell on.
func missed(tx store.Figures, locker lockhouse.LockerID, was, now time.Time) error {
	for day, s := range gaps(was, now) {
		if err := tx.AddLineDown(locker, day, s); err != nil {
			return err
		}
	}
	return nil
}

// gaps gives, by UTC's days, the seconds between two words of a locker where they lie too far apart.
func gaps(was, now time.Time) map[lockhouse.Day]int {
	byDay := map[lockhouse.Day]int{}
	if was.IsZero() || now.Sub(was) <= lineGap {
		return byDay
	}
	from, to := max(was.Unix(), now.Unix()-FiguresKeptDays*lockhouse.DayS), now.Unix()
	for from < to {
		s := min(to-from, lockhouse.DayS-from%lockhouse.DayS)
		byDay[lockhouse.Day(from/lockhouse.DayS)] += int(s)
		from += s
	}
	return byDay
}

// Doing is how a locker does, on a day or over several.
type Doing struct {
	lockhouse.Figures     // of all days together; Day is the first
	UnknownS          int // of which there is no word of the locker's. It counts as down until there is
	LineDownS         int // the network missed its line
}

// Seconds is how long all of it lasted.
func (d Doing) Seconds() int { return d.RunningS + d.DownS + d.UnknownS }

// Uptime is the share of the time in which any door could have been opened: its agent ran, all lock boards answered, and its disk
// took what it wrote. ok is false where there was no time.
func (d Doing) Uptime() (share float64, ok bool) { return d.share(d.AbleS) }

// LineUp is the share of the time in which the network had the locker's line.
func (d Doing) LineUp() (share float64, ok bool) {
	return d.share(max(0, d.Seconds()-d.LineDownS))
}

func (d Doing) share(s int) (float64, bool) {
	if d.Seconds() == 0 {
		return 0, false
	}
	return float64(s) / float64(d.Seconds()), true
}

// LockerDoing is how a locker does.
type LockerDoing struct {
	Locker lockhouse.Locker
	Days   []Doing // of the last MonthDays from the first of which there is a word, the earliest first
	Month  Doing   // all of them
}

// DoingAt gives how the lockers of a site do, through a day.
func (d *Desk) DoingAt(ctx context.Context, site lockhouse.SiteID, through lockhouse.Day) (all []LockerDoing, err error) {
	now := d.Now()
	err = d.Store.View(ctx, func(tx store.Tx) error {
		all = nil
		lockers, err := tx.LockersAt(site)
		if err != nil {
			return err
		}
		for _, l := range lockers {
			rows, err := tx.FiguresOf(l.ID, through-MonthDays+1)
			if err != nil {
				return err
			}
			heard, err := tx.Heard(l.ID)
			if err != nil {
				return err
			}
			all = append(all, doing(l, rows, through, heard, now))
		}
		return nil
	})
	return all, err
}

// Today gives UTC's date, by which lockers count.
func (d *Desk) Today() lockhouse.Day { return lockhouse.DayOf(d.Now().UTC()) }
