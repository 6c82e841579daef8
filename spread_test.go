package lockhouse

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is read from a spread is off by 3.2 % at most, wherever it lies, and never leaves the order of what went in.
func TestSpreadIsNearlyExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(0, 126_000), 1, 300).Draw(t, "took, ms")
		s := Spread{}
		for _, ms := range all {
			s.Add(time.Duration(ms) * time.Millisecond)
		}
		slices.Sort(all)
		for _, share := range []float64{0.01, 0.5, 0.95, 1} {
			want := float64(all[int(math.Ceil(share*float64(len(all))-1e-6))-1])
			if got := float64(s.Quantile(share)) / 1e6; math.Abs(got-want) > 0.032*want {
				t.Fatalf("%g of %v is %g ms, said to be %g", share, all, want, got)
			}
		}
		if s.Count() != len(all) || !s.InRange(len(all)) || s.InRange(len(all)-1) {
			t.Fatalf("%d of %d", s.Count(), len(all))
		}
	})
}

// Buckets follow each other without a gap, and what is beyond the last is in it.
func TestSpreadBuckets(t *testing.T) {
	last := 0
	for ms := range int64(130_000) {
		if b := bucketOf(ms); b != last && b != last+1 {
			t.Fatalf("%d ms is in bucket %d, after %d", ms, b, last)
		} else {
			last = b
		}
	}
	if last != SpreadBuckets-1 || bucketOf(math.MaxInt64) != last || bucketOf(-1) != 0 {
		t.Errorf("the last bucket is %d", last)
	}
	if (Spread{}).Quantile(0.5) != 0 {
		t.Error("of none it is not 0")
	}
	a, b := Spread{1: 2}, Spread{1: 1, 9: 1}
	if a.Join(b); a.Count() != 4 || a[1] != 3 {
		t.Errorf("%v", a)
	}
}

func TestFiguresInRange(t *testing.T) {
	good := NewFigures(20_780)
	good.ThroughS, good.RunningS, good.AbleS, good.DownS, good.Starts = 100, 60, 50, 40, 1
	good.Open.Add(time.Second)
	if !good.InRange() {
		t.Fatalf("%+v", good)
	}
	other := good.Clone()
	other.Open.Add(time.Second)
	if good.Open.Count() != 1 {
		t.Error("a clone is not by itself")
	}
	for name, spoil := range map[string]func(*Figures){
		"a day is longer":     func(f *Figures) { f.ThroughS = DayS + 1 },
		"less than nothing":   func(f *Figures) { f.DownS = -1 },
		"more than there was": func(f *Figures) { f.DownS = 41 },
		"able without":        func(f *Figures) { f.AbleS = 61 },
		"no such bucket":      func(f *Figures) { f.Pulsed[SpreadBuckets] = 1 },
		"none in a bucket":    func(f *Figures) { f.Pulsed[3] = 0 },
		"too many":            func(f *Figures) { f.Pulsed[3] = MaxDailyOpenings + 1 },
		"not there":           func(f *Figures) { f.Authorised = nil },
	} {
		f := good.Clone()
		if spoil(&f); f.InRange() {
			t.Error(name)
		}
	}
}
