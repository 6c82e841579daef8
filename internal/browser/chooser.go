package browser

import (
	"fmt"
	"slices"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/deviceaccess"
	"github.com/chromedp/chromedp"
)

const maxWishes = 64

// chooser answers the browser's list of Bluetooth devices. The browser tells of one prompt again and again, each time a
// device is found; a second answer to it crashes the browser, so what was answered is remembered.
type chooser struct {
	mu       sync.Mutex
	wishes   []wish // one for each prompt to come
	answered map[deviceaccess.RequestID]bool
	offered  []string // what the last prompt showed
}

type wish struct {
	name    string
	nothing bool
}

// Choose answers the page's next Bluetooth prompt that is not spoken for with the device of this name, once it is found.
func (p *Page) Choose(name string) { p.t.Helper(); p.wish(wish{name: name}) }

// ChooseNothing cancels the page's next Bluetooth prompt that is not spoken for.
func (p *Page) ChooseNothing() { p.t.Helper(); p.wish(wish{nothing: true}) }

func (p *Page) wish(w wish) {
	p.t.Helper()
	p.chooser.mu.Lock()
	defer p.chooser.mu.Unlock()
	if len(p.chooser.wishes) >= maxWishes {
		p.t.Fatalf("more than %d Bluetooth prompts are spoken for", maxWishes)
	}
	p.chooser.wishes = append(p.chooser.wishes, w)
}

// Offered lists the names that the last Bluetooth prompt has shown so far.
func (p *Page) Offered() []string {
	p.chooser.mu.Lock()
	defer p.chooser.mu.Unlock()
	return slices.Clone(p.chooser.offered)
}

// listen turns the answering on, for as long as the page lives.
func (c *chooser) listen(p *Page) {
	c.answered = map[deviceaccess.RequestID]bool{}
	prompts := chromedp.Events(p.ctx, deviceaccess.DeviceRequestPrompted)
	_, err := chromedp.Call(p.ctx, deviceaccess.Enable, cdp.Empty{})
	if err != nil {
		p.t.Fatalf("the Bluetooth prompt can't be answered: %v", err)
	}
	p.work.Go(func() {
		for prompt, err := range prompts {
			if err != nil {
				return // the page is closed
			}
			if err := c.answer(p, prompt); err != nil && p.ctx.Err() == nil {
				p.console.note(fmt.Sprintf("the Bluetooth prompt did not take its answer: %v", err))
			}
		}
	})
}

func (c *chooser) answer(p *Page, prompt deviceaccess.EventDeviceRequestPrompted) error {
	device, w, ready := c.match(prompt)
	if !ready {
		return nil
	}
	if w.nothing {
		_, err := chromedp.Call(p.ctx, deviceaccess.CancelPrompt, deviceaccess.CancelPromptParams{ID: prompt.ID})
		return err
	}
	_, err := chromedp.Call(p.ctx, deviceaccess.SelectPrompt, deviceaccess.SelectPromptParams{ID: prompt.ID, DeviceID: device})
	return err
}

// match finds what to answer and uses the wish up; not ready, when the wished device is not found yet.
func (c *chooser) match(prompt deviceaccess.EventDeviceRequestPrompted) (device deviceaccess.DeviceID, w wish, ready bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered[prompt.ID] {
		return "", wish{}, false
	}
	c.offered = nil
	for _, offered := range prompt.Devices {
		c.offered = append(c.offered, offered.Name)
	}
	if len(c.wishes) == 0 {
		return "", wish{}, false
	}
	w = c.wishes[0]
	at := slices.Index(c.offered, w.name)
	if at < 0 && !w.nothing {
		return "", wish{}, false
	}
	if !w.nothing {
		device = prompt.Devices[at].ID
	}
	c.wishes = c.wishes[1:]
	c.answered[prompt.ID] = true
	return device, w, true
}
