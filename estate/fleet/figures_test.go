package fleet_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// day gives figures of a locker that ran so long of it, was down as long, and opened some doors.
func day(d lockhouse.Day, ran, down, openings int) lockhouse.Figures {
	f := lockhouse.NewFigures(d)
	f.ThroughS, f.RunningS, f.AbleS, f.DownS = ran+down, ran, ran, down
	for range openings {
		f.Open.Add(400 * time.Millisecond)
	}
	return f
}

// doings gives how the one locker does.
func doings(t *testing.T, d *fleet.Desk, through lockhouse.Day) fleet.LockerDoing {
	t.Helper()
	all, err := d.DoingAt(t.Context(), storetest.Site(1).ID, through)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

// A locker does as it says. What it says nothing of counts as down, until it does: a locker that burnt down does not do well.
func TestDoing(t *testing.T) {
	s, now := sqlitetest.Open(t), storetest.Noon // 17:00 UTC
	d := &fleet.Desk{Store: s, Now: func() time.Time { return now }}
	storetest.Build(t, s, 1, 1, 0, 0)
	locker, _ := storetest.Locker(storetest.Site(1).ID, 1, 1, 0, 0)
	today := d.Today()
	if l := doings(t, d, today); len(l.Days) != 0 || l.Month.Seconds() != 0 {
		t.Fatalf("of a locker that said nothing: %+v", l)
	}
	say := func(days ...lockhouse.Figures) {
		t.Helper()
		if err := d.Figures(t.Context(), locker.ID, days); err != nil {
			t.Fatal(err)
		}
	}
	young := day(today-3, 3_600, 0, 2) // it was set up an hour before the day's end
	young.ThroughS = lockhouse.DayS
	say(young, day(today-1, 80_000, 6_400, 5), day(today, 61_000, 0, 1), day(today+2, 1, 0, 1), day(today-fleet.FiguresKeptDays, 1, 0, 1))
	l := doings(t, d, today)
	if len(l.Days) != 4 || l.Days[0].UnknownS != 0 || l.Days[1].UnknownS != lockhouse.DayS || l.Days[2].UnknownS != 0 || l.Days[3].UnknownS != 0 {
		t.Fatalf("%+v", l.Days)
	}
	if l.Month.Open.Count() != 8 || l.Month.AbleS != 144_600 || l.Month.Seconds() != 144_600+6_400+lockhouse.DayS || l.Month.Day != today-3 {
		t.Errorf("%+v", l.Month)
	}
	if up, ok := l.Days[2].Uptime(); !ok || up != 80_000./lockhouse.DayS {
		t.Errorf("up %v", up)
	}
	say(day(today-2, lockhouse.DayS, 0, 0)) // which it had been alone
	if l = doings(t, d, today-1); len(l.Days) != 3 || l.Month.UnknownS != 0 {
		t.Errorf("%+v", l)
	}
	now = now.Add(3 * time.Hour)
	if l = doings(t, d, today); l.Days[3].UnknownS != 72_000-600-61_000 {
		t.Errorf("silent since: %+v", l.Days[3])
	}
}

// The line's own up and down are the network's to see, whatever the locker says: what lies between two words of it, and what
// has not ended yet.
func TestLineDown(t *testing.T) {
	s, now := sqlitetest.Open(t), storetest.Noon
	d := &fleet.Desk{Store: s, Now: func() time.Time { return now }}
	storetest.Build(t, s, 1, 1, 0, 0)
	locker, _ := storetest.Locker(storetest.Site(1).ID, 1, 1, 0, 0)
	hear := func(after time.Duration) {
		t.Helper()
		now = now.Add(after)
		if err := d.Heard(t.Context(), locker.ID, "v1"); err != nil {
			t.Fatal(err)
		}
	}
	hear(0)
	hear(20 * time.Second)
	hear(10 * time.Hour) // over midnight
	hear(25 * time.Second)
	today := d.Today()
	if err := d.Figures(t.Context(), locker.ID, []lockhouse.Figures{day(today-1, lockhouse.DayS, 0, 0), day(today, 3*3600, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	l := doings(t, d, today)
	if l.Days[0].LineDownS != 7*3600-20 || l.Days[1].LineDownS != 3*3600+20-0 && l.Days[1].LineDownS != 3*3600 {
		t.Errorf("%d s and %d s", l.Days[0].LineDownS, l.Days[1].LineDownS)
	}
	now = now.Add(time.Hour)
	if l = doings(t, d, today); l.Days[1].LineDownS < 4*3600-615 { // of the last minutes nothing is said yet
		t.Errorf("silent for an hour: %d s", l.Days[1].LineDownS)
	}
	if up, ok := l.Days[0].LineUp(); !ok || up < 0.70 || up > 0.72 {
		t.Errorf("the line was up for %v of the day", up)
	}
}

// Figures are kept for so many days, and dropped a piece at a time.
func TestFiguresAreDropped(t *testing.T) {
	s, now := sqlitetest.Open(t), storetest.Noon
	d := &fleet.Desk{Store: s, Now: func() time.Time { return now }}
	storetest.Build(t, s, 1, 1, 0, 0)
	locker, _ := storetest.Locker(storetest.Site(1).ID, 1, 1, 0, 0)
	today := d.Today()
	for i := range lockhouse.Day(5) {
		if err := d.Figures(t.Context(), locker.ID, []lockhouse.Figures{day(today-i, 60, 0, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add((fleet.FiguresKeptDays - 1) * 24 * time.Hour)
	for _, want := range []int{2, 1, 0} {
		if dropped, err := d.DropFigures(t.Context(), 2); err != nil || dropped != want {
			t.Errorf("dropped %d, %v; want %d", dropped, err, want)
		}
	}
}
