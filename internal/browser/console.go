package browser

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const maxComplaints = 100

// console keeps what the page complained of: errors it wrote, exceptions that nobody caught, requests that failed.
type console struct {
	mu         sync.Mutex
	complaints []string
	expected   []string
}

// Expect lets the console hold complaints that contain this text.
func (p *Page) Expect(text string) {
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	p.console.expected = append(p.console.expected, text)
}

// Complaints lists what the page complained of so far and is not expected.
func (p *Page) Complaints() []string { return p.console.unexpected() }

func (c *console) unexpected() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.complaints), func(complaint string) bool {
		return slices.ContainsFunc(c.expected, func(text string) bool { return strings.Contains(complaint, text) })
	})
}

func (c *console) listen(p *Page) {
	messages := chromedp.Console(p.ctx)
	p.work.Go(func() {
		for message, err := range messages {
			if err != nil {
				return // the page is closed
			}
			if message.IsException() || message.Type == chromedp.ConsoleError {
				c.note(fmt.Sprintf("%s: %s (%s:%d)", message.Type, message.Text, message.URL, message.Line+1))
			}
		}
	})
}

func (c *console) note(complaint string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.complaints) < maxComplaints {
		c.complaints = append(c.complaints, complaint)
	}
}

// settle lets what the page has said already arrive: messages come in order, so a last one of ours closes the list.
func (c *console) settle(p *Page) {
	seen := chromedp.Console(p.ctx)
	done := make(chan struct{})
	p.work.Go(func() {
		defer close(done)
		for message, err := range seen {
			if err != nil || message.Text == lastWord {
				return
			}
		}
	})
	if _, err := within(p.ctx, maxStepWait, chromedp.Evaluate[chromedp.Void](`console.debug("`+lastWord+`")`)); err != nil {
		return // a page that crashed says nothing more
	}
	select {
	case <-done:
	case <-time.After(maxStepWait):
	}
}

const lastWord = "lockhouse: the test is over"

func (c *console) judge(t testing.TB) {
	t.Helper()
	for _, complaint := range c.unexpected() {
		t.Errorf("the page complained: %s", complaint)
	}
}
