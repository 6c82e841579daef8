package capacity_test

import (
	"errors"
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

func counts(ranks []int) map[int]int {
	m := map[int]int{}
	for _, r := range ranks {
		m[r]++
	}
	return m
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
	have := map[int]int{1: 5, 3: 1}
	if capacity.Feasible(have, map[int]int{3: 2}, 3) {
		t.Error("a third big one was promised for one big box")
	}
	if !capacity.Feasible(have, map[int]int{3: 2}, 1) {
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
	have map[int]int
	load map[lockhouse.Day]map[int]int
	hold lockhouse.Hold
	old  []lockhouse.Hold
	said []lockhouse.EventKind
}

func (l *ledger) Capacity(lockhouse.SiteID) (map[int]int, error) { return l.have, nil }

func (l *ledger) Load(_ lockhouse.SiteID, _, _ lockhouse.Day) (map[lockhouse.Day]map[int]int, error) {
	return l.load, nil
}

func (l *ledger) AddLoad(_ lockhouse.SiteID, from, until lockhouse.Day, rank, by int) error {
	for day := from; day <= until; day++ {
		if l.load[day] == nil {
			l.load[day] = map[int]int{}
		}
		if l.load[day][rank] += by; l.load[day][rank] < 0 {
			return errors.New("freed twice")
		}
	}
	return nil
}

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
	l := &ledger{have: map[int]int{1: 1, 2: 1}, load: map[lockhouse.Day]map[int]int{}}
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
	if l.load[10][2] != 1 || l.load[11][2] != 0 || l.load[14][2] != 0 {
		t.Fatalf("counts %v", l.load)
	}
	if _, err := capacity.Free(l, free, 9, lockhouse.HoldReleased); err != nil {
		t.Fatalf("freeing again: %v", err)
	}
}

// TestKeepLetsGoOfMany: before a site is called full, everything that lapsed is let go, however much it is.
func TestKeepLetsGoOfMany(t *testing.T) {
	l := &ledger{have: map[int]int{1: 100}, load: map[lockhouse.Day]map[int]int{10: {1: 100}}}
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
	l := &ledger{have: map[int]int{1: 1}, load: map[lockhouse.Day]map[int]int{14: {1: 1}}}
	h := lockhouse.Hold{From: 10, Until: 12, Rank: 1, Size: "S", State: lockhouse.HoldPlaced}
	if err := capacity.Keep(l, h, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	longer, err := capacity.Longer(l, h, 13)
	if err != nil || longer.Until != 13 || l.load[13][1] != 1 {
		t.Fatal(longer, err)
	}
	if same, err := capacity.Longer(l, longer, 11); err != nil || same != longer {
		t.Fatal(same, err)
	}
	if _, err := capacity.Longer(l, longer, 14); lockhouse.CodeOf(err) != lockhouse.CodeFull {
		t.Fatalf("got %v", err)
	}
}
