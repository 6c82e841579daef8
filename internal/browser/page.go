package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Page is one tab. Its methods end the test when a step does not come true.
//
// A selector is CSS; " >>> " goes into the shadow root of what is left of it: "checkout-widget >>> button".
type Page struct {
	t       testing.TB
	ctx     context.Context
	screen  Screen
	options Options
	chooser chooser
	console console
	asked   asked
	work    sync.WaitGroup
}

// Page opens a tab, which is closed when t ends; t fails if the page has complained on its console by then.
func (b *Browser) Page(t testing.TB, screen Screen) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	p := &Page{t: t, ctx: ctx, screen: screen, options: b.options}
	t.Cleanup(func() {
		p.console.settle(p)
		cancel()
		p.work.Wait()
		p.console.judge(t)
	})
	// The first action binds the tab to its context, so that one must not have the step's limit.
	late := time.AfterFunc(maxStepWait, cancel)
	if err := chromedp.Do(ctx, screen.show(b.options)); err != nil {
		t.Fatalf("can't open a tab: %v", err)
	}
	late.Stop()
	p.console.listen(p)
	if b.options.Radio != "" {
		p.chooser.listen(p)
	}
	return p
}

// Screen says what the page is shown on.
func (p *Page) Screen() Screen { return p.screen }

// Show puts the page as it stands on another screen. Colours that would fade over into those of the new screen are there
// at once.
func (p *Page) Show(screen Screen) {
	p.t.Helper()
	p.step("show it on the "+screen.Name, screen.show(p.options))
	p.step("end its transitions", chromedp.Evaluate[chromedp.Void](endTransitions))
	p.screen = screen
}

const endTransitions = `document.getAnimations().filter(one => one instanceof CSSTransition).forEach(one => one.finish())`

// step runs one action within its time.
func (p *Page) step(what string, action chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if _, err := within(p.ctx, maxStepWait, action); err != nil {
		p.t.Fatalf("can't %s: %v\nthe page shows: %s", what, err, p.shows())
	}
}

func within[T any](ctx context.Context, limit time.Duration, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return chromedp.Run(ctx, action)
}

const maxShownBytes = 1500

// shows gives the beginning of what can be read on the page, for the sentence of a failure.
func (p *Page) shows() string {
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + (document.body ? document.body.innerText : "")`))
	if err != nil {
		return "nothing (" + err.Error() + ")"
	}
	return text[:min(len(text), maxShownBytes)]
}

// Go opens an address and waits until it is loaded.
func (p *Page) Go(url string) {
	p.t.Helper()
	p.step("open "+url, chromedp.Navigate(url))
}

// Reload loads the page again.
func (p *Page) Reload() {
	p.t.Helper()
	p.step("reload", chromedp.Reload())
}

// path is the script that finds a selector's element, through shadow roots.
func path(selector string) chromedp.JSPath {
	script := "document"
	for i, part := range strings.Split(selector, " >>> ") {
		quoted, _ := json.Marshal(part) // a string always can be
		if i > 0 {
			script += "?.shadowRoot"
		}
		script += "?.querySelector(" + string(quoted) + ")"
	}
	return chromedp.JSPath(script)
}

// Click waits until the element is visible and enabled, and clicks into its middle with the mouse: what lies over it
// gets the click, as with a person.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Wait(selector)
	p.step("click "+selector, chromedp.Click(path(selector), chromedp.NodeEnabled))
}

// Type replaces what a field holds, key by key.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.Wait(selector)
	p.step("select what is in "+selector, chromedp.Evaluate[chromedp.Void](
		fmt.Sprintf(`(field => { field.focus(); field.select() })(%s)`, path(selector))))
	p.step("type into "+selector, chromedp.KeyEvent(kb.Backspace+text))
}

// Press presses keys where the focus is; package kb of chromedp names those that have no character.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.step("press a key", chromedp.KeyEvent(keys))
}

// Wait waits until an element is visible.
func (p *Page) Wait(selector string) {
	p.t.Helper()
	p.step("see "+selector, chromedp.WaitVisible(path(selector)))
}

// WaitGone waits until no such element is visible.
func (p *Page) WaitGone(selector string) {
	p.t.Helper()
	p.WaitTrue(fmt.Sprintf(`!(%s)?.checkVisibility()`, path(selector)))
}

// WaitText waits until an element's text contains this one.
func (p *Page) WaitText(selector, text string) {
	p.t.Helper()
	quoted, _ := json.Marshal(text)
	p.WaitTrue(fmt.Sprintf(`(%s)?.innerText?.includes(%s) === true`, path(selector), quoted))
}

// WaitTrue waits until a JavaScript expression is true.
func (p *Page) WaitTrue(expression string) {
	p.t.Helper()
	poll := chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(maxStepWait))
	p.step("see it come true: "+expression, poll)
}

// Text gives an element's text as it is seen.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	p.Wait(selector)
	return Eval[string](p, fmt.Sprintf(`(%s).innerText`, path(selector)))
}

// Eval gives the value of a JavaScript expression, awaiting it if it is a promise. It counts as a person's gesture, which
// hides bugs: to do something, click.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	return evalWithin[T](p, maxStepWait, expression)
}

func evalWithin[T any](p *Page, limit time.Duration, expression string) T {
	p.t.Helper()
	value, err := within(p.ctx, limit, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("can't evaluate %s: %v\nthe page shows: %s", expression, err, p.shows())
	}
	return value
}
