package world_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"lockhouse"
	"lockhouse/internal/browser"
	"lockhouse/wire/phone"
)

// overLine is a phone's way to the locker by way of the network, in Go.
type overLine struct {
	conn   *websocket.Conn
	info   []byte
	taken  chan byte
	frames chan []byte
}

// dialLine opens it as the page of this person does; status is how the network answered where it did not.
func (p *person) dialLine(locker lockhouse.LockerID, protocols ...string) (link *overLine, status int) {
	t := p.stage.t
	t.Helper()
	url := strings.Replace(p.stage.URL(), "http", "ws", 1) + "/v1/lockers/" + string(locker) + "/latch"
	conn, answer, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: p.client, Subprotocols: protocols})
	if err != nil {
		if answer == nil {
			t.Fatal(err)
		}
		return nil, answer.StatusCode
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	link = &overLine{conn: conn, taken: make(chan byte, 8), frames: make(chan []byte, 64)}
	_, first, err := conn.Read(t.Context())
	must(t, err)
	link.info = first[1:]
	go link.listen(t.Context()) // until the connection ends
	return link, http.StatusSwitchingProtocols
}

func (l *overLine) listen(ctx context.Context) {
	defer close(l.frames)
	defer close(l.taken)
	for {
		_, message, err := l.conn.Read(ctx)
		if err != nil {
			return
		}
		if message[0] == 2 {
			l.taken <- message[1]
		} else {
			l.frames <- message[1:]
		}
	}
}

func (l *overLine) Info(context.Context) ([]byte, error) { return l.info, nil }
func (l *overLine) Frames() <-chan []byte                { return l.frames }

func (l *overLine) Write(ctx context.Context, frame []byte) error {
	if err := l.conn.Write(ctx, websocket.MessageBinary, append([]byte{1}, frame...)); err != nil {
		return err
	}
	if status, ok := <-l.taken; !ok || status != 0 {
		return errors.New("not taken")
	}
	return nil
}

// comes shows the grant over the line with a code.
func (p *person) comes(presence string) (*phone.Visit, phone.News, error) {
	t := p.stage.t
	t.Helper()
	link, status := p.dialLine(p.locker.ID)
	if link == nil {
		t.Fatalf("the network answered %d", status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	v, n, err := phone.Begin(ctx, link, phone.Phone{Key: p.key, Random: rand.Reader, Presence: presence}, p.locker, p.grant, p.index)
	if err != nil {
		_ = link.conn.CloseNow()
	}
	return v, n, err
}

// presence is what the panel shows.
func (s *stage) presence() string { return s.stand().Agent().AtPanel().Presence }

// TestOverTheLine: a browser without Bluetooth opens a door with the code that the panel shows, and with no other.
func TestOverTheLine(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	o := s.order()
	compartment := s.dropOff(o)
	b := browser.Open(t, browser.Options{})
	panel := s.panelist(b)
	page := b.Page(t, browser.Phone)
	page.Go(s.linkFor(o))
	page.Wait("[data-test=open]")
	if browser.Eval[bool](page, `!!document.querySelector("[data-test=radio-choice] input[value=line]")`) {
		page.Click("[data-test=radio-choice] input[value=line]")
	}
	page.Wait("[data-test=presence]")
	keep := func(what string) {
		for _, screen := range []browser.Screen{browser.Desk, browser.Phone} {
			page.Show(screen)
			browser.Axe(named{t, what}, page)
			if pictures != "" {
				must(t, os.MkdirAll(pictures, 0o755))
				page.FullShot(filepath.Join(pictures, "overline-"+what+"-"+screen.Name+".png"))
			}
		}
	}
	keep("asks")
	page.Type("[data-test=presence]", "12")
	page.Click("[data-test=open]")
	page.WaitText("[data-test=by-line]", "6 digits")
	wrong := "000000"
	if s.presence() == wrong {
		wrong = "000001"
	}
	page.Type("[data-test=presence]", wrong[2:])
	browser.Eval[bool](page, `(() => { const i = document.querySelector("[data-test=presence]"); i.value = "`+wrong+`"; i.dispatchEvent(new Event("input", { bubbles: true })); return true })()`)
	page.Click("[data-test=open]")
	page.Wait("[data-test=door][data-trouble=wrong_presence]")
	if open := s.open(); len(open) != 0 {
		t.Fatalf("open are %v", open)
	}
	keep("wrong")
	shown := strings.TrimSpace(panel.Text("[data-test=presence]"))
	browser.Eval[bool](page, `(() => { const i = document.querySelector("[data-test=presence]"); i.value = "`+shown+`"; i.dispatchEvent(new Event("input", { bubbles: true })); return true })()`)
	page.Click("[data-test=try-again]")
	s.opens(compartment)
	page.Wait("[data-test=door][data-phase=open]")
	keep("open")
	steel := s.stand().Cabinet
	_, err := steel.Take(compartment)
	must(t, err)
	must(t, steel.Shut(compartment))
	page.Wait("[data-test=done]")
	s.becomes(o, "collected")
	panel.look("code")
	page.Go("about:blank")
	page.Go(s.URL() + "/collect#31415926") // as a camera opens what is printed on a locker without a screen
	page.Wait("[data-test=parcel], [data-test=receipt], main")
	if where := browser.Eval[string](page, `location.hash`); where != "" {
		t.Errorf("the code stays in the address: %s", where)
	}
}

// TestCourierOverTheLine: a courier whose browser has no Bluetooth fills a locker with the code that was read once, by their key; a key of
// another scope, and none, lead nowhere.
func TestCourierOverTheLine(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	one, two := s.order(), s.order()
	c := s.courier(two)
	last := c.index
	for name, key := range map[string]string{"a shop's key": s.Keys().Shop, "no key of ours": "nonsense"} {
		if link, status := c.dialLine(c.locker.ID, "latch", "key."+key); link != nil {
			t.Errorf("%s: %d", name, status)
		}
	}
	link, status := c.dialLine(c.locker.ID, "latch", "key."+s.Keys().Courier)
	if link == nil || link.conn.Subprotocol() != "latch" {
		t.Fatalf("the network answered %d", status)
	}
	v, _, err := phone.Begin(t.Context(), link, phone.Phone{Key: c.key, Random: rand.Reader, Presence: s.presence()}, c.locker, c.grant, -1)
	must(t, err)
	for index, o := range map[int]order{1 - last: one, last: two} {
		_, err := v.Tail(t.Context(), 1)
		must(t, err)
		news, err := v.Open(t.Context(), index, 0)
		must(t, err)
		s.opens(news.Compartment)
		must(t, s.stand().Cabinet.Put(news.Compartment, o.tracking))
		must(t, s.stand().Cabinet.Shut(news.Compartment))
		s.becomes(o, "dropped_off")
	}
}

// TestOverTheLineRefused: a copied grant opens nothing, who has nothing at a locker does not reach it, and where the line is cut
// the phone comes back and asks.
func TestOverTheLineRefused(t *testing.T) {
	t.Parallel()
	s := raise(t, 2)
	one, two := s.order(), s.order()
	compartment := s.dropOff(one)
	s.dropOff(two)
	r, thief := s.recipient(one), s.recipient(two)
	pulses := s.pulses()

	thief.grant = r.grant // signed in, with a parcel of their own there, the code before their eyes, and another's grant
	_, _, err := thief.comes(s.presence())
	if lockhouse.CodeOf(err) != lockhouse.CodeWrongPhone {
		t.Errorf("a copied grant: %v", err)
	}
	if _, status := r.dialLine(s.Lockers()[1].Noun.ID); status != http.StatusNotFound {
		t.Errorf("a locker with nothing of theirs: %d", status)
	}
	if _, status := s.person().dialLine(r.locker.ID); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
	if s.pulses() != pulses {
		t.Fatal("a lock was driven")
	}
	v, _, err := r.comes(s.presence())
	must(t, err)
	s.opens(compartment)
	must(t, s.StopNetwork()) // done, and not told any more
	for {
		if _, err := v.Next(t.Context()); err != nil {
			break
		}
	}
	must(t, s.StartNetwork(t.Context()))
	s.until("the line is up again", func() bool {
		link, _ := r.dialLine(r.locker.ID)
		if link != nil {
			_ = link.conn.CloseNow()
		}
		return link != nil
	})
	r.index = -1
	v, _, err = r.comes(s.presence())
	must(t, err)
	tail, err := v.Tail(t.Context(), 8)
	must(t, err)
	if len(tail) == 0 {
		t.Error("the locker says nothing of what happened")
	}
	must(t, s.stand().Cabinet.Shut(compartment))
	s.becomes(one, "collected")
}
