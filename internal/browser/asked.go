package browser

import (
	"sync"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

const maxAsked = 5_000

// asked notes what a page asks servers for: the line that each of them could keep.
type asked struct {
	mu    sync.Mutex
	lines []string
}

// NoteRequests begins to note every request of the page, for Requests.
func (p *Page) NoteRequests() {
	p.t.Helper()
	sent := chromedp.Events(p.ctx, network.RequestWillBeSent)
	if _, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{}); err != nil {
		p.t.Fatalf("the page's requests can't be noted: %v", err)
	}
	p.work.Go(func() {
		for request, err := range sent {
			if err != nil {
				return // the page is closed
			}
			p.asked.note(request.Request)
		}
	})
}

func (a *asked) note(r *network.Request) {
	referrer, _ := r.Headers["Referer"].(string)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.lines) < maxAsked {
		a.lines = append(a.lines, r.Method+" "+r.URL+" "+referrer)
	}
}

// Requests lists what was asked since NoteRequests: method, address without its fragment, and the page that it was asked
// from, as the server sees them.
func (p *Page) Requests() []string {
	p.t.Helper()
	p.asked.mu.Lock()
	defer p.asked.mu.Unlock()
	return append([]string(nil), p.asked.lines...)
}
