package world_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"lockhouse/internal/browser"
)

// view is one page, and how to get there from the one before it in the same tab.
type view struct {
	name string
	show func(*browser.Page)
}

// tab looks at views in one tab: each on a phone and at a desk, by day and by night.
func tab(t *testing.T, b *browser.Browser, views ...view) {
	t.Helper()
	tabOn(t, b, browser.Screens(), views...)
}

// tabOn looks at views in one tab, each on these screens.
func tabOn(t *testing.T, b *browser.Browser, screens []browser.Screen, views ...view) {
	t.Helper()
	p := b.Page(t, browser.Desk)
	for _, v := range views {
		p.Show(browser.Desk)
		v.show(p)
		for _, screen := range screens {
			p.Show(screen)
			browser.Axe(named{t, v.name}, p)
			if pictures != "" {
				p.FullShot(filepath.Join(pictures, "pages", v.name+"-"+screen.Name+".png"))
			}
		}
	}
}

// named says in a failure which view it is about.
type named struct {
	testing.TB
	name string
}

// Errorf puts the view's name in front.
func (n named) Errorf(format string, args ...any) {
	n.TB.Helper()
	n.TB.Errorf(n.name+": "+format, args...)
}

// at opens an address, and waits for what shows that the page is there.
func at(address, shown string) func(*browser.Page) {
	return func(p *browser.Page) {
		p.Go("about:blank") // a link that differs in its fragment alone would not load the page anew
		p.Go(address)
		p.Wait(shown)
	}
}

// unfolded shows also what a page keeps folded.
func unfolded(show func(*browser.Page)) func(*browser.Page) {
	return func(p *browser.Page) {
		show(p)
		browser.Eval[bool](p, `document.querySelectorAll("details").forEach(one => one.open = true) ?? true`)
	}
}

// clicks goes on from where the tab is.
func clicks(selector, shown string) func(*browser.Page) {
	return func(p *browser.Page) {
		p.Click(selector)
		p.Wait(shown)
	}
}

// types fills a field and sends its form.
func types(field, text, button, shown string) func(*browser.Page) {
	return func(p *browser.Page) {
		p.Type(field, text)
		p.Click(button)
		p.Wait(shown)
	}
}

// nextLanguage goes one down in the page's choice of languages.
func nextLanguage(language string) func(*browser.Page) {
	return func(p *browser.Page) {
		browser.Eval[bool](p, `document.querySelector("[data-test=language]").focus() ?? true`)
		p.Press(kb.ArrowDown)
		p.WaitTrue(`document.documentElement.lang === ` + quoted(language))
	}
}

// not expects a refusal that the browser complains of.
func not(status string, show func(*browser.Page)) func(*browser.Page) {
	return func(p *browser.Page) {
		p.Expect("status of " + status)
		show(p)
	}
}

// shortened shows the API's page with one operation of each group. All are made of the same pieces.
func shortened(s *stage) func(*browser.Page) {
	return func(p *browser.Page) {
		at(s.URL()+"/docs", "[data-test=operation]")(p)
		browser.Eval[bool](p, `document.querySelectorAll("[data-test=operation] ~ [data-test=operation]").forEach(one => one.remove()) ?? true`)
	}
}

// Every page of the house, with something real on it.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	s := raise(t, 2)
	b := browser.Open(t, browser.Options{})
	waiting, collected, back := s.order(), s.order(), s.order()
	for _, o := range []order{waiting, collected, back} {
		s.dropOff(o)
	}
	used := s.linkFor(collected)
	s.collect(s.recipient(collected), collected)
	s.ask(http.MethodPost, "/v1/parcels/"+back.reference+"/recall", s.Keys().Shop, nil, nil)
	coming := s.order()

	t.Run("recipient", func(t *testing.T) {
		tab(t, b,
			view{"landing", at(s.URL()+"/", "[data-test=to-collect]")},
			view{"register", at(s.RegisterURL(), "[data-test=verdict][data-verdict=holds]")},
			view{"docs-short", unfolded(shortened(s))},
			view{"docs-found", unfolded(func(p *browser.Page) {
				at(s.URL()+"/docs", "[data-test=operation]")(p)
				p.Type("[data-test=find]", "extend")
				p.WaitGone("[data-test=start]")
			})},
			view{"sign-in", not("401", at(s.URL()+"/collect", "[data-test=email]"))},
			view{"sign-in-wrong", types("[data-test=email]", "nobody", "[data-test=send-link]", "form [aria-invalid=true]")},
			view{"sign-in-sent", types("[data-test=email]", waiting.email, "[data-test=send-link]", "[data-test=link-sent]")},
			view{"sign-in-used", not("410", func(p *browser.Page) {
				at(used, "[data-test=link-refused]")(p)
				p.WaitText("[data-test=link-refused]", "This link was used already; it works once.")
			})},
			view{"collect", unfolded(at(s.linkFor(waiting), "[data-test=open]"))},
			view{"collect-es", nextLanguage("es")},
			view{"collect-hi", nextLanguage("hi")},
			view{"sign-in-hi", clicks("[data-test=sign-out]", "[data-test=email]")},
			view{"collect-coming", at(s.linkFor(coming), "[data-test=parcel][data-state=announced]")},
		)
	})
	t.Run("docs", func(t *testing.T) { // whole, once: it has twenty times as much as any other page
		tabOn(t, b, []browser.Screen{browser.Phone}, view{"docs", at(s.URL()+"/docs", "[data-test=operation]")})
	})
	t.Run("courier", func(t *testing.T) {
		tab(t, b,
			view{"courier-key", at(s.CourierURL(), "[data-test=begin]")},
			view{"courier-stops", unfolded(clicks("[data-test=begin]", "[data-test=stop]"))},
			view{"courier-stop", clicks("[data-test=stop]", "[data-test=task]")},
			view{"courier-camera", clicks("[data-test=scan]", "[data-test=camera-close]")},
			view{"courier-summary", func(p *browser.Page) {
				p.Click("[data-test=camera-close]")
				clicks("[data-test=finish]", "[data-test=summary]")(p)
			}},
		)
	})
	t.Run("operator", func(t *testing.T) {
		tab(t, b,
			view{"console-sign-in", at(s.ConsoleURL(), "[data-test=sign-in]")},
			view{"console-sites", clicks("[data-test=sign-in]", "[data-test=site]")},
			view{"console-site", clicks("[data-test=site] a", "[data-test=door]")},
			view{"console-close", clicks("[data-test=close]", "[data-test=close-yes]")},
			view{"console-parcels", clicks("[data-test=nav-parcels]", "[data-test=parcel]")},
			view{"console-parcel", unfolded(clicks("[data-test=parcel][data-state=recalled] a", "[data-test=receipt]"))},
			view{"console-service", clicks("[data-test=nav-service]", "h1")},
			view{"console-events", clicks("[data-test=nav-events]", "[data-test=event]")},
			view{"console-queues", clicks("[data-test=nav-queues]", "[data-test=queue]")},
			view{"console-keys", clicks("[data-test=nav-keys]", "[data-test=key-row]")},
			view{"console-key", func(p *browser.Page) {
				p.Type("[data-test=owner]", "Another Shop")
				types("[data-test=label]", "back end", "[data-test=make-key]", "[data-test=secret]")(p)
			}},
		)
	})
	t.Run("street", func(t *testing.T) {
		tab(t, b,
			view{"street", at(s.StreetURL(), "[data-test=stand]")},
			view{"front", unfolded(clicks("[data-test=stand]", "[data-test=trouble]"))},
		)
	})
	t.Run("shop", func(t *testing.T) {
		tab(t, b,
			view{"shop", at(s.ShopURL(), "[data-test=add-kettle]")},
			view{"shop-empty", clicks("[data-test=basket]", ".empty")},
			view{"shop-good", at(s.ShopURL()+"/goods/kettle", "[data-test=add-kettle]")},
			view{"shop-basket", clicks("[data-test=add-kettle]", "[data-test=lines]")},
			view{"shop-checkout", clicks("[data-test=checkout]", choice(s))},
			view{"shop-chosen", func(p *browser.Page) {
				p.Click(choice(s))
				keptBy(p, s)
			}},
			view{"shop-order", func(p *browser.Page) {
				p.Type("#name", "Pat Example")
				types("#email", "pat@example.org", "[data-test=pay]", "[data-test=tracking]")(p)
			}},
			view{"shop-too-large", func(p *browser.Page) {
				at(s.ShopURL()+"/goods/ironing-board", "[data-test=add-ironing-board]")(p)
				p.Click("[data-test=add-ironing-board]")
				p.Click("[data-test=checkout]")
				p.Wait("#pay")
				p.WaitText(widget+" >>> .wait", "fits no compartment")
			}},
			view{"shop-order-home", func(p *browser.Page) {
				p.Click("[data-test=home]")
				p.Type("#name", "Pat Example")
				types("#email", "pat@example.org", "[data-test=pay]", "[data-test=order]")(p)
			}},
			view{"shop-gone", not("404", at(s.ShopURL()+"/goods/nothing", "main h1"))},
		)
	})
	t.Run("mailbox", func(t *testing.T) {
		tab(t, b,
			view{"mailbox", at(s.MailboxURL(), "[data-test=mail]")},
			view{"mail", unfolded(clicks("[data-test=mail]", "[data-test=html]"))},
			view{"mail-gone", not("404", at(s.MailboxURL()+"/mail/999", "main h1"))},
		)
	})
}
