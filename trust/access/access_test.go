package access_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/access"
)

var (
	noon   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	here   = lockhouse.LockerIDOf([8]byte{1})
	mine   = lockhouse.ParcelRef{1}
	theirs = lockhouse.ParcelRef{2}
	phone  = [8]byte{0xa}
	other  = [8]byte{0xb}
)

func want(t *testing.T, err error, code lockhouse.Code) {
	t.Helper()
	if code == "" && err != nil || code != "" && lockhouse.CodeOf(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func TestAdmit(t *testing.T) {
	collect := []lockhouse.Target{{Ref: mine, Verb: lockhouse.VerbCollect, Compartment: 1, Generation: 1}}
	store := []lockhouse.Target{{Ref: mine, Verb: lockhouse.VerbStore, Rank: 1}}
	for name, tt := range map[string]struct {
		locker  lockhouse.LockerID
		targets []lockhouse.Target
		floor   time.Duration // after noon
		quality lockhouse.TimeQuality
		want    lockhouse.Code
	}{
		"recipient, no clock":          {here, collect, -1e6 * time.Hour, lockhouse.TimeFloor, ""},
		"recipient, last second":       {here, collect, time.Hour - time.Second, lockhouse.TimeGood, ""},
		"recipient, at the end":        {here, collect, time.Hour, lockhouse.TimeGood, lockhouse.CodeLapsed},
		"another locker":               {lockhouse.LockerIDOf([8]byte{2}), collect, 0, lockhouse.TimeGood, lockhouse.CodeWrongLocker},
		"courier, clock of today":      {here, store, 0, lockhouse.TimeDay, ""},
		"courier, unsure":              {here, store, 0, lockhouse.TimeFloor, lockhouse.CodeClockUnsure},
		"courier among others":         {here, append(collect, store...), 0, lockhouse.TimeFloor, lockhouse.CodeClockUnsure},
		"another locker, over, unsure": {lockhouse.LockerIDOf([8]byte{2}), store, 2 * time.Hour, 0, lockhouse.CodeWrongLocker},
	} {
		t.Run(name, func(t *testing.T) {
			g := lockhouse.Grant{Locker: tt.locker, ExpiresAt: noon.Add(time.Hour), Targets: tt.targets}
			want(t, access.Admit(g, here, access.Clock{Floor: noon.Add(tt.floor), Quality: tt.quality}), tt.want)
		})
	}
}

func TestTake(t *testing.T) {
	target := lockhouse.Target{Ref: mine, Verb: lockhouse.VerbCollect, Compartment: 4, Generation: 7}
	visit := func(ago time.Duration, by [8]byte, times int) access.Visit {
		return access.Visit{Verb: lockhouse.VerbCollect, Ref: mine, Generation: 7, Phone: by, At: noon.Add(-ago), Reopened: times}
	}
	for name, tt := range map[string]struct {
		c         access.Compartment
		reopening bool
		want      lockhouse.Code
	}{
		"it lies here":               {access.Compartment{Ref: mine, Generation: 7}, false, ""},
		"here, out of service":       {access.Compartment{Ref: mine, Generation: 7, OutOfService: true}, false, ""},
		"another parcel":             {access.Compartment{Ref: theirs, Generation: 7}, false, lockhouse.CodeNotHere},
		"another parcel since":       {access.Compartment{Ref: theirs, Generation: 8}, false, lockhouse.CodeSuperseded},
		"free since":                 {access.Compartment{Generation: 8}, false, lockhouse.CodeSuperseded},
		"same parcel, newer":         {access.Compartment{Ref: mine, Generation: 8}, false, lockhouse.CodeSuperseded},
		"collected":                  {access.Compartment{Generation: 7, Last: visit(time.Hour, phone, 0)}, false, lockhouse.CodeUsed},
		"collected just now":         {access.Compartment{Generation: 7, Last: visit(time.Minute, phone, 1)}, true, ""},
		"reopened twice":             {access.Compartment{Generation: 7, Last: visit(time.Minute, phone, 2)}, false, lockhouse.CodeUsed},
		"just now, another phone":    {access.Compartment{Generation: 7, Last: visit(time.Minute, other, 0)}, false, lockhouse.CodeUsed},
		"never here":                 {access.Compartment{Generation: 7}, false, lockhouse.CodeNotHere},
		"stored, and called back":    {access.Compartment{Generation: 7, Last: access.Visit{Verb: lockhouse.VerbStore, Ref: mine, Phone: phone, At: noon}}, false, lockhouse.CodeNotHere},
		"journal lost":               {access.Compartment{Generation: 0}, false, ""},
		"journal lost, but occupied": {access.Compartment{Ref: theirs, Generation: 6}, false, lockhouse.CodeNotHere},
		"third try":                  {access.Compartment{Ref: mine, Generation: 7, Tries: 2}, false, ""},
		"fourth try":                 {access.Compartment{Ref: mine, Generation: 7, Tries: 3}, false, lockhouse.CodeTooMany},
		"kept for this phone":        {access.Compartment{Ref: mine, Generation: 7, Reserved: phone}, false, ""},
		"kept for another":           {access.Compartment{Ref: mine, Generation: 7, Reserved: other}, false, lockhouse.CodeBusy},
	} {
		t.Run(name, func(t *testing.T) {
			reopening, err := access.Take(target, phone, tt.c, noon)
			want(t, err, tt.want)
			if reopening != tt.reopening {
				t.Errorf("reopening: %v", reopening)
			}
		})
	}
	if _, err := access.Take(lockhouse.Target{Verb: lockhouse.VerbStore, Ref: mine}, phone, access.Compartment{Ref: mine}, noon); err == nil {
		t.Error("a store target took")
	}
}

// locker gives free compartments 1 to 6: two small, two medium, two large, of which the first of each is out of reach.
func locker() []access.Compartment {
	var all []access.Compartment
	for i := range 6 {
		all = append(all, access.Compartment{Number: i + 1, Rank: i/2 + 1, FloorMM: 1_600 - 800*(i%2), Ready: true})
	}
	return all
}

func TestStoreChooses(t *testing.T) {
	for name, tt := range map[string]struct {
		rank   int
		spoil  func(all []access.Compartment)
		number int
		want   lockhouse.Code
	}{
		"the smallest in reach":      {1, func([]access.Compartment) {}, 2, ""},
		"the other when taken":       {1, func(a []access.Compartment) { a[1].Ref = theirs }, 1, ""},
		"a bigger one when both are": {1, func(a []access.Compartment) { a[0].Ref, a[1].Ref = theirs, theirs }, 4, ""},
		"a greater rank asked":       {3, func([]access.Compartment) {}, 6, ""},
		"a rank that is not there":   {4, func([]access.Compartment) {}, 0, lockhouse.CodeFull},
		"not what is out of service": {1, func(a []access.Compartment) { a[1].OutOfService = true }, 1, ""},
		"not what stands open":       {1, func(a []access.Compartment) { a[1].Ready = false }, 1, ""},
		"nothing that nobody has seen": {1, func(a []access.Compartment) {
			for i := range a {
				a[i].Ready, a[i].Unseen = false, true
			}
		}, 0, lockhouse.CodeBoardSilent},
		"full, whatever is unseen": {3, func(a []access.Compartment) {
			for i := range a {
				a[i].Ready, a[i].Unseen, a[i].Ref = false, true, theirs
			}
			a[0].Ref, a[5].Ref, a[5].OutOfService = lockhouse.ParcelRef{}, lockhouse.ParcelRef{}, true
		}, 0, lockhouse.CodeFull},
		"not what may hold a parcel": {1, func(a []access.Compartment) { a[1].Ref, a[1].Doubtful = theirs, true }, 1, ""},
		"rather not what sticks":     {1, func(a []access.Compartment) { a[1].Tries = 1 }, 1, ""},
		"never what sticks thrice":   {3, func(a []access.Compartment) { a[5].Tries, a[4].Tries = 3, 3 }, 0, lockhouse.CodeFull},
		"rather not what was just left": {1, func(a []access.Compartment) {
			a[1].Last = access.Visit{Verb: lockhouse.VerbCollect, At: noon.Add(-time.Minute)}
		}, 1, ""},
		"but sooner than a bigger one": {1, func(a []access.Compartment) {
			a[0].Ref = theirs
			a[1].Last = access.Visit{Verb: lockhouse.VerbCollect, At: noon}
		}, 2, ""},
		"not what is kept after a cut": {1, func(a []access.Compartment) { a[1].Reserved = other }, 1, ""},
		"the doubtful one of its own":  {1, func(a []access.Compartment) { a[4].Ref, a[4].Doubtful = mine, true }, 5, ""},
		"nothing when it is here":      {1, func(a []access.Compartment) { a[4].Ref = mine }, 0, lockhouse.CodeAlreadyHere},
		"nothing when stored by another": {1, func(a []access.Compartment) {
			a[4].Ref, a[4].Last = mine, access.Visit{Verb: lockhouse.VerbStore, Phone: other, At: noon}
		}, 0, lockhouse.CodeAlreadyHere},
	} {
		t.Run(name, func(t *testing.T) {
			all := locker()
			tt.spoil(all)
			place, err := access.Store(lockhouse.Target{Ref: mine, Verb: lockhouse.VerbStore, Rank: 1}, phone, tt.rank, all, noon)
			want(t, err, tt.want)
			if err == nil && place.Number != tt.number {
				t.Errorf("chose %d, not %d", place.Number, tt.number)
			}
		})
	}
}

func TestStoreReopens(t *testing.T) {
	all := locker()
	all[2].Ref, all[2].Last = mine, access.Visit{Verb: lockhouse.VerbStore, Ref: mine, Phone: phone, At: noon.Add(-time.Minute)}
	place, err := access.Store(lockhouse.Target{Ref: mine, Verb: lockhouse.VerbStore, Rank: 1}, phone, 0, all, noon)
	if err != nil || place != (access.Place{Number: 3, Reopening: true}) {
		t.Errorf("%+v, %v", place, err)
	}
}

func TestMisfit(t *testing.T) {
	target := lockhouse.Target{Ref: mine, Verb: lockhouse.VerbStore, Rank: 1}
	stored := access.Compartment{Number: 3, Ref: mine, Last: access.Visit{Verb: lockhouse.VerbStore, Ref: mine, Phone: phone, At: noon}}
	for name, tt := range map[string]struct {
		c     access.Compartment
		after time.Duration
		phone [8]byte
		want  lockhouse.Code
	}{
		"just stored":   {stored, time.Minute, phone, ""},
		"too late":      {stored, access.MisfitWindow, phone, lockhouse.CodeConflict},
		"another phone": {stored, time.Minute, other, lockhouse.CodeConflict},
		"taken since":   {access.Compartment{Number: 3, Last: stored.Last}, time.Minute, phone, lockhouse.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := access.Misfit(target, tt.phone, []access.Compartment{tt.c}, noon.Add(tt.after))
			want(t, err, tt.want)
		})
	}
}

// TestNobodyElsesParcel is the promise: whatever the journal says, a target opens a compartment that holds its own
// parcel or none, and a drop-off never goes where a parcel lies.
func TestNobodyElsesParcel(t *testing.T) {
	refs := []lockhouse.ParcelRef{{}, mine, theirs, {3}}
	rapid.Check(t, func(rt *rapid.T) {
		ref := rapid.SampledFrom(refs)
		all := make([]access.Compartment, rapid.IntRange(1, 6).Draw(rt, "compartments"))
		for i := range all {
			all[i] = access.Compartment{
				Number: i + 1, Rank: rapid.IntRange(1, 3).Draw(rt, "rank"), Ready: rapid.Bool().Draw(rt, "ready"), Ref: ref.Draw(rt, "holds"),
				Generation: rapid.Uint32Range(0, 4).Draw(rt, "generation"), Doubtful: rapid.Bool().Draw(rt, "doubtful"), Tries: rapid.IntRange(0, 4).Draw(rt, "tries"),
				Last: access.Visit{Verb: lockhouse.Verb(rapid.IntRange(0, 3).Draw(rt, "verb")), Ref: ref.Draw(rt, "last"), Phone: phone, At: noon.Add(-time.Duration(rapid.IntRange(0, 600).Draw(rt, "ago")) * time.Second)},
			}
		}
		target := lockhouse.Target{Ref: mine, Verb: lockhouse.Verb(rapid.IntRange(1, 3).Draw(rt, "do")), Rank: 1, Compartment: 1, Generation: rapid.Uint32Range(1, 4).Draw(rt, "granted")}
		if target.Verb == lockhouse.VerbStore {
			if place, err := access.Store(target, phone, 0, all, noon); err == nil {
				if holds := all[place.Number-1].Ref; holds != mine && holds != (lockhouse.ParcelRef{}) {
					rt.Fatalf("a drop-off into a compartment that holds %s", holds)
				}
			}
			return
		}
		if _, err := access.Take(target, phone, all[0], noon); err == nil && all[0].Ref != mine && all[0].Ref != (lockhouse.ParcelRef{}) {
			rt.Fatalf("opened a compartment that holds %s", all[0].Ref)
		}
	})
}
