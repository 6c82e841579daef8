package shop

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
)

// endpoint is a shop's server; handle says what it does.
type endpoint struct {
	*httptest.Server
	mu     sync.Mutex
	heard  []*http.Request
	bodies [][]byte
}

func shopServer(t *testing.T, handle http.HandlerFunc) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.heard, e.bodies = append(e.heard, r), append(e.bodies, body)
		e.mu.Unlock()
		handle(w, r)
	}))
	t.Cleanup(e.Close)
	return e
}

// all gives what was heard until now: a server that hangs up may be doing so still.
func (e *endpoint) all() (requests []*http.Request, bodies [][]byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard), slices.Clone(e.bodies)
}

func (e *endpoint) count() int {
	requests, _ := e.all()
	return len(requests)
}

type bench struct {
	*Sender
	t     *testing.T
	store store.Store
	mu    sync.Mutex
	at    time.Time

	events int64 // that were made up
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at
}

func (b *bench) advanceTo(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = t
}

func open(t *testing.T, allowPrivate bool) *bench {
	t.Helper()
	b := &bench{t: t, store: sqlitetest.Open(t), at: time.Now().Truncate(time.Second)} // verifiers compare with their own clock
	b.Sender = New(b.store, Options{AllowPrivate: allowPrivate, Agent: "lockhouse/test"}, b.clock, rand.Reader, slog.New(slog.DiscardHandler))
	return b
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

var secret = []byte("0123456789abcdef0123456789abcdef")

func (b *bench) hook(shop lockhouse.ShopID, url string) {
	b.t.Helper()
	b.must(b.store.Update(b.t.Context(), func(tx store.Tx) error {
		return tx.PutWebhook(lockhouse.Webhook{Shop: shop, URL: url, Secret: secret})
	}))
}

// says lets a hold of the shop lapse, as events do, and lets it be heard.
func (b *bench) says(shop lockhouse.ShopID, reference string) {
	b.t.Helper()
	site := lockhouse.Site{ID: "site_1", Name: "x", Alias: "x", Street: "x", Zone: "UTC", HoldingDays: 1}
	h := lockhouse.Hold{ID: lockhouse.HoldID("hold_" + reference), Shop: shop, Reference: reference, Site: site.ID, Size: "M", Rank: 2, State: lockhouse.HoldLapsed, PlacedAt: b.clock(), LapsesAt: b.clock()}
	b.must(b.store.Update(b.t.Context(), func(tx store.Tx) error {
		if err := errors.Join(tx.PutSite(site), tx.PutHold(h), tx.Say(lockhouse.Event{Kind: lockhouse.EventHoldLapsed, At: b.clock(), Shop: shop, Hold: h.ID, Site: site.ID})); err != nil {
			return err
		}
		events, err := tx.Recent(1)
		if err != nil {
			return err
		}
		return errors.Join(Hear(tx, events[0], rand.Reader), Hear(tx, events[0], rand.Reader)) // heard twice is told once
	}))
}

// swept sends what is due and gives what the shop's list shows.
func (b *bench) swept(shop lockhouse.ShopID) []lockhouse.Delivery {
	b.t.Helper()
	b.must(b.sweep(b.t.Context()))
	b.lines.Wait()
	return b.list(shop)
}

func (b *bench) list(shop lockhouse.ShopID) (all []lockhouse.Delivery) {
	b.t.Helper()
	b.must(b.store.View(b.t.Context(), func(tx store.Tx) (err error) {
		for more := true; more && err == nil; {
			page := store.Page{Limit: 200}
			if len(all) > 0 {
				page.After = all[len(all)-1].ID
			}
			var some []lockhouse.Delivery
			some, err = tx.ListDeliveries(shop, page)
			all, more = append(all, some...), len(some) == page.Limit
		}
		return err
	}))
	return all
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// TestSigned: what arrives can be verified by the standard's own library, and speaks the shop's language.
func TestSigned(t *testing.T) {
	b := open(t, true)
	e := shopServer(t, ok)
	b.hook("shop_1", e.URL)
	b.says("shop_1", "cart-1")
	list := b.swept("shop_1")
	if len(list) != 1 || list[0].DoneAt.IsZero() || len(list[0].Tries) != 1 || list[0].Tries[0].Status != 204 {
		t.Fatalf("%+v", list)
	}
	verifier, err := standardwebhooks.NewWebhookRaw(secret)
	b.must(err)
	requests, bodies := e.all()
	b.must(verifier.Verify(bodies[0], requests[0].Header))
	if err := verifier.Verify(append([]byte(" "), bodies[0]...), requests[0].Header); err == nil {
		t.Error("a changed body can be verified")
	}
	var m Message
	b.must(json.Unmarshal(bodies[0], &m))
	if m.Type != lockhouse.EventHoldLapsed || m.Data.Reference != "cart-1" || m.Data.State != "lapsed" || !m.Timestamp.Equal(b.clock()) {
		t.Errorf("%s", bodies[0])
	}
	if requests[0].Header.Get("webhook-id") != list[0].ID || requests[0].UserAgent() != "lockhouse/test" {
		t.Errorf("%v", requests[0].Header)
	}
	if b.swept("shop_1"); e.count() != 1 {
		t.Error("told twice")
	}
}

// TestAboutAHoldThatWasReplaced: the shop has placed it anew before anybody heard that it lapsed. There is nothing to tell.
func TestAboutAHoldThatWasReplaced(t *testing.T) {
	b := open(t, true)
	b.hook("shop_1", "http://127.0.0.1:1/")
	b.must(b.store.Update(t.Context(), func(tx store.Tx) error {
		return Hear(tx, lockhouse.Event{Seq: 1, Kind: lockhouse.EventHoldLapsed, At: b.clock(), Shop: "shop_1", Hold: "hold_gone"}, rand.Reader)
	}))
	if n := len(b.list("shop_1")); n != 0 {
		t.Errorf("%d messages", n)
	}
}

func TestAboutParcel(t *testing.T) {
	by := time.Date(2026, 11, 27, 5, 0, 0, 0, time.UTC)
	body, err := aboutParcel(lockhouse.Event{Kind: lockhouse.EventParcelDroppedOff, At: by}, lockhouse.Parcel{ID: "par_1", Reference: "o-1", Tracking: "LX1", Person: "per_secret", State: lockhouse.ParcelDroppedOff, CollectBy: by})
	if err != nil || strings.Contains(string(body), "per_secret") {
		t.Fatalf("%v %s", err, body)
	}
	for _, part := range []string{`"type":"parcel.dropped_off"`, `"reference":"o-1"`, `"tracking_number":"LX1"`, `"state":"dropped_off"`, `"collect_by":"2026-11-27T05:00:00Z"`} {
		if !bytes.Contains(body, []byte(part)) {
			t.Errorf("%s is missing in %s", part, body)
		}
	}
}

// TestRetries: anything but 2xx is tried again, each time later, with the same id; and in the end not any more.
func TestRetries(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"404":      http.NotFound,
		"500":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"302":      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"hangs up": func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, true)
			e := shopServer(t, handle)
			b.hook("shop_1", e.URL)
			b.says("shop_1", "cart-1")
			for try := 1; try <= len(Waits); try++ {
				d := b.swept("shop_1")[0]
				wait := d.NextAt.Sub(b.clock())
				if d.Count != try || len(d.Tries) != try || wait < Waits[try-1] || wait > Waits[try-1]*6/5 || d.LastError == "" {
					t.Fatalf("try %d: %+v", try, d)
				}
				if b.swept("shop_1"); e.count() != try {
					t.Fatalf("%d requests after %d tries", e.count(), try)
				}
				b.advanceTo(d.NextAt)
			}
			if d := b.swept("shop_1")[0]; !d.NextAt.IsZero() || !d.DoneAt.IsZero() || len(d.Tries) != len(Waits)+1 {
				t.Fatalf("%+v", d)
			}
			requests, _ := e.all()
			for _, r := range requests {
				if r.URL.Path != "/" || r.Header.Get("webhook-id") != requests[0].Header.Get("webhook-id") {
					t.Fatalf("%s with id %s", r.URL, r.Header.Get("webhook-id"))
				}
			}
		})
	}
	if total := Waits.Total(); total < 60*time.Hour || total > 84*time.Hour {
		t.Errorf("tries go on for %v; about three days are promised", total)
	}
}

// TestThenTaken: a shop that had not committed yet takes it the next time.
func TestThenTaken(t *testing.T) {
	b := open(t, true)
	var e *endpoint
	e = shopServer(t, func(w http.ResponseWriter, r *http.Request) {
		if e.count() == 1 {
			http.NotFound(w, r)
			return
		}
		w.WriteHeader(200)
		io.WriteString(w, strings.Repeat("x", 10*maxAnswerBytes)) // more than anybody wants to hear
	})
	b.hook("shop_1", e.URL)
	b.says("shop_1", "cart-1")
	d := b.swept("shop_1")[0]
	b.advanceTo(d.NextAt)
	if d = b.swept("shop_1")[0]; d.DoneAt.IsZero() || d.LastError != "" || d.Tries[1].Status != 200 {
		t.Fatalf("%+v", d)
	}
}

// TestNobodyWaitsForAnother: one shop has hundreds of messages and a server that does not answer; another's goes out.
func TestNobodyWaitsForAnother(t *testing.T) {
	b := open(t, true)
	release := make(chan struct{})
	stuck := shopServer(t, func(http.ResponseWriter, *http.Request) { <-release; panic(http.ErrAbortHandler) })
	hangUp := sync.OnceFunc(func() { close(release) })
	defer hangUp()
	good := shopServer(t, ok)
	b.hook("shop_stuck", stuck.URL)
	b.hook("shop_good", good.URL)
	for i := range 300 {
		b.says("shop_stuck", fmt.Sprintf("cart-%d", i))
	}
	b.says("shop_good", "cart-good")
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { b.Run(ctx) })
	for good.count() == 0 { // the test's own limit ends it when nothing comes
		time.Sleep(time.Millisecond)
	}
	hangUp()
	cancel()
	running.Wait()
	if stuck.count() > 1 { // it rests until its first wait is over, and this clock stands still
		t.Errorf("a shop that does not answer was asked %d times", stuck.count())
	}
}

// TestOneLine: many messages go out in order, each once and each written down; the first that fails stops the line, and
// what went before it stays told.
func TestOneLine(t *testing.T) {
	const most, good = maxUnwritten + 40, maxUnwritten + 20 // the failure comes in the midst of what is written down together
	b := open(t, true)
	var e *endpoint
	e = shopServer(t, func(w http.ResponseWriter, _ *http.Request) {
		if e.count() > good {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	b.hook("shop_1", e.URL)
	for i := range most {
		b.says("shop_1", fmt.Sprintf("cart-%d", i))
		b.advanceTo(b.clock().Add(time.Millisecond)) // which is due the longest
	}
	list := b.swept("shop_1")
	slices.Reverse(list) // oldest first
	for i, d := range list {
		done, tries := i < good, 1
		if i > good {
			tries = 0
		}
		if d.DoneAt.IsZero() == done || d.Count != tries || len(d.Tries) != tries {
			t.Fatalf("message %d: %+v", i, d)
		}
	}
	requests, _ := e.all()
	for i, r := range requests {
		if id := r.Header.Get(standardwebhooks.HeaderWebhookID); id != list[i].ID {
			t.Fatalf("request %d carried %s, not %s", i, id, list[i].ID)
		}
	}
	if len(requests) != good+1 {
		t.Fatalf("%d requests", len(requests))
	}
}

// TestWebhookTakenAway: what was left is not sent anywhere, and the line goes on.
func TestWebhookTakenAway(t *testing.T) {
	b := open(t, true)
	b.hook("shop_1", "https://nobody.invalid/")
	b.says("shop_1", "cart-1")
	b.says("shop_1", "cart-2")
	b.must(b.store.Update(t.Context(), func(tx store.Tx) error { return tx.DeleteWebhook("shop_1") }))
	for _, d := range b.swept("shop_1") {
		if !d.NextAt.IsZero() || !strings.Contains(d.LastError, "no webhook") {
			t.Errorf("%+v", d)
		}
	}
	b.says("shop_1", "cart-3")
	if list := b.list("shop_1"); len(list) != 2 {
		t.Errorf("something was left for a shop without a webhook: %d", len(list))
	}
}

// TestTooOld: what waited behind a shop that was gone for days is given up without another try, all of it in one sweep,
// and what is still worth telling is told.
func TestTooOld(t *testing.T) {
	b := open(t, true)
	server := shopServer(t, ok)
	b.hook("shop_1", server.URL)
	const old = 3 * maxUnwritten
	for i := range old {
		b.says("shop_1", fmt.Sprint("old-", i))
	}
	b.advanceTo(b.clock().Add(MaxAge + time.Second))
	b.says("shop_1", "new")
	var told []Tried
	b.told = func(t Tried) { told = append(told, t) }
	list := b.swept("shop_1")
	if server.count() != 1 || list[0].DoneAt.IsZero() {
		t.Errorf("%d were told; the new one: %+v", server.count(), list[0])
	}
	for _, d := range list[1:] {
		if !d.NextAt.IsZero() || !d.DoneAt.IsZero() || !strings.Contains(d.LastError, "too old") {
			t.Fatalf("%+v", d)
		}
	}
	if len(told) != old+1 || told[0].Done || told[0].Again || !told[old].Done {
		t.Errorf("who watches was told of %d: %+v", len(told), told)
	}
}

// TestPrivateAddressesAreRefused, by name and by number, and not a byte is sent.
func TestPrivateAddressesAreRefused(t *testing.T) {
	b := open(t, false)
	e := shopServer(t, ok)
	b.hook("shop_1", strings.Replace(e.URL, "127.0.0.1", "localhost", 1))
	b.says("shop_1", "cart-1")
	d := b.swept("shop_1")[0]
	if e.count() != 0 || d.Tries[0].Status != 0 || d.Tries[0].Error != errPrivate.Error() {
		t.Fatalf("%d requests, %+v", e.count(), d.Tries)
	}
}

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1": true, "2606:4700::1111": true, "127.0.0.1": false, "10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "255.255.255.255": false, "224.0.0.1": false, "198.18.0.1": false, "::1": false, "::": false,
		"fec0::1": false, "::ffff:0:7f00:1": false, "5f00::1": false, "3fff::1": false, "64:ff9b:1::7f00:1": false, "4000::1": false,
		"fe80::1": false, "fd00::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"::127.0.0.1": false, "2001:db8::1": false, "ff02::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is public: %v", text, got)
		}
	}
}

func TestCheckURL(t *testing.T) {
	for text, want := range map[string]bool{
		"https://shop.example/hook?x=1": true, "https://shop.example:8443/": true, "http://shop.example/": false, "https://": false, "shop.example": false,
		"https://10.0.0.1/": false, "https://[::1]/": false, "https://a:b@shop.example/": false, "https://shop.example/#x": false, "file:///etc/passwd": false,
		"https://shop.example/" + strings.Repeat("x", maxURLBytes): false, "https:shop.example": false, "": false,
	} {
		if err := CheckURL(text, false); (err == nil) != want {
			t.Errorf("%.60s: %v", text, err)
		}
	}
	if CheckURL("http://127.0.0.1:7081/hook", true) != nil {
		t.Error("a demo's shop can't be told")
	}
}

func FuzzCheckURL(f *testing.F) {
	f.Add("https://shop.example/hook")
	f.Add("https://0x7f000001/")
	f.Add("https://[::ffff:127.0.0.1]/")
	f.Fuzz(func(t *testing.T, text string) {
		if CheckURL(text, false) != nil {
			return
		}
		if _, err := http.NewRequest(http.MethodPost, text, nil); err != nil || !strings.HasPrefix(strings.ToLower(text), "https://") {
			t.Errorf("%q was taken: %v", text, err)
		}
	})
}
