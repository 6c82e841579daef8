// Package browser is the kit for tests in a real Chromium: it starts one with a fresh profile, opens pages the size of a
// phone or a desk, clicks as a person does, answers the Bluetooth chooser, takes screenshots, runs axe-core, and fails
// the test for whatever the page complained of on its console.
//
//	b := browser.Open(t, browser.Options{Radio: air.Address()})
//	page := b.Page(t, browser.Phone)
//	page.Go(server.URL)
//	page.Choose("pseudonym")
//	page.Click("#connect")
//	page.WaitText("#state", "connected")
//	browser.Axe(t, page)
//
// One Browser is one person's device, with a profile and a Bluetooth connection of its own; its pages share both. Every
// step ends the test when it does not come true in time, and says what the page shows instead.
package browser

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	maxStepWait  = time.Minute // on a busy machine with two cores: whoever waits for what never comes has a fault, not a deadline
	maxStartWait = 90 * time.Second
)

// Options say what a browser is started with; the zero value suits most tests.
type Options struct {
	// Radio is the address of the message bus with org.bluez on it. Empty: the browser has no Bluetooth.
	Radio string
	// TimeZone is an IANA name; empty means America/New_York, that of the demo's network.
	TimeZone string
	// Language is a BCP 47 tag; empty means en-US.
	Language string
}

// Browser is a running Chromium.
type Browser struct {
	ctx     context.Context
	options Options
}

// programs are the names under which systems install Chromium.
var programs = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// Open starts Chromium, which ends with the test. A machine without Chromium fails the test: a suite that skips what it
// can't run proves nothing. LOCKHOUSE_CHROMIUM names another program.
func Open(t testing.TB, options Options) *Browser {
	t.Helper()
	if options.TimeZone == "" {
		options.TimeZone = "America/New_York"
	}
	if options.Language == "" {
		options.Language = "en-US"
	}
	allocated, end := chromedp.NewExecAllocator(context.Background(), flags(find(t), options)...)
	t.Cleanup(end)
	ctx, cancel := chromedp.NewContext(allocated, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(cancel)
	late := time.AfterFunc(maxStartWait, cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	late.Stop()
	return &Browser{ctx: ctx, options: options}
}

func find(t testing.TB) string {
	t.Helper()
	if program := os.Getenv("LOCKHOUSE_CHROMIUM"); program != "" {
		return program
	}
	for _, name := range programs {
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	t.Fatal("Chromium is not installed; on Debian: apt-get install chromium (make test does it), or set LOCKHOUSE_CHROMIUM to the program")
	return ""
}

// flags keep the browser to itself: no first-run pages, nothing fetched behind the test's back.
func flags(program string, options Options) []chromedp.ExecAllocatorOption {
	all := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("lang", options.Language),
		chromedp.Env("TZ="+options.TimeZone, "LANGUAGE="+options.Language),
	}
	for _, name := range []string{"disable-gpu", "disable-quic", "disable-background-networking", "disable-component-update",
		"disable-sync", "disable-breakpad", "disable-extensions", "disable-renderer-backgrounding",
		"disable-background-timer-throttling", "disable-backgrounding-occluded-windows"} {
		all = append(all, chromedp.Flag(name, true))
	}
	all = append(all, chromedp.Flag("password-store", "basic"), chromedp.Flag("force-color-profile", "srgb"))
	if options.Radio != "" {
		all = append(all,
			chromedp.Flag("enable-features", "WebBluetooth,WebBluetoothNewPermissionsBackend"),
			chromedp.Env("DBUS_SYSTEM_BUS_ADDRESS="+options.Radio))
	}
	return all
}
