package capacity_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/estate/capacity"
)

// kept is one count of a plain model of a room.
type kept struct {
	day  lockhouse.Day
	rank int
}

// TestRoomIsWhatWasCounted compares a room that is packed and unpacked at each step with a map.
func TestRoomIsWhatWasCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var room capacity.Room
		have, model, over := map[int]int{}, map[kept]int{}, lockhouse.Day(0)
		day, rank := rapid.IntRange(0, 40), rapid.IntRange(1, 4)
		t.Repeat(map[string]func(*rapid.T){
			"install": func(t *rapid.T) {
				r, by := rank.Draw(t, "rank"), rapid.IntRange(-3, 3).Draw(t, "by")
				if fine := have[r]+by >= 0; (room.Install(r, by) == nil) != fine {
					t.Fatalf("%d and %d more", have[r], by)
				} else if fine {
					have[r] += by
				}
			},
			"add": func(t *rapid.T) {
				r, by := rank.Draw(t, "rank"), rapid.IntRange(-3, 3).Draw(t, "by")
				from := lockhouse.Day(day.Draw(t, "from"))
				until := from + lockhouse.Day(rapid.IntRange(0, 6).Draw(t, "days"))
				fine := true
				for d := max(from, over); d <= until; d++ {
					fine = fine && model[kept{d, r}]+by >= 0
				}
				before, _ := capacity.Unpack(room.Pack())
				if (room.Add(from, until, r, by) == nil) != fine {
					t.Fatalf("rank %d, %s to %s, %d more", r, from, until, by)
				}
				if !fine { // its transaction would be rolled back
					room = before
					return
				}
				for d := max(from, over); d <= until; d++ {
					model[kept{d, r}] += by
				}
			},
			"forget": func(t *rapid.T) {
				before := lockhouse.Day(day.Draw(t, "before") / 2)
				room.Forget(before)
				over = max(over, before)
				for k := range model {
					if k.day < over {
						delete(model, k)
					}
				}
			},
			"": func(t *rapid.T) {
				again, err := capacity.Unpack(room.Pack())
				if err != nil {
					t.Fatal(err)
				}
				room = again
				compare(t, room, have, model)
			},
		})
	})
}

func compare(t *rapid.T, room capacity.Room, have map[int]int, model map[kept]int) {
	for rank := 1; rank <= 5; rank++ {
		if room.Have.Of(rank) != have[rank] {
			t.Fatalf("rank %d: %d compartments, want %d", rank, room.Have.Of(rank), have[rank])
		}
	}
	for day := lockhouse.Day(0); day < 50; day++ {
		for rank := 1; rank <= 5; rank++ {
			if got, want := room.KeptOn(day).Of(rank), model[kept{day, rank}]; got != want {
				t.Fatalf("%s rank %d: %d are kept, want %d", day, rank, got, want)
			}
			fits := room.Fits(rank)
			for d := day; d <= day+2; d++ {
				fits = fits && capacity.Feasible(room.Have, room.KeptOn(d), rank)
			}
			if room.FitsOn(day, day+2, rank) != fits {
				t.Fatalf("%s rank %d: fits is %v", day, rank, !fits)
			}
		}
	}
}

// TestRoomRefuses: what would be a fault of ours is said, and not counted.
func TestRoomRefuses(t *testing.T) {
	var r capacity.Room
	for name, err := range map[string]error{
		"a compartment that was never there": r.Install(1, -1),
		"no rank":                            r.Install(0, 1),
		"too big a rank":                     r.Install(100, 1),
		"a parcel that was never counted":    r.Add(10, 10, 1, -1),
		"more than anybody counts":           r.Add(10, 10, 1, 1<<40),
	} {
		if err == nil {
			t.Errorf("%s was counted", name)
		}
	}
}

// FuzzUnpack: whatever a store gives back is a room that packs into the same, or an error.
func FuzzUnpack(f *testing.F) {
	var r capacity.Room
	seed := func() {
		have, kept := r.Pack()
		f.Add(have, kept)
	}
	for rank, n := range []int{4, 2, 1} {
		if err := r.Install(rank+1, n); err != nil {
			f.Fatal(err)
		}
	}
	seed()
	r.Forget(20_000)
	seed()
	if err := r.Add(20_780, 20_784, 2, 300); err != nil {
		f.Fatal(err)
	}
	seed()
	f.Add([]byte{0xff}, []byte{0x80})
	f.Add([]byte{}, []byte{0, 0, 1})
	f.Fuzz(func(t *testing.T, have, kept []byte) {
		room, err := capacity.Unpack(have, kept)
		if err != nil {
			return
		}
		again, err := capacity.Unpack(room.Pack())
		if err != nil {
			t.Fatal(err)
		}
		if len(room.Have) == 0 && len(again.Have) == 0 {
			room.Have, again.Have = nil, nil
		}
		if !reflect.DeepEqual(room.Have, again.Have) {
			t.Fatalf("%v, then %v", room.Have, again.Have)
		}
		for day, counts := range room.Kept() {
			if !reflect.DeepEqual(counts, again.KeptOn(day)) {
				t.Fatalf("%s: %v, then %v", day, counts, again.KeptOn(day))
			}
		}
	})
}
