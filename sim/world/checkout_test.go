package world_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/estate/site"
	"lockhouse/internal/browser"
)

// widget is our part of the shop's checkout.
const widget = "lockhouse-sites"

// choice is a site in the widget.
func choice(at *stage) string {
	return widget + " >>> input[name=site][value=" + string(at.stand().Site.ID) + "]"
}

// checksOut opens the checkout with a good in the basket, and gives the cart's reference.
func (s *stage) checksOut(p *browser.Page, good string) (reference string) {
	s.t.Helper()
	p.Go(s.ShopURL())
	p.Click("[data-test=add-" + good + "]")
	p.Click("[data-test=checkout]")
	p.Wait(widget + " >>> input[name=site]")
	return browser.Eval[string](p, `document.querySelector("lockhouse-sites").reference`)
}

// keptBy waits until the widget has room, which the form needs to go on.
func keptBy(p *browser.Page, at *stage) {
	p.WaitTrue(fmt.Sprintf(`(w => w.checkValidity() && w.value === %s && w.shadowRoot.querySelector("input:checked")?.value === w.value)(document.querySelector("lockhouse-sites"))`,
		quoted(string(at.stand().Site.ID))))
}

// heldAt asks the network where room is kept for a cart.
func (s *stage) heldAt(reference string) (site lockhouse.SiteID) {
	s.t.Helper()
	var hold struct {
		Site lockhouse.SiteID `json:"site_id"`
	}
	s.ask(http.MethodGet, "/v1/holds/"+reference, s.Keys().Shop, nil, &hold)
	return hold.Site
}

// becomesFull waits until searches say that the site has no more room for a large parcel, or that it has some: they follow what is
// kept within some milliseconds.
func (s *stage) becomesFull(full bool) {
	s.t.Helper()
	s.until(fmt.Sprintf("searches call the site full: %t", full), func() bool { return s.full() == full })
}

// found is what a search finds.
type found struct {
	Sites []struct{ ID lockhouse.SiteID }
	AsOf  time.Time `json:"as_of"`
}

// full tells whether the site has no more room for a large parcel, without keeping any if it has.
func (s *stage) full() bool {
	s.t.Helper()
	return !slices.ContainsFunc(s.search().Sites, func(one struct{ ID lockhouse.SiteID }) bool { return one.ID == s.stand().Site.ID })
}

// search looks for room for a large parcel near the site.
func (s *stage) search() (found found) {
	s.t.Helper()
	at := s.stand().Site.Point
	s.ask(http.MethodGet, fmt.Sprintf("/v1/sites?lat=%f&lon=%f&day=%s&length_mm=%d&width_mm=%d&height_mm=%d&weight_g=%d",
		at.Lat, at.Lon, today(s.t), large.LengthMM, large.WidthMM, large.HeightMM, large.Grams), s.Keys().Checkout, nil, &found)
	return found
}

// fills keeps all room for large parcels but so much.
func (s *stage) fills(but int) {
	s.t.Helper()
	large := 0
	for _, one := range s.stand().Compartments {
		if one.Size == "L" {
			large++
		}
	}
	for i := range large - but {
		s.hold(fmt.Sprintf("filler-%s-%d-%d", s.stand().Site.ID, but, i), box{400, 350, 300, 2500})
	}
}

// The last room of a site goes through one cart's hands: kept over a reload, given back the moment another site is chosen,
// and then somebody else's, which the widget says with the alternatives.
func TestHoldAtCheckout(t *testing.T) {
	t.Parallel()
	here := raiseWithoutRadio(t, 2)
	there := here.before(1)
	b := browser.Open(t, browser.Options{})
	p := b.Page(t, browser.Desk)
	here.fills(1)
	cart := here.checksOut(p, "picnic-basket") // large
	p.Click(choice(here))
	keptBy(p, here)
	here.becomesFull(true) // the last room is kept

	p.Reload()
	keptBy(p, here) // it was never lost: the cart's own room is not full to the cart
	if at := here.heldAt(cart); at != here.stand().Site.ID {
		t.Errorf("after a reload room is kept at %s", at)
	}

	p.Click(choice(there))
	keptBy(p, there)
	if at := here.heldAt(cart); at != there.stand().Site.ID {
		t.Errorf("the customer chose another site, and room is kept at %s", at)
	}
	here.becomesFull(false) // the customer chose another site

	here.hold("somebody-quicker", large)
	p.Expect("409")
	p.Click(choice(here)) // the list is from before
	p.WaitText(widget+" >>> [role=alert]", "There is no room there any more. These have room:")
	p.WaitGone(choice(here))
	p.Wait(choice(there))
	p.WaitTrue(`!document.querySelector("lockhouse-sites").checkValidity()`)
	browser.Axe(t, p)
	p.Click(choice(there))
	keptBy(p, there)
}

// All candidate sites of Washington, each with a small locker: the widget shows those that are nearest.
func TestCheckoutAmongAllCandidates(t *testing.T) {
	t.Parallel()
	data := os.Getenv("LOCKHOUSE_DATA")
	if data == "" {
		t.Skip("LOCKHOUSE_DATA names no data; with it, this looks for a site among the 1,405 candidates of Washington")
	}
	s := raiseWithoutRadio(t, 8)
	all := s.candidates(filepath.Join(data, "dc", "candidate_sites.csv"))
	for _, l := range s.Lockers() {
		all = append(all, l.Site)
	}
	if len(all) != 1_405+8 {
		t.Fatalf("%d sites", len(all))
	}

	b := browser.Open(t, browser.Options{})
	p := b.Page(t, browser.Desk)
	s.checksOut(p, "tide-book")
	for _, zip := range []string{"20003", "20016", "20032"} {
		p.Go(s.ShopURL() + "/checkout?zip=" + zip)
		p.WaitTrue(fmt.Sprintf(`(w => w.nearLabel === %s && w.found)(document.querySelector("lockhouse-sites"))`, quoted("ZIP "+zip)))
		var near lockhouse.Point
		_, err := fmt.Sscanf(browser.Eval[string](p, `document.querySelector("lockhouse-sites").near`), "%f,%f", &near.Lat, &near.Lon)
		must(t, err)
		shown := browser.Eval[[]string](p, `[...document.querySelector("lockhouse-sites").shadowRoot.querySelectorAll("input[name=site]")].map(one => one.value)`)
		if got, want := far(all, near, shown), nearest(all, near)[:len(shown)]; len(shown) != 10 || !slices.Equal(got, want) {
			t.Errorf("near ZIP %s the widget shows sites %v m away, and the nearest are %v m away", zip, got, want)
		}
	}
	browser.Axe(t, p)

	// One of the candidates, chosen and kept.
	first := browser.Eval[string](p, `document.querySelector("lockhouse-sites").shadowRoot.querySelector("input[name=site]").value`)
	p.Click(widget + " >>> input[name=site][value=" + first + "]")
	p.WaitTrue(`document.querySelector("lockhouse-sites").value === ` + quoted(first))
}

// candidates imports sites into the running network, and puts a locker of three compartments at each.
func (s *stage) candidates(file string) []lockhouse.Site {
	s.t.Helper()
	f, err := os.Open(file)
	must(s.t, err)
	defer f.Close()
	read, err := site.Read(f, lockhouse.Site{City: "Washington", Region: "DC", Country: "US", Zone: "America/New_York", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3})
	must(s.t, err)
	ctx := context.WithoutCancel(s.t.Context())
	must(s.t, s.Network().Sites().Import(ctx, read.Sites, func(int, int) {}))
	for i, one := range read.Sites {
		l := s.stand().Noun // its keys will do: nobody goes there
		l.ID, l.Site = lockhouse.LockerIDOf([8]byte{0xca, byte(i >> 8), byte(i)}), one.ID
		var boxes []lockhouse.Compartment
		for n, size := range lockhouse.DefaultSizes() {
			boxes = append(boxes, lockhouse.Compartment{Locker: l.ID, Number: n + 1, Size: size.Name, Rank: size.Rank, Column: 1, Row: n + 1, Channel: n})
		}
		must(s.t, s.Network().Fleet().Register(ctx, l, boxes))
	}
	s.searchesFollow(time.Now())
	return read.Sites
}

// searchesFollow waits until searches know of all that was written before a moment.
func (s *stage) searchesFollow(since time.Time) {
	s.t.Helper()
	s.until("searches follow what is written", func() bool { return s.search().AsOf.After(since) })
}

// nearest gives how far the sites are from a point, nearest first. Some stand at one address, so that ids would not do.
func nearest(all []lockhouse.Site, from lockhouse.Point) (metres []int) {
	for _, one := range all {
		metres = append(metres, int(from.MetresTo(one.Point)))
	}
	slices.Sort(metres)
	return metres
}

// far gives how far each of the sites with these ids is.
func far(all []lockhouse.Site, from lockhouse.Point, ids []string) (metres []int) {
	for _, id := range ids {
		i := slices.IndexFunc(all, func(one lockhouse.Site) bool { return string(one.ID) == id })
		metres = append(metres, int(from.MetresTo(all[i].Point)))
	}
	return metres
}
