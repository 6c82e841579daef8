package world_test

import "testing"

func TestJourney(t *testing.T) {
	t.Parallel()
	c := raiseCast(t)
	defer c.explains()
	o := c.buys("pat@example.org")
	c.delivers(o)
	c.followsLink(o)
	c.taps()
	number := c.doorStandsOpen()
	c.shop.Wait("[data-test=door][data-phase=open]")
	c.look(c.shop, "collect-open")
	if got := c.state(o); got != "dropped_off" {
		t.Errorf("its door is open, and the parcel is called %s", got)
	}
	c.hand("take")
	c.hand("shut")
	c.shop.Wait("[data-test=receipt]")
	c.look(c.shop, "collect-done")
	c.becomes(o, "collected")
	if c.inside(number) != "" {
		t.Errorf("the parcel is collected, and lies in compartment %d", number)
	}

	// The shop was told, by a signed webhook.
	c.shop.Go(c.ShopURL() + "/orders/" + o.reference)
	c.shop.Wait("[data-test=order][data-state=collected]")
	c.look(c.shop, "order-collected")
}

// The network is gone before the pickup: nothing at the door needs it, and the receipt arrives when it is back.
func TestJourneyWithoutNetwork(t *testing.T) {
	t.Parallel()
	c := raiseCast(t)
	defer c.explains()
	o := c.buys("pat@example.org")
	c.delivers(o)
	c.followsLink(o)
	must(t, c.StopNetwork())
	c.shop.Expect("ERR_CONNECTION_REFUSED")
	c.shop.Reload() // from what the page kept of itself
	c.shop.Wait("[data-test=open]")
	c.look(c.shop, "collect-offline")
	c.taps()
	c.doorStandsOpen()
	c.hand("take")
	c.hand("shut")
	c.shop.Wait("[data-test=receipt]")
	must(t, c.StartNetwork(t.Context()))
	c.becomes(o, "collected")
}
