package world_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"lockhouse/internal/browser"
	"lockhouse/sim/radio"
)

// doorstep is what goes wrong between one phone and one door: a recipient's browser, one of other people, and no other
// magic than a cabinet and a radio that can fail.
type doorstep struct {
	*stage
	mine, others *browser.Browser
}

// Each part has a parcel of its own. A door left open takes its time to be noticed, so that one begins first, at the next
// locker, and ends last.
func TestTroubleAtTheDoor(t *testing.T) {
	t.Parallel()
	s := raise(t, 2)
	must(t, s.radio.SetMTU(radio.MaxMTUBytes)) // the first message is one frame
	options := browser.Options{Radio: s.radio.Address()}
	d := &doorstep{stage: s, mine: browser.Open(t, options), others: browser.Open(t, options)}

	neighbour := &doorstep{stage: s.before(1), mine: d.others, others: d.others}
	left, leftOrder, _ := neighbour.arrives(t)
	left.taps()
	left.doorStandsOpen()

	for _, part := range []struct {
		name string
		goes func(*doorstep, *testing.T)
	}{
		{"a copied grant", (*doorstep).copiedGrant},
		{"the phone is gone, and the parcel is taken", (*doorstep).goneAndTaken},
		{"the phone is gone, and is back at the open door", (*doorstep).goneAndBack},
		{"the phone leaves an open door", (*doorstep).leaves},
		{"the door sticks", (*doorstep).sticks},
		{"the board answers nonsense", (*doorstep).nonsense},
		{"the board falls silent while the door opens", (*doorstep).mute},
	} {
		t.Run(part.name, func(t *testing.T) { part.goes(d, t) })
	}
	left.isTold(leftOrder, d.mine)
}

// arrives delivers a parcel, and brings its recipient in front of the door.
func (d *doorstep) arrives(t *testing.T) (*cast, order, int) {
	t.Helper()
	c := &cast{stage: d.in(t)}
	o := c.order()
	compartment := c.dropOff(o)
	c.standsBefore(d.others)
	c.shop = d.mine.Page(t, browser.Phone)
	c.shop.Go(c.linkFor(o))
	c.shop.Wait("[data-test=open]")
	return c, o, compartment
}

// collects takes the parcel out of the open door, shuts it, and waits for the receipt on both sides.
func (c *cast) collects(o order) {
	c.t.Helper()
	c.doorStandsOpen()
	c.hand("take")
	c.hand("shut")
	c.shop.Wait("[data-test=receipt]")
	c.becomes(o, "collected")
}

// trouble waits until the recipient's page says what is wrong, in words.
func (c *cast) trouble(phase, trouble, words string) {
	c.t.Helper()
	c.shop.Wait(fmt.Sprintf("[data-test=door][data-phase=%s][data-trouble=%s]", phase, trouble))
	c.shop.WaitText("[data-test=trouble]", words)
	c.look(c.shop, "collect-"+trouble)
}

// Everything that can be copied from a phone is copied to another, which has a key of its own and is somebody else's.
func (d *doorstep) copiedGrant(t *testing.T) {
	c, o, _ := d.arrives(t)
	defer c.explains()
	if said := browser.Eval[string](c.shop, exportKey); said != "InvalidAccessError" {
		t.Errorf("the phone's key can be taken out of the browser: %s", said)
	}
	shelf := browser.Eval[string](c.shop, readShelf)
	pulses := c.pulses()

	thief := &cast{stage: c.stage, shop: d.others.Page(t, browser.Phone)}
	thief.shop.Expect("ERR_INTERNET_DISCONNECTED")
	thief.shop.Go(c.URL() + "/collect")
	thief.shop.Wait("[data-test=parcel]") // their own
	thief.shop.Offline(true)              // so that the network does not take the copy back
	browser.Eval[bool](thief.shop, writeShelf(shelf))
	thief.shop.Reload()
	thief.shop.WaitText("[data-test=parcel]", o.tracking)
	thief.shop.Wait("[data-test=open]")
	thief.taps()
	thief.trouble("failed", "wrong_phone", "belongs to another phone")
	if c.pulses() != pulses || len(c.open()) != 0 {
		t.Error("a copied grant drove a lock")
	}

	c.taps()
	c.collects(o)
}

// In the page: what its cupboard keeps, but for keys, which come out as handles that can only sign.
const (
	readShelf = `new Promise(done => indexedDB.open("lockhouse").onsuccess = e => {
		e.target.result.transaction("shelf").objectStore("shelf").get("parcels").onsuccess = e => done(JSON.stringify(e.target.result.parcels))
	})`
	exportKey = `new Promise(done => indexedDB.open("lockhouse").onsuccess = e => {
		e.target.result.transaction("keys").objectStore("keys").get("phone").onsuccess = e =>
			crypto.subtle.exportKey("jwk", e.target.result.privateKey).then(() => done("exported"), why => done(why.name))
	})`
)

func writeShelf(parcels string) string {
	return `new Promise(done => indexedDB.open("lockhouse").onsuccess = e => {
		const work = e.target.result.transaction("shelf", "readwrite")
		work.oncomplete = () => done(true)
		work.objectStore("shelf").put({parcels: ` + parcels + `, asOf: new Date()}, "parcels")
	})`
}

// The locker took the message that opens the door, and the phone never hears of it.
func (c *cast) losesPhone() {
	c.t.Helper()
	c.radio.DropAfter(3, radio.Answer) // the subscription, INFO, and the first message
	c.taps()
}

// The door was opened and shut before the phone is back: the locker tells, and opens nothing again.
func (d *doorstep) goneAndTaken(t *testing.T) {
	c, o, compartment := d.arrives(t)
	defer c.explains()
	pulses := c.pulses()
	c.losesPhone()
	c.doorStandsOpen()
	c.hand("take")
	c.hand("shut")
	c.trouble("unsure", "silent", "before anything opens")
	c.becomes(o, "collected")
	c.shop.Click("[data-test=try-again]")
	c.shop.Wait("[data-test=receipt]")
	c.shop.Wait("[data-test=door][data-phase=done]")
	if n := c.pulses() - pulses; n != 1 || c.inside(compartment) != "" {
		t.Errorf("the lock was driven %d times", n)
	}
}

// The door still stands open when the phone is back: it is told so, and of the rest as if it had never been away.
func (d *doorstep) goneAndBack(t *testing.T) {
	c, o, _ := d.arrives(t)
	defer c.explains()
	pulses := c.pulses()
	c.losesPhone()
	c.doorStandsOpen()
	c.trouble("unsure", "silent", "Look at the door")
	c.shop.Click("[data-test=try-again]")
	c.shop.Wait("[data-test=door][data-phase=open]")
	c.collects(o)
	if n := c.pulses() - pulses; n != 1 {
		t.Errorf("the lock was driven %d times", n)
	}
}

// The person walks away from the open door and comes back. The page saw it open, and asks the locker about the rest,
// however often it could not reach it in between.
func (d *doorstep) leaves(t *testing.T) {
	c, o, _ := d.arrives(t)
	defer c.explains()
	c.taps()
	c.doorStandsOpen()
	c.shop.Wait("[data-test=door][data-phase=open]")
	pulses := c.pulses()
	must(t, c.radio.SetOutOfRange(c.advert(), true))
	c.shop.Wait("[data-test=door][data-phase=away]")
	c.look(c.shop, "collect-away")
	c.shop.Click("[data-test=ask-locker]")
	c.trouble("failed", "out_of_reach", "out of reach")
	must(t, c.radio.SetOutOfRange(c.advert(), false))
	c.shop.Choose(c.advert())
	c.shop.Click("[data-test=try-again]")
	c.shop.Wait("[data-test=door][data-phase=open]")
	c.collects(o)
	if c.pulses() != pulses {
		t.Error("the locker was asked what happened, and drove a lock")
	}
}

// makesTrouble jams a door or frees it, at the front's own page.
func (c *cast) makesTrouble(number int, act string) {
	c.t.Helper()
	if !browser.Eval[bool](c.street, `document.querySelector("details[data-test=trouble]").open`) {
		c.street.Click("details[data-test=trouble] summary")
		text := strconv.Itoa(number)
		choose(c.street, "[data-test=trouble-door]", text, text)
	}
	c.street.Click("[data-test=" + act + "]")
	c.street.WaitText("[data-test=said]", "Door "+strconv.Itoa(number))
}

func (d *doorstep) sticks(t *testing.T) {
	c, o, compartment := d.arrives(t)
	defer c.explains()
	c.makesTrouble(compartment, "jam")
	c.taps()
	c.trouble("failed", "not_opened", "the door did not move")
	c.shop.WaitText("[data-test=trouble]", fmt.Sprintf("Door %d did not open", compartment))

	c.opensConsole(d.others)
	c.finds(o)
	c.console.Wait("[data-test=parcel-state][data-state=dropped_off]")
	c.console.WaitText("#content", "Door not opened")
	c.console.WaitTrue(`[...document.querySelectorAll("[data-test=receipt]")].some(one => one.innerText.startsWith("Not opened"))`)
	c.look(c.console, "console-not-opened")
	if got := c.state(o); got != "dropped_off" {
		t.Errorf("its door did not open, and the parcel is called %s", got)
	}

	c.makesTrouble(compartment, "free")
	c.tapsAgain()
	c.collects(o)
}

// leftOpenPatience is more than the locker's own.
const leftOpenPatience = 2 * time.Minute

// isTold waits until the door that was left open long ago is spoken of: to the person, and to the operator.
func (c *cast) isTold(o order, operator *browser.Browser) {
	c.t.Helper()
	for end := time.Now().Add(leftOpenPatience); !browser.Eval[bool](c.shop, `document.querySelector("[data-test=door]").dataset.phase === "left_open"`); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("waited in vain until the page says that the door is open: %s", c.shop.Text("[data-test=door]"))
		}
	}
	c.shop.WaitText("[data-test=door]", "Please shut it")
	c.look(c.shop, "collect-left-open")
	c.opensConsole(operator)
	c.seesSite()
	c.console.WaitText(locker, "A door is open")
	c.finds(o)
	c.console.WaitText("#content", "Door left open")
	c.console.Wait("[data-test=parcel-state][data-state=dropped_off]")
	c.collects(o)
}
