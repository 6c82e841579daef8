package world_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/creack/pty"

	"lockhouse"
	"lockhouse/internal/browser"
	"lockhouse/sim/world"
	"lockhouse/store"
)

// The screens that panels have: a small one that lies, and a large one that stands.
var (
	lying    = browser.Screen{Name: "800x480", Width: 800, Height: 480}
	standing = browser.Screen{Name: "1080x1920", Width: 1080, Height: 1920}
)

// panelist is somebody without a phone, before the panel of the stage's locker.
type panelist struct {
	*stage
	*browser.Page
}

func (s *stage) panelist(b *browser.Browser) *panelist {
	s.t.Helper()
	p := &panelist{s, b.Page(s.t, lying)}
	p.Go(s.PanelURL(s.stand()))
	p.Wait("[data-test=panel][data-wait]")
	return p
}

// types touches keys, one after the other.
func (p *panelist) types(keys string) {
	p.t.Helper()
	for _, k := range keys {
		name := map[rune]string{'#': "enter", '<': "back"}[k]
		if name == "" {
			name = string(k)
		}
		p.Click("[data-test=key-" + name + "]")
	}
}

// look checks the screen as it is, on both kinds of panel, and keeps what it saw if somebody wants it.
func (p *panelist) look(what string) {
	p.t.Helper()
	for _, screen := range []browser.Screen{standing, lying} {
		p.Show(screen)
		browser.Axe(named{p.t, what}, p.Page)
		if out := browser.Eval[bool](p.Page, `document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight`); out {
			p.t.Errorf("%s does not fit on %s", what, screen.Name)
		}
		if pictures != "" {
			must(p.t, os.MkdirAll(pictures, 0o755))
			p.Shot(filepath.Join(pictures, "panel-"+what+"-"+screen.Name+".png"))
		}
	}
}

// takes what lies behind the open door, and shuts it.
func (p *panelist) takes(number int) {
	p.t.Helper()
	steel := p.stand().Cabinet
	_, err := steel.Take(number)
	must(p.t, err)
	must(p.t, steel.Shut(number))
	p.Wait("[data-test=panel][data-door=shut]")
}

// lastCollected gives the newest receipt of a collection.
func (s *stage) lastCollected() (last lockhouse.Receipt) {
	s.t.Helper()
	must(s.t, s.Network().Store().View(s.t.Context(), func(tx store.Tx) error {
		all, err := tx.ReceiptsAfter(s.stand().Noun.ID, 0, 1_000)
		for _, r := range all {
			if r.Kind == lockhouse.ReceiptCollected {
				last = r.Receipt
			}
		}
		return err
	}))
	return last
}

var eightDigits = regexp.MustCompile(`\b([0-9]{4}) ([0-9]{4})\b`)

func pinIn(t *testing.T, text string) string {
	t.Helper()
	found := eightDigits.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no PIN in %q", text)
	}
	return found[1] + found[2]
}

// TestWithoutAPhone: from the shop to the panel. The recipient reads the PIN off their page, or their mail, and types it
// at the locker; the network is gone the second time.
func TestWithoutAPhone(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	b := browser.Open(t, browser.Options{})
	first, second := s.order(), s.order()
	one, two := s.dropOff(first), s.dropOff(second)

	page := b.Page(t, browser.Phone)
	pinOf := func(o order) string {
		page.Go("about:blank")
		page.Go(s.linkFor(o))
		page.Click("[data-test=without-phone] summary")
		if page.Wait("[data-test=pin]"); pictures != "" {
			page.FullShot(filepath.Join(pictures, "collect-without-phone.png"))
		}
		if browser.Eval[bool](page, `!!document.querySelector("[data-test=pass]")`) {
			t.Error("the locker has no scanner, and the page shows a pass")
		}
		return pinIn(t, page.Text("[data-test=pin]"))
	}
	lost := pinOf(first) // the paper with it was lost
	page.Click("[data-test=renew-pin]")
	page.WaitTrue(`!document.querySelector("[data-test=pin]").textContent.includes("` + lost[:4] + `")`)
	s.until("the locker has heard of the new PIN", func() bool { return s.stand().Agent().Health().Desired > 0 })
	pins := []string{pinIn(t, page.Text("[data-test=pin]")), pinOf(second)}

	p := s.panelist(b)
	p.look("start")
	p.types("12<0000000")
	p.look("typing")
	p.types("#")
	p.Wait("[data-answer=wrong_pin]")
	p.look("wrong")
	p.types(pins[0] + "#")
	s.opens(one)
	p.Wait("[data-door=open]")
	p.look("open")
	p.takes(one)
	p.look("shut")
	s.becomes(first, "collected")
	if r := s.lastCollected(); r.Compartment != one || r.Phone != [8]byte{} || r.Grant != (lockhouse.GrantID{}) {
		t.Errorf("the receipt says %+v", r)
	}

	must(t, s.StopNetwork())
	p.Click("[data-test=language-es]")
	p.WaitText("[data-test=says]", "Gracias")
	p.Press(pins[1] + kb.Enter) // a keyboard does as well
	s.opens(two)
	p.Wait("[data-door=open]")
	if open := s.open(); len(open) != 1 {
		t.Errorf("open are %v", open)
	}
	p.look("open-es")
	p.takes(two)
	must(t, s.StartNetwork(t.Context()))
	s.becomes(second, "collected")
}

// TestPaperPass: the recipient prints the code on their page, and holds it in front of the scanner; the same paper opens
// nothing afterwards.
func TestPaperPass(t *testing.T) {
	t.Parallel()
	near, far, err := pty.Open()
	must(t, err)
	t.Cleanup(func() { must(t, errors.Join(near.Close(), far.Close())) })
	s := raiseAs(t, world.Config{Sites: 1, Scanner: far.Name(), Log: slog.New(slog.DiscardHandler)})
	o := s.order()
	number := s.dropOff(o)
	p := s.person()
	_, token, _ := strings.Cut(s.linkFor(o), "#")
	p.ask(http.MethodPost, "/v1/recipient/sign-in", map[string]string{"token": token, "phone_key": p.phoneKey()}, nil)
	var mine struct{ Parcels []struct{ Pass string } }
	p.ask(http.MethodGet, "/v1/recipient/parcels", nil, &mine)
	scan := func() {
		_, err := near.WriteString(mine.Parcels[0].Pass + "\r\n")
		must(t, err)
	}
	screen := s.panelist(browser.Open(t, browser.Options{}))
	screen.look("scanner")
	scan()
	s.opens(number)
	screen.Wait("[data-door=open]")
	screen.takes(number)
	s.becomes(o, "collected")
	if r := s.lastCollected(); r.Phone != [8]byte{} || r.Grant == (lockhouse.GrantID{}) {
		t.Errorf("the receipt says %+v", r)
	}
	scan() // something was left inside
	s.opens(number)
	must(t, s.stand().Cabinet.Shut(number))
	screen.Wait("[data-test=panel][data-door=shut]")
	scan()
	s.opens(number)
	must(t, s.stand().Cabinet.Shut(number))
	screen.Wait("[data-test=panel][data-door=shut]")
	scan()
	screen.Wait("[data-answer=used]")
	if n := s.pulses(); n != 4 {
		t.Errorf("%d pulses for a drop-off, a collection and two reopenings", n)
	}
}

// TestPINInTheMail: who has no smartphone reads it there; and a wait outlives the locker's being switched off.
func TestPINInTheMail(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	b := browser.Open(t, browser.Options{})
	o := s.order()
	s.ask(http.MethodPut, "/v1/parcels/"+o.reference, s.Keys().Shop, map[string]any{
		"tracking_number": o.tracking, "recipient": map[string]any{"name": "Pat Example", "email": o.email, "pin_by_mail": true},
	}, nil)
	number := s.dropOff(o)
	var pin string
	s.until("the mail with the PIN is there", func() bool {
		mail, err := s.Mailbox().Wait(t.Context(), o.email)
		must(t, err)
		if found := eightDigits.FindStringSubmatch(mail.Text); found != nil {
			pin = found[1] + found[2]
		}
		return pin != ""
	})
	p := s.panelist(b)
	for range 3 {
		p.types("00000000#")
		p.Wait("[data-answer=wrong_pin]")
	}
	p.types(pin + "#")
	p.Wait("[data-answer=wait_pin]")
	p.look("wait")
	must(t, s.stand().Off())
	p.Expect("status of 502")
	p.Expect("ERR_INCOMPLETE_CHUNKED_ENCODING")
	p.WaitText("[data-test=says]", "One moment")
	must(t, s.stand().On(nil))
	s.until("the locker is back", s.stand().Ready)
	p.WaitTrue(`+document.querySelector("[data-test=panel]").dataset.wait > 0`)
	p.types(fmt.Sprintf("%03d%s#", number, pin)) // with its door's number it need not wait
	s.opens(number)
	p.Wait("[data-door=open]")
	p.takes(number)
	s.becomes(o, "collected")
}
