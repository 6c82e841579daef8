package line_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/storetest"
	"lockhouse/wire"
)

// What a locker measured is kept and said to be; said twice it is as good as once, and what was counted less far comes to nothing.
func TestFigures(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	c := w.up(l)
	today := lockhouse.DayOf(time.Now().UTC())
	f := lockhouse.NewFigures(today)
	f.ThroughS, f.RunningS, f.AbleS = 120, 110, 100
	f.Open.Add(250 * time.Millisecond)
	early := f.Clone()
	early.ThroughS = 115
	early.Open.Add(time.Second)
	for _, said := range []lockhouse.Figures{f, early, f} {
		counted := answered[wire.Counted](c, wire.Figures{Days: []lockhouse.Figures{lockhouse.NewFigures(today - 1), said}})
		if counted.Day != today || counted.ThroughS != said.ThroughS {
			t.Errorf("%+v", counted)
		}
	}
	storetest.View(t, w.store, func(tx store.Tx) error {
		days, err := tx.FiguresOf(l.ID, today-1)
		w.must(err)
		if len(days) != 2 || days[1].AbleS != 100 || days[1].Open.Quantile(0.5) != f.Open.Quantile(0.5) || days[1].Open.Count() != 1 {
			t.Errorf("%+v", days)
		}
		return nil
	})
}
