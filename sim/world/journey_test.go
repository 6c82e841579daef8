package world_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lockhouse/internal/browser"
)

// cast is the people of a journey, each with a browser of their own: one radio, one set of keys.
type cast struct {
	*stage
	shop    *browser.Page // the customer's; later the same person is the recipient
	courier *browser.Page
	street  *browser.Page // the hands in front of the locker
}

// raiseCast opens a world of one site and the browsers in front of it.
func raiseCast(t *testing.T) *cast {
	t.Helper()
	s := raise(t, 1)
	c := &cast{stage: s}
	customer := browser.Open(t, browser.Options{Radio: s.radio.Address()})
	courier := browser.Open(t, browser.Options{Radio: s.radio.Address()})
	c.shop, c.courier = customer.Page(t, browser.Phone), courier.Page(t, browser.Phone)
	c.street = courier.Page(t, browser.Desk)
	c.street.Go(s.StreetURL() + "/?locker=" + string(s.Lockers()[0].Noun.ID))
	return c
}

// advert is the name under which the locker can be chosen in the browser's list.
func (c *cast) advert() string { return advertName(c.t, c.Lockers()[0].Noun) }

// buys orders something at the shop's own pages and gives the order.
func (c *cast) buys(email string) order {
	c.t.Helper()
	p := c.shop
	p.Go(c.ShopURL())
	p.Click("[data-test^=add-]")
	p.Click("[data-test=checkout]")
	site := "lockhouse-sites >>> input[name=site][value=" + string(c.Lockers()[0].Site.ID) + "]"
	p.Wait(site)
	c.look(p, "checkout")
	p.Click(site)
	p.WaitTrue(`document.querySelector("lockhouse-sites").checkValidity()`)
	p.Type("#name", "Pat Example")
	p.Type("#email", email)
	p.Click("[data-test=pay]")
	p.Wait("[data-test=order]")
	o := order{email: email, tracking: p.Text("[data-test=tracking]")}
	at := browser.Eval[string](p, "location.pathname")
	o.reference = at[strings.LastIndexByte(at, '/')+1:]
	c.look(p, "order")
	return o
}

// delivers drops the order's parcel off at the courier's own page and at the locker's front.
func (c *cast) delivers(o order) {
	c.t.Helper()
	p := c.courier
	p.Go(c.CourierURL())
	p.Click("[data-test=begin]")
	p.Wait("[data-test=stop]")
	c.look(p, "courier-stops")
	p.Click("[data-test=stop]")
	p.Wait("[data-test=task]")
	c.look(p, "courier-stop")
	p.Choose(c.advert())
	p.Click("[data-test=task]")
	c.look(p, "courier-door")
	number := c.doorStandsOpen()
	c.hand("put")
	c.hand("shut")
	p.Wait("[data-test=task][data-state=done]")
	p.Click("[data-test=finish]")
	p.Wait("[data-test=summary]")
	c.look(p, "courier-summary")
	c.becomes(o, "dropped_off")
	if c.inside(number) == "" {
		c.t.Errorf("the network says dropped off, and compartment %d is empty", number)
	}
}

// followsLink opens the recipient's page from the mail, as it is shown in the mailbox.
func (c *cast) followsLink(o order) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	c.until("the mail that says it is ready is there", func() bool {
		mail, err := c.Mailbox().Wait(ctx, o.email)
		must(c.t, err)
		return strings.Contains(mail.Text, "/collect#") && c.state(o) == "dropped_off"
	})
	p := c.shop
	p.Go(c.MailboxURL())
	c.look(p, "mailbox")
	p.Click("[data-test=mail]")
	p.Wait("[data-test=link]")
	c.look(p, "mail")
	p.Click("[data-test=link]")
	p.Wait("[data-test=open]")
	c.look(p, "collect")
}

// taps asks for the door; the first time, the browser asks which device.
func (c *cast) taps() {
	c.t.Helper()
	c.shop.Choose(c.advert())
	c.shop.Click("[data-test=open]")
}

// doorStandsOpen waits until the front shows an open door and gives its number.
func (c *cast) doorStandsOpen() int {
	c.t.Helper()
	c.street.Wait("[data-test=open-door]")
	number, err := strconv.Atoi(browser.Eval[string](c.street, `document.querySelector("[data-test=open-door]").dataset.number`))
	must(c.t, err)
	c.opens(number)
	c.look(c.street, "front-open")
	return number
}

// hand does something at the open door, on the locker's front.
func (c *cast) hand(act string) {
	c.t.Helper()
	c.street.Click("[data-test=open-door] [data-test=" + act + "]")
}

func (c *cast) inside(number int) string {
	for _, d := range c.Lockers()[0].Cabinet.Look() {
		if d.Number == number {
			return d.Inside
		}
	}
	return ""
}

// pictures, if set, is where look leaves what it saw.
var pictures = os.Getenv("LOCKHOUSE_PICTURES")

// look checks a page for accessibility and, if asked to, keeps its picture.
func (c *cast) look(p *browser.Page, name string) {
	c.t.Helper()
	browser.Axe(c.t, p)
	if pictures != "" {
		must(c.t, os.MkdirAll(pictures, 0o755))
		p.Shot(filepath.Join(pictures, name+".png"))
	}
}

func TestJourney(t *testing.T) {
	c := raiseCast(t)
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
	c := raiseCast(t)
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
