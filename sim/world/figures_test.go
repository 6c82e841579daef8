package world_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/internal/browser"
	"lockhouse/sim/cabinet"
	"lockhouse/sim/world"
)

// springMS is how long the doors of this test's locker take to spring open.
const springMS = 600

// The console shows what the agent itself measured, with doors that take a known time. Asked to report, the locker says it now; a
// compartment is taken out of service, and put back. The public sees of it what has ended, and nothing of today.
func TestFiguresAreTheAgentsOwn(t *testing.T) {
	t.Parallel()
	s := raiseAs(t, world.Config{Sites: 1, Log: slog.New(slog.DiscardHandler), Cabinet: cabinet.Settings{SpringMS: springMS}})
	s.dropOff(s.order())
	b := browser.Open(t, browser.Options{})
	p := b.Page(t, browser.Desk)
	p.Go(s.ConsoleURL())
	p.Click("[data-test=sign-in]")
	p.Click("[data-test=site] a")
	p.Wait("[data-test=door]")

	s.until("the opening is over", func() bool { return s.measured().Open.Count() > 0 })
	p.Click("[data-test=report]")
	p.Click("[data-test=report-yes]")
	p.WaitText("[data-test=reported]", "It has reported.")
	own := s.measured()
	took := own.Open.Quantile(0.5)
	if took < springMS*time.Millisecond*96/100 || took < own.Pulsed.Quantile(0.5) || own.Open.Count() != 1 {
		t.Fatalf("doors spring open after %d ms, and it measured %+v", springMS, own)
	}
	p.WaitText("[data-test=p50]", inSeconds(took))
	p.WaitText("[data-test=openings]", "1")

	p.Click("[data-number='3'] [data-test=take-out]")
	p.Click("[data-number='3'] [data-test=take-out-yes]")
	s.until("the locker keeps to it", func() bool { return s.outOfService(3) })
	p.Click("[data-number='3'] [data-test=put-back]")
	p.Click("[data-number='3'] [data-test=put-back-yes]")
	s.until("the locker keeps to it", func() bool { return !s.outOfService(3) })

	public := s.URL() + "/figures?site=" + string(s.stand().Site.ID)
	p.Go(public)
	p.Wait("[data-test=no-figures]")
	month := s.pastMonth()
	p.Go(s.URL() + "/figures")
	p.Click("[data-test=figures-site]")
	p.Wait("[data-test=p50]")
	p.WaitText("[data-test=p50]", inSeconds(month.Quantile(0.5)))
	p.WaitText("[data-test=openings]", fmt.Sprint(month.Count()/10*10))
	if n := browser.Eval[int](p, `document.querySelectorAll("[data-test=figures-day]").length`); n != 29 {
		t.Errorf("%d days are shown", n)
	}
	tab(t, b, view{"figures", at(s.URL()+"/figures", "[data-test=figures-site]")},
		view{"figures-site", unfolded(at(public, "[data-test=p50]"))},
		view{"figures-es", nextLanguage("es")}, view{"figures-hi", nextLanguage("hi")})
	tab(t, b, view{"console-figures", unfolded(func(p *browser.Page) {
		at(s.ConsoleURL(), "[data-test=sign-in]")(p)
		p.Click("[data-test=sign-in]")
		p.Click("[data-test=site] a")
		p.Wait("[data-test=p50]")
	})})
}

// inSeconds is how pages say how long something took.
func inSeconds(took time.Duration) string {
	return fmt.Sprintf("%.2f s", float64(took.Milliseconds())/1000)
}

// measured gives the locker's own figures of today.
func (s *stage) measured() lockhouse.Figures {
	days := s.stand().Agent().Figures()
	if len(days) == 0 {
		return lockhouse.Figures{}
	}
	return days[len(days)-1]
}

func (s *stage) outOfService(number int) bool {
	for _, v := range s.stand().Agent().Doors() {
		if v.Number == number {
			return v.OutOfService
		}
	}
	return false
}

// pastMonth has the locker have said what it did on the days before, as its line would have, and gives how long doors took.
func (s *stage) pastMonth() lockhouse.Spread {
	s.t.Helper()
	all, today := lockhouse.Spread{}, s.Network().Fleet().Today()
	for i := range lockhouse.Day(29) {
		f := lockhouse.NewFigures(today - 1 - i)
		f.ThroughS, f.RunningS, f.AbleS = lockhouse.DayS, lockhouse.DayS-int(i%3)*40, lockhouse.DayS-int(i%5)*90
		f.DownS = lockhouse.DayS - f.RunningS
		f.AbleS = min(f.AbleS, f.RunningS)
		for n := range 8 + int(i*7)%40 {
			f.Open.Add(time.Duration(640+(n*n*int(i+3))%300+n%11*20) * time.Millisecond)
		}
		all.Join(f.Open)
		must(s.t, s.Network().Fleet().Figures(s.t.Context(), s.stand().Noun.ID, []lockhouse.Figures{f}))
	}
	return all
}
