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
	console *browser.Page // the operator's

	courierBrowser *browser.Browser // for pages that nobody needs a phone for
}

// raiseCast opens a world of one site and the browsers in front of it.
func raiseCast(t *testing.T) *cast {
	t.Helper()
	return raise(t, 1).cast()
}

// cast opens the browsers of the stage's people: with Bluetooth, if the stage has a radio.
func (s *stage) cast() *cast {
	s.t.Helper()
	options := browser.Options{}
	if s.radio != nil {
		options.Radio = s.radio.Address()
	}
	customer, courier := browser.Open(s.t, options), browser.Open(s.t, options)
	c := &cast{stage: s, shop: customer.Page(s.t, browser.Phone), courier: courier.Page(s.t, browser.Phone), courierBrowser: courier}
	c.standsBefore(courier)
	return c
}

// explains adds to a failure what people were looking at; to be deferred, for when the test is over so is the radio.
func (c *cast) explains() {
	if !c.t.Failed() {
		return
	}
	for _, p := range []*browser.Page{c.shop, c.courier} {
		if p != nil {
			c.t.Log(browser.Eval[string](p, `location.href + " " + (document.querySelector("main")?.innerText ?? "")`))
		}
	}
}

// standsBefore opens the locker's front.
func (c *cast) standsBefore(b *browser.Browser) {
	c.t.Helper()
	c.street = b.Page(c.t, browser.Desk)
	c.street.Go(c.StreetURL() + "/?locker=" + string(c.stand().Noun.ID))
}

// advert is the name under which the locker can be chosen in the browser's list.
func (c *cast) advert() string { return advertName(c.t, c.stand().Noun) }

// contact is what somebody types at a checkout.
type contact struct{ name, email, phone string }

// buys orders something at the shop's own pages and gives the order.
func (c *cast) buys(email string) order {
	c.t.Helper()
	return c.buysAs(contact{name: "Pat Example", email: email})
}

func (c *cast) buysAs(who contact) order {
	c.t.Helper()
	p := c.shop
	p.Go(c.ShopURL())
	p.Click("[data-test^=add-]")
	p.Click("[data-test=checkout]")
	site := "lockhouse-sites >>> input[name=site][value=" + string(c.stand().Site.ID) + "]"
	p.Wait(site)
	c.look(p, "checkout")
	p.Click(site)
	p.WaitTrue(`document.querySelector("lockhouse-sites").checkValidity()`)
	p.Type("#name", who.name)
	p.Type("#email", who.email)
	p.Type("#phone", who.phone)
	p.Click("[data-test=pay]")
	p.Wait("[data-test=order]")
	o := order{email: who.email, tracking: p.Text("[data-test=tracking]")}
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
	switch act { // the page moves its buttons then: the next click must not land where one was
	case "put":
		c.street.Wait("[data-test=open-door] [data-test=take]")
	case "take":
		c.street.Wait("[data-test=open-door] [data-test=put]")
	}
}

func (c *cast) inside(number int) string {
	for _, d := range c.stand().Cabinet.Look() {
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
