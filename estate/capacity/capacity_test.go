package capacity_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/estate/capacity"
)

// TestFeasibleIsAnAssignment compares the counting with putting parcels into boxes, the biggest parcel first and each
// into the smallest box that takes it.
func TestFeasibleIsAnAssignment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranks := rapid.SliceOfN(rapid.IntRange(1, 4), 0, 8)
		boxes, rank := ranks.Draw(t, "boxes"), rapid.IntRange(1, 4).Draw(t, "rank")
		var inside []int // only such as fit: whatever the desk has let in before
		for _, r := range ranks.Draw(t, "inside") {
			if assigned(boxes, append(slices.Clone(inside), r)) {
				inside = append(inside, r)
			}
		}
		want := assigned(boxes, append(slices.Clone(inside), rank))
		if got := capacity.Feasible(counts(boxes), counts(inside), rank); got != want {
			t.Fatalf("counted %v, assigned %v", got, want)
		}
	})
}

func counts(ranks []int) capacity.Counts {
	c := make(capacity.Counts, 4)
	for _, r := range ranks {
		c[r-1]++
	}
	return c
}

func assigned(boxes, parcels []int) bool {
	free := slices.Sorted(slices.Values(boxes))
	slices.SortFunc(parcels, func(a, b int) int { return b - a })
	for _, p := range parcels {
		at := slices.IndexFunc(free, func(box int) bool { return box >= p })
		if at < 0 {
			return false
		}
		free = slices.Delete(free, at, at+1)
	}
	return true
}

// TestOverstay: where parcels overstay there may be more than was promised; then nothing is promised beside them, and a
// surplus of big ones does not hide behind small boxes.
func TestOverstay(t *testing.T) {
	have, kept := capacity.Counts{5, 0, 1}, capacity.Counts{0, 0, 2}
	if capacity.Feasible(have, kept, 3) {
		t.Error("a third big one was promised for one big box")
	}
	if !capacity.Feasible(have, kept, 1) {
		t.Error("a small one was refused, though four boxes are free")
	}
}

func TestMayArrive(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	site := lockhouse.Site{Zone: "America/New_York", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}
	today := lockhouse.Day(20_780)
	late := today.Start(zone).Add(24*time.Hour - time.Second)
	sundays := site
	sundays.Hours.Week[today.Weekday()] = nil
	for name, c := range map[string]struct {
		site lockhouse.Site
		day  lockhouse.Day
		want lockhouse.Code
	}{
		"today, a second before midnight": {site, today, ""},
		"yesterday":                       {site, today - 1, lockhouse.CodePast},
		"the last day ahead":              {site, today + capacity.MaxAheadDays, ""},
		"one more":                        {site, today + capacity.MaxAheadDays + 1, lockhouse.CodeMalformed},
		"a closed day":                    {sundays, today, lockhouse.CodeClosed},
		"a closed site":                   {lockhouse.Site{Zone: "America/New_York", Closed: true}, today, lockhouse.CodeClosed},
		"an unknown zone":                 {lockhouse.Site{Zone: "Mars/Olympus"}, today, lockhouse.CodeMalformed},
	} {
		err := capacity.MayArrive(c.site, c.day, late)
		if c.want == "" && err != nil || c.want != "" && lockhouse.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if from, until := capacity.Window(site, today); from != today || until != today+4 {
		t.Errorf("room from %s to %s", from, until)
	}
}

// ledger is a transaction in memory.
type ledger struct {
	room capacity.Room
	hold lockhouse.Hold
	old  []lockhouse.Hold
	said []lockhouse.EventKind
}

// newLedger has so many compartments of each rank, from 1.
func newLedger(t *testing.T, have ...int) *ledger {
	t.Helper()
	l := &ledger{}
	for i, n := range have {
		if err := l.room.Install(i+1, n); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// kept adds what others keep on a day.
func (l *ledger) kept(t *testing.T, day lockhouse.Day, rank, n int) *ledger {
	t.Helper()
	if err := l.room.Add(day, day, rank, n); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *ledger) on(day lockhouse.Day, rank int) int { return l.room.KeptOn(day).Of(rank) }

func (l *ledger) Room(lockhouse.SiteID) (capacity.Room, error) { return capacity.Unpack(l.room.Pack()) }

func (l *ledger) PutRoom(_ lockhouse.SiteID, r capacity.Room) error { l.room = r; return nil }

func (l *ledger) PutHold(h lockhouse.Hold) error { l.hold = h; return nil }

func (l *ledger) LapsedHolds(_ lockhouse.SiteID, _ time.Time, limit int) ([]lockhouse.Hold, error) {
	n := min(limit, len(l.old))
	out := l.old[:n]
	l.old = l.old[n:]
	return out, nil
}

func (l *ledger) Say(e lockhouse.Event) error { l.said = append(l.said, e.Kind); return nil }

// TestOccupyFollowsTheLocker: a small parcel in a big compartment uses up a big one, and a parcel that stays keeps room
// where there is none; then all of it is freed, once.
func TestOccupyFollowsTheLocker(t *testing.T) {
	l := newLedger(t, 1, 1)
	h := lockhouse.Hold{From: 10, Until: 12, Rank: 1, Size: "S", State: lockhouse.HoldPlaced}
	now := time.Unix(0, 0)
	if err := capacity.Keep(l, h, now); err != nil {
		t.Fatal(err)
	}
	big, err := capacity.Occupy(l, h, 9, 14, lockhouse.Size{Name: "M", Rank: 2})
	if err != nil || big != l.hold || big.From != 9 || big.Until != 14 || big.Size != "M" || big.State != lockhouse.HoldConverted {
		t.Fatalf("got %+v, %v", big, err)
	}
	if err := capacity.Keep(l, lockhouse.Hold{From: 10, Until: 10, Rank: 2, State: lockhouse.HoldPlaced}, now); lockhouse.CodeOf(err) != lockhouse.CodeFull {
		t.Fatalf("the big one was promised again: %v", err)
	}
	free, err := capacity.Free(l, big, 11, lockhouse.HoldReleased)
	if err != nil || free.State != lockhouse.HoldReleased {
		t.Fatal(free, err)
	}
	if l.on(10, 2) != 1 || l.on(11, 2) != 0 || l.on(14, 2) != 0 {
		t.Fatalf("counts %v", l.room)
	}
	if _, err := capacity.Free(l, free, 9, lockhouse.HoldReleased); err != nil {
		t.Fatalf("freeing again: %v", err)
	}
}

// TestKeepLetsGoOfMany: before a site is called full, everything that lapsed is let go, however much it is.
func TestKeepLetsGoOfMany(t *testing.T) {
	l := newLedger(t, 100).kept(t, 10, 1, 100)
	for range 100 {
		l.old = append(l.old, lockhouse.Hold{From: 10, Until: 10, Rank: 1, State: lockhouse.HoldPlaced})
	}
	for i := range 100 {
		h := lockhouse.Hold{From: 10, Until: 10, Rank: 1, Size: "S", State: lockhouse.HoldPlaced}
		if err := capacity.Keep(l, h, time.Unix(0, 0)); err != nil {
			t.Fatalf("hold %d: %v", i, err)
		}
	}
	if len(l.said) != 100 {
		t.Fatalf("%d were said to have lapsed", len(l.said))
	}
}

func TestLonger(t *testing.T) {
	l := newLedger(t, 1).kept(t, 14, 1, 1)
	h := lockhouse.Hold{From: 10, Until: 12, Rank: 1, Size: "S", State: lockhouse.HoldPlaced}
	if err := capacity.Keep(l, h, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	longer, err := capacity.Longer(l, h, 13)
	if err != nil || longer.Until != 13 || l.on(13, 1) != 1 {
		t.Fatal(longer, err)
	}
	if same, err := capacity.Longer(l, longer, 11); err != nil || same != longer {
		t.Fatal(same, err)
	}
	if _, err := capacity.Longer(l, longer, 14); lockhouse.CodeOf(err) != lockhouse.CodeFull {
		t.Fatalf("got %v", err)
	}
}

// TestKeepForgetsDaysThatAreOver: what a site's room is kept in does not grow with its age, and giving back what was kept
// on a day that is forgotten is no fault.
func TestKeepForgetsDaysThatAreOver(t *testing.T) {
	l, start := newLedger(t, 3), time.Unix(0, 0)
	old := lockhouse.Hold{From: 3, Until: 6, Rank: 1, Size: "S", State: lockhouse.HoldPlaced}
	for age := range 400 {
		day := lockhouse.Day(3 + age)
		h := lockhouse.Hold{From: day, Until: day, Rank: 1, Size: "S", State: lockhouse.HoldPlaced}
		if age == 0 {
			h = old
		}
		if err := capacity.Keep(l, h, start.AddDate(0, 0, int(day))); err != nil {
			t.Fatal(err)
		}
	}
	if _, kept := l.room.Pack(); len(kept) > 40 {
		t.Errorf("after 400 days a room is %d bytes", len(kept))
	}
	if _, err := capacity.Free(l, old, 3, lockhouse.HoldReleased); err != nil {
		t.Error(err)
	}
}
