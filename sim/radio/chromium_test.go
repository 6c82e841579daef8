package radio_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"lockhouse/internal/browser"
	"lockhouse/sim/radio"
)

// openPhone opens the test's page in a Chromium of its own: one phone.
func openPhone(t testing.TB, air *radio.Radio) *browser.Page {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	t.Cleanup(server.Close)
	page := browser.Open(t, browser.Options{Radio: air.Address()}).Page(t, browser.Phone)
	page.Expect("favicon.ico")
	page.Go(server.URL + "/phone.html")
	return page
}

func connect(t testing.TB, page *browser.Page, name string) {
	t.Helper()
	page.Choose(name)
	page.Type("#name", name)
	page.Click("#connect")
	page.WaitText("#state", "connected")
}

func write(page *browser.Page, frame, times, state string) {
	page.Type("#frame", frame)
	page.Type("#times", times)
	page.Click("#write")
	page.WaitText("#state", state)
}

func TestChromium(t *testing.T) {
	air := start(t, radio.Options{MTUBytes: 23})
	serve(t, air, "pseudonym")
	serve(t, air, "another")
	page := openPhone(t, air)
	connect(t, page, "pseudonym")
	if offered := page.Offered(); !slices.Equal(offered, []string{"pseudonym"}) {
		t.Errorf("the chooser offered %v", offered)
	}

	t.Run("writes before INFO are refused", func(*testing.T) { write(page, "early", "1", "Error") })
	t.Run("INFO in pieces of a small MTU", func(*testing.T) {
		page.Click("#info")
		page.WaitText("#state", "info 46 session 1 mtu 23")
	})
	t.Run("echo", func(*testing.T) {
		write(page, "hello", "1", "written 1")
		page.WaitText("#received li", "1:hello")
	})
	t.Run("an ATT application error", func(*testing.T) {
		write(page, "no", "1", "NotSupportedError: GATT operation failed")
		write(page, "on", "1", "written 1")
		page.WaitText("#received li:nth-child(2)", "1:on")
	})
	t.Run("twenty operations", func(t *testing.T) {
		write(page, "frame #", "20", "written 20")
		page.WaitText("#received li:nth-child(22)", "1:frame 20")
		all := strings.Fields(page.Text("#received"))
		if len(all) != 2+2*20 {
			t.Errorf("received %v", all)
		}
	})
	t.Run("a larger MTU after connecting again", func(*testing.T) {
		if err := air.SetMTU(517); err != nil {
			t.Fatal(err)
		}
		air.Drop()
		page.WaitTrue(`document.body.dataset.gone === "yes"`)
		page.Click("#connect")
		page.WaitText("#state", "connected")
		page.Click("#info")
		page.WaitText("#state", "info 46 session 2 mtu 517")
		write(page, strings.Repeat("l", 507), "1", "written 1")
		page.WaitText("#received", "2:"+strings.Repeat("l", 507))
	})
}

// A link that breaks in the middle of a write leaves the page able to go on: it hears of it, connects again, writes again.
func TestChromiumLinkLost(t *testing.T) {
	for name, leg := range map[string]radio.Leg{"request": radio.Request, "answer": radio.Answer} {
		t.Run(name, func(t *testing.T) {
			air := start(t, radio.Options{})
			serve(t, air, "pseudonym")
			page := openPhone(t, air)
			connect(t, page, "pseudonym")
			page.Click("#info")
			page.WaitText("#state", "info 46 session 1")
			for session := range 3 {
				air.DropAfter(2, leg)
				write(page, "frame #", "5", "Error")
				page.WaitTrue(`document.body.dataset.gone === "yes"`)
				page.Click("#connect")
				page.WaitText("#state", "connected")
				page.Click("#info")
				page.WaitText("#state", "info 46 session "+string(rune('2'+session)))
				write(page, "again", "1", "written 1")
			}
		})
	}
}

func TestTwoChromiumsAtOnce(t *testing.T) {
	air := start(t, radio.Options{})
	serve(t, air, "pseudonym")
	first, second := openPhone(t, air), openPhone(t, air)
	for n, page := range []*browser.Page{first, second} {
		connect(t, page, "pseudonym")
		page.Click("#info")
		page.WaitText("#state", "info 46 session "+string(rune('1'+n)))
	}
	await(t, air, func(list []radio.Locker) bool { return len(list) == 1 && list[0].Phones == 2 })
	write(first, "from one", "1", "written 1")
	write(second, "from two", "1", "written 1")
	for _, page := range []*browser.Page{first, second} {
		page.WaitText("#received", "1:from one") // a notification goes to everybody
		page.WaitText("#received", "2:from two")
	}
	first.Reload()
	await(t, air, func(list []radio.Locker) bool { return list[0].Phones == 1 })
	write(second, "still here", "1", "written 1")
	second.WaitText("#received", "2:still here")
}

func TestChromiumFindsNothingOutOfRange(t *testing.T) {
	air := start(t, radio.Options{})
	serve(t, air, "pseudonym")
	if err := air.SetOutOfRange("pseudonym", true); err != nil {
		t.Fatal(err)
	}
	page := openPhone(t, air)
	page.ChooseNothing()
	page.Type("#name", "pseudonym")
	page.Click("#connect")
	page.WaitText("#state", "NotFoundError")
	if offered := page.Offered(); len(offered) > 0 {
		t.Errorf("the chooser offered %v", offered)
	}
	if err := air.SetOutOfRange("pseudonym", false); err != nil {
		t.Fatal(err)
	}
	connect(t, page, "pseudonym")
}
