package radio_test

import (
	"testing"
	"time"

	"lockhouse/internal/browser"
	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
)

// BenchmarkEcho is one frame to the locker and its notification back: with a Go central, at several latencies. A write
// crosses the air twice, its echo once, beside the answer.
func BenchmarkEcho(b *testing.B) {
	for name, crossing := range map[string]time.Duration{"ideal": 0, "crossing 8ms": 8 * time.Millisecond} {
		b.Run(name, func(b *testing.B) {
			air := start(b, radio.Options{Crossing: crossing})
			serve(b, air, "pseudonym")
			link := dial(b, air)
			for b.Loop() {
				if err := link.Write(b.Context(), []byte("echo")); err != nil {
					b.Fatal(err)
				}
				<-link.Frames()
			}
		})
	}
}

// BenchmarkConnect is what comes before the first frame: connect, services, subscription, INFO, and the goodbye.
func BenchmarkConnect(b *testing.B) {
	air := start(b, radio.Options{})
	serve(b, air, "pseudonym")
	phone, err := central.Open(b.Context(), air.Address())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(phone.Close)
	device, err := phone.Scan(b.Context(), "pseudonym")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		link, err := device.Connect(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := link.Info(b.Context()); err != nil {
			b.Fatal(err)
		}
		link.Close()
	}
}

// BenchmarkChromiumEcho is the same frame and its echo from a page in Chromium: what Web Bluetooth itself costs.
func BenchmarkChromiumEcho(b *testing.B) {
	air := start(b, radio.Options{})
	serve(b, air, "pseudonym")
	page := openPhone(b, air)
	connect(b, page, "pseudonym")
	page.Click("#info")
	page.WaitText("#state", "info 46")
	for b.Loop() { // the page counts
	}
	b.ReportMetric(browser.Eval[float64](page, `echoes(200)`)/200, "ms/echo")
	b.ReportMetric(browser.Eval[float64](page, `handshakes(20)`)/20, "ms/handshake")
	b.ReportMetric(0, "ns/op")
}

func dial(b testing.TB, air *radio.Radio) *central.Link {
	b.Helper()
	link := dialNamed(b, air, "pseudonym")
	if _, err := link.Info(limit(b)); err != nil {
		b.Fatal(err)
	}
	return link
}
