package world_test

import (
	"encoding/json"
	"fmt"

	"lockhouse/internal/browser"
)

// What the operator does at the console's own pages.

// opensConsole signs the operator in.
func (c *cast) opensConsole(b *browser.Browser) {
	c.t.Helper()
	c.console = b.Page(c.t, browser.Desk)
	c.console.Go(c.ConsoleURL())
	c.console.Click("[data-test=sign-in]")
	c.console.Wait("[data-test=site]")
}

// finds opens a parcel in the console by its tracking number.
func (c *cast) finds(o order) {
	c.t.Helper()
	p := c.console
	p.Click("[data-test=nav-parcels]")
	p.Type("[data-test=find]", o.tracking)
	p.WaitTrue(fmt.Sprintf(`[...document.querySelectorAll("[data-test=parcel]")].map(row => row.querySelector("a").innerText).join() === %s`, quoted(o.tracking)))
	p.Click("[data-test=parcel] a")
	p.WaitText("h1", o.tracking)
}

// seesSite opens the site in the console.
func (c *cast) seesSite() {
	c.t.Helper()
	c.console.Click("[data-test=nav-sites]")
	c.console.Click("[data-test=site][data-id=" + string(c.stand().Site.ID) + "] a")
	c.console.WaitText("h1", c.stand().Site.Name)
}

// seesEvent opens the list of events, where one of this kind must be.
func (c *cast) seesEvent(kind string) {
	c.t.Helper()
	c.console.Click("[data-test=nav-events]")
	c.console.Wait("[data-test=event][data-kind=\"" + kind + "\"]")
}

// locker is the console's part about the locker, on its site's page.
const locker = "section[aria-label='Locker A']"

func quoted(text string) string {
	raw, _ := json.Marshal(text) // a string always can be
	return string(raw)
}

// choose changes a select by the keyboard: its option is found by the first letters.
func choose(p *browser.Page, selector, typed, value string) {
	p.Wait(selector)
	browser.Eval[bool](p, fmt.Sprintf(`document.querySelector(%s).focus() ?? true`, quoted(selector)))
	p.Press(typed)
	p.WaitTrue(fmt.Sprintf(`document.querySelector(%s).value === %s`, quoted(selector), quoted(value)))
}
