package world_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"lockhouse"
	"lockhouse/internal/browser"
)

// Two operators, each at a page of their own, open the door of a compartment in which a parcel lies: one asks, at the locker, and
// can't approve it; the other is shown that something waits, and says yes; the first one's phone opens the door, once, by
// Bluetooth. The parcel stays its recipient's, and everybody can read of it in a register that their browser checks.
func TestServiceByTwoPeople(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	o := s.order()
	number := s.dropOff(o)
	first := browser.Open(t, browser.Options{Radio: s.radio.Address()}).Page(t, browser.Phone)
	second := browser.Open(t, browser.Options{}).Page(t, browser.Desk)
	s.signsIn(first, s.ConsoleURL())
	s.signsIn(second, s.SecondConsoleURL())
	if browser.Eval[bool](second, `!!document.querySelector("[data-test=awaits]")`) {
		t.Error("something waits before anybody asked")
	}

	first.Click("[data-test=site] a")
	first.Click(fmt.Sprintf("[data-test=door][data-number='%d'] [data-test=to-service]", number))
	first.Click("[data-test=reason-stuck_door]")
	s.keep(first, "service-ask")
	first.Click("[data-test=ask-service]")
	first.Wait("[data-test=service-state][data-state=asked]")
	if browser.Eval[bool](first, `!!document.querySelector("[data-test=approve], [data-test=open-service]")`) {
		t.Fatal("who asks can approve it, or open")
	}
	s.keep(first, "service-asked")
	second.WaitText("[data-test=awaits]", "1")
	second.Click("[data-test=nav-service]")
	second.Wait("[data-test=service-waiting]")
	s.keep(second, "service-list")
	second.Click("[data-test=service-look]")
	second.WaitText("h1", fmt.Sprintf("Door %d", number))
	second.Click("[data-test=approve]")
	s.keep(second, "service-approve")
	second.Click("[data-test=approve-yes]")
	second.Wait("[data-test=service-state][data-state=approved]")

	first.Choose(advertName(t, s.stand().Noun))
	s.keep(first, "service-open")
	if s.pulses() != 1 { // the drop-off's
		t.Fatal("a lock was driven before anybody tapped")
	}
	first.Click("[data-test=open-service]")
	s.opens(number)
	first.Wait("[data-test=service-door][data-phase=open]")
	s.keep(first, "service-door-open")
	must(t, s.stand().Cabinet.Shut(number))
	first.Wait("[data-test=service-done]")
	second.Wait("[data-test=service-state][data-state=opened]")
	s.receiptComes(lockhouse.ReceiptService)
	s.keep(first, "service-done")
	if s.state(o) != "dropped_off" || s.pulses() != 2 {
		t.Errorf("the parcel is %s, after %d pulses", s.state(o), s.pulses())
	}

	second.Go(s.RegisterURL())
	second.Wait("[data-test=verdict][data-verdict=holds]")
	second.WaitText("[data-test=matter]", fmt.Sprintf("Compartment %d of locker A", number))
	if n := browser.Eval[int](second, `document.querySelectorAll("[data-test=matter] time").length`); n != 4 {
		t.Errorf("%d steps are in the register", n)
	}
	second.Reload()
	second.WaitText("[data-test=verdict]", "that this browser saw last time are there, unchanged")
	s.keep(second, "register")
	nextLanguage("es")(second)
	s.keep(second, "register-es")
	nextLanguage("hi")(second)
	s.keep(second, "register-hi")
}

// signsIn opens an operator's page.
func (s *stage) signsIn(p *browser.Page, url string) {
	s.t.Helper()
	p.Go(url)
	p.Click("[data-test=sign-in]")
	p.Wait("[data-test=site]")
}

// keep checks a page for accessibility as it is now, on every screen, and keeps its pictures if asked to.
func (s *stage) keep(p *browser.Page, what string) {
	s.t.Helper()
	was := p.Screen()
	for _, screen := range browser.Screens() {
		if pictures == "" && screen != was {
			continue // every screen of every state takes seconds; TestEveryPageIsAccessible looks at each page on each
		}
		p.Show(screen)
		browser.Axe(named{s.t, what}, p)
		if pictures != "" {
			must(s.t, os.MkdirAll(pictures, 0o755))
			p.FullShot(filepath.Join(pictures, what+"-"+screen.Name+".png"))
		}
	}
	p.Show(was)
}
