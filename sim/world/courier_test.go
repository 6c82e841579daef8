package world_test

import (
	"fmt"
	"net/http"
	"testing"

	"lockhouse"
	"lockhouse/internal/browser"
)

// task is the button of a parcel on the courier's list.
func task(o order) string { return "[data-test=task][data-tracking=" + o.tracking + "]" }

// arrivesAtStop opens the courier's page at the only stop.
func (c *cast) arrivesAtStop() {
	c.t.Helper()
	c.courier.Go(c.CourierURL())
	c.courier.Click("[data-test=begin]")
	c.courier.Click("[data-test=stop]")
	c.courier.Wait("[data-test=task]")
}

// shutsDoor does something at the courier's open door, and shuts it.
func (c *cast) shutsDoor(acts ...string) int {
	c.t.Helper()
	number := c.doorStandsOpen()
	c.courier.Wait(fmt.Sprintf("[data-test=door][data-phase=open][data-door='%d']", number))
	for _, act := range append(acts, "shut") {
		c.hand(act)
	}
	return number
}

// sizeOf gives a compartment's size.
func (s *stage) sizeOf(compartment int) string {
	for _, one := range s.stand().Compartments {
		if one.Number == compartment {
			return one.Size
		}
	}
	s.t.Fatalf("there is no compartment %d", compartment)
	return ""
}

// kept counts what today's room at the site is kept for.
func (s *stage) kept() (kept int) {
	s.t.Helper()
	var site struct {
		Room []struct{ Sizes []struct{ Kept int } }
	}
	s.ask(http.MethodGet, "/v1/operator/sites/"+string(s.stand().Site.ID), s.Keys().Operator, nil, &site)
	for _, size := range site.Room[0].Sizes {
		kept += size.Kept
	}
	return kept
}

// Four parcels at one stop, door after door; at one the line breaks while the door is open, one does not fit, and goes into
// a bigger door. Then the operator wants one back, and the courier takes it out.
func TestCourier(t *testing.T) {
	t.Parallel()
	c := raiseCast(t)
	defer c.explains()
	first, broken, tight, last := c.order(), c.order(), c.order(), c.order()
	c.arrivesAtStop()
	p := c.courier
	p.Choose(c.advert()) // once, for all doors of the stop

	p.Click(task(first))
	c.shutsDoor("put")
	p.Wait(task(first) + "[data-state=done]")

	p.Click(task(broken))
	number := c.doorStandsOpen()
	p.Wait("[data-test=door][data-phase=open]")
	pulses := c.pulses()
	c.radio.Drop()
	p.Wait("[data-test=door][data-phase=unknown]")
	c.look(p, "courier-unknown")
	p.Click("[data-test=connect]")
	if again := c.shutsDoor("put"); again != number || c.pulses() != pulses {
		t.Errorf("door %d was open when the line broke, and then %d", number, again)
	}
	p.Wait(task(broken) + "[data-state=done]")

	p.Click(task(tight))
	c.doorStandsOpen()
	p.Click("[data-test=misfit]")
	c.look(p, "courier-misfit")
	small := c.shutsDoor()
	p.Wait("[data-test=door][data-phase=free]")
	p.Click("[data-test=bigger]")
	bigger := c.shutsDoor("put")
	p.Wait(task(tight) + "[data-state=done]")
	if c.sizeOf(small) != "S" || c.sizeOf(bigger) != "M" {
		t.Errorf("it did not fit %s, and went into %s", c.sizeOf(small), c.sizeOf(bigger))
	}

	p.Type("[data-test=number]", last.tracking[len(last.tracking)-6:]) // the label's last digits
	p.Click("[data-test=go]")
	c.shutsDoor("put")
	p.Wait(task(last) + "[data-state=done]")
	if tie := browser.Eval[string](p, `document.querySelector("[data-test=tie]").dataset.tie`); tie != "together" {
		t.Errorf("after the last door the courier is %s", tie)
	}
	p.Click("[data-test=finish]")
	p.WaitText("[data-test=sum-stored]", "4 stored")
	p.Wait("[data-test=carried][data-waiting='0']")
	for _, o := range []order{first, broken, tight, last} {
		c.becomes(o, "dropped_off")
	}
	if n := c.receipts()[lockhouse.ReceiptMisfit]; n != 1 {
		t.Errorf("%d receipts say misfit", n)
	}

	c.opensConsole(c.courierBrowser)
	c.takesBack(tight)
}

// takesBack goes the other road: the operator recalls a parcel, the courier takes it out, its room is free.
func (c *cast) takesBack(o order) {
	c.t.Helper()
	before := c.kept()
	c.finds(o)
	c.console.Click("[data-test=recall]")
	c.look(c.console, "console-recall")
	c.console.Click("[data-test=recall-yes]")
	c.console.Wait("[data-test=parcel-state][data-state=recalled]")

	p := c.courier
	p.Click("[data-test=next-stop]")
	c.look(p, "courier-take-out")
	p.Click("[data-test=stop]")
	p.Click(task(o) + "[data-verb=take_out]")
	number := c.shutsDoor("take")
	p.Wait(task(o) + "[data-state=done]")
	p.Click("[data-test=finish]")
	p.WaitText("[data-test=sum-out]", "1 taken out")
	c.becomes(o, "returned")
	c.console.Wait("[data-test=parcel-state][data-state=returned]")
	if thing := c.inside(number); thing != "" {
		c.t.Errorf("it is called returned, and %q lies in compartment %d", thing, number)
	}
	if after := c.kept(); after != before-1 {
		c.t.Errorf("room was kept for %d, and is kept for %d without it", before, after)
	}
}
