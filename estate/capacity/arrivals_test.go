package capacity_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/estate/capacity"
)

// TestArrivalsAsOneByOne: what the words say of all days at once is what the rules of a hold say of each.
func TestArrivalsAsOneByOne(t *testing.T) {
	const ranks = 3
	now := time.Date(2026, time.November, 25, 11, 0, 0, 0, time.UTC)
	zones := rapid.SampledFrom([]string{"America/New_York", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"})
	rapid.Check(t, func(t *rapid.T) {
		now := now.Add(time.Duration(rapid.IntRange(-400, 400).Draw(t, "hours")) * time.Hour)
		first := capacity.FirstArrival(now)
		site := lockhouse.Site{Zone: zones.Draw(t, "zone"), Hours: lockhouse.AlwaysOpen(), HoldingDays: rapid.IntRange(1, 30).Draw(t, "holding"), Closed: rapid.IntRange(0, 9).Draw(t, "closed") == 0}
		site.Hours.Week[rapid.IntRange(0, 6).Draw(t, "weekday off")] = nil
		days := rapid.IntRange(-5, 100)
		site.Hours.Exceptions = map[lockhouse.Day][]lockhouse.Span{first + lockhouse.Day(days.Draw(t, "day off")): nil}
		var room capacity.Room
		for rank := 1; rank <= ranks; rank++ {
			if err := room.Install(rank, rapid.IntRange(0, 2).Draw(t, "have")); err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(0, 6).Draw(t, "kept") {
			from := first + lockhouse.Day(days.Draw(t, "from"))
			if err := room.Add(from, from+lockhouse.Day(rapid.IntRange(0, 3).Draw(t, "days")), rapid.IntRange(1, ranks).Draw(t, "rank"), 1); err != nil {
				t.Fatal(err)
			}
		}
		words := capacity.Arrivals(&site, room, first, ranks)
		zone, err := site.Location()
		if err != nil {
			t.Fatal(err)
		}
		today := lockhouse.DayOf(now.In(zone))
		for day := today - 3; day <= today+capacity.MaxAheadDays+3; day++ {
			for rank := 1; rank <= ranks; rank++ {
				from, until := capacity.Window(site, day)
				want := capacity.MayArrive(site, day, now) == nil && room.FitsOn(from, until, rank)
				got := capacity.Arrivable(day, today) && words[rank-1]>>(uint(day)%capacity.ArrivalDays)&1 == 1
				if got != want {
					t.Fatalf("rank %d on %s, today %s: %v, want %v", rank, day, today, got, want)
				}
			}
		}
	})
}

func BenchmarkArrivals(b *testing.B) {
	site := lockhouse.Site{Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}
	room := capacity.Room{Have: capacity.Counts{2, 2, 1}}
	if err := room.Add(20_780, 20_790, 1, 5); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		capacity.Arrivals(&site, room, 20_780, 3)
	}
}
