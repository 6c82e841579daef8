package world_test

import (
	"testing"

	"lockhouse/internal/browser"
)

// Nobody has Bluetooth: neither the lockers nor the browsers. The pages choose the demo's stand-in by themselves, and say
// so wherever a door can be opened by it.
func TestJourneyByDemoRadio(t *testing.T) {
	t.Parallel()
	c := raiseWithoutRadio(t, 1).cast()
	defer c.explains()
	o := c.buys("pat@example.org")
	c.arrivesAtStop()
	c.marked(c.courier)
	c.look(c.courier, "courier-demo-radio")
	c.courier.Click(task(o))
	c.shutsDoor("put")
	c.courier.Wait(task(o) + "[data-state=done]")
	c.becomes(o, "dropped_off")

	c.followsLink(o)
	c.marked(c.shop)
	c.shop.Click("[data-test=open]")
	c.collects(o)
}

// marked holds that a page says by what it reaches the locker.
func (c *cast) marked(p *browser.Page) {
	c.t.Helper()
	p.WaitText("[data-test=demo-marker]", "a virtual locker instead of Bluetooth and a real one")
}
