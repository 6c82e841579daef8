package shop_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"lockhouse/sim/shop"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// customer is a browser at a shop that is wired to a fake network.
type customer struct {
	*testing.T
	net  *fakeNetwork
	shop *httptest.Server
	http *http.Client
}

func enter(t *testing.T) *customer {
	t.Helper()
	net := network(t)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	s, err := shop.New(shop.Config{
		NetworkURL: net.URL, CheckoutKey: "lhp_test", ShopKey: shopKey, WebhookSecret: secret, Zone: zone, Random: rand.Reader,
		// 02:30 in London is still the day before in Washington.
		Now: func() time.Time { return time.Date(2026, 11, 24, 2, 30, 0, 0, time.UTC) },
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &customer{T: t, net: net, shop: server, http: &http.Client{Jar: jar}}
}

func TestTheWholeOrder(t *testing.T) {
	c := enter(t)
	c.put("iron-pan", "running-shoes")
	page := c.get("/checkout", http.StatusOK)
	for _, want := range []string{`parcel="{&#34;length_mm&#34;:460,&#34;width_mm&#34;:290,&#34;height_mm&#34;:200,&#34;weight_g&#34;:4370}"`,
		`day="2026-11-23"`, `key="lhp_test"`, `hold-url="/lockhouse/hold"`, `near="38.8806,-76.9904"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the widget is not told %s", want)
		}
	}
	if strings.Contains(page, shopKey) {
		t.Error("the secret key is in the page")
	}
	if status, body := c.choose("site_a"); status != http.StatusOK || !strings.Contains(body, "lapses_at") {
		t.Errorf("hold: %d %s", status, body)
	}
	order := c.pay("site_a", http.StatusOK)
	if !strings.Contains(order, "Thank you, Alex") || !strings.Contains(order, `data-state="announced"`) {
		t.Errorf("the order page says %s", order)
	}
	want := []string{"PUT /v1/holds/*", "PUT /v1/holds/*", "POST /v1/holds/*/confirm", "PUT /v1/parcels/*"}
	if got := c.net.requests(); !slices.Equal(got, want) {
		t.Errorf("the network was asked %q, not %q", got, want)
	}
	told := c.net.lastBody()
	if person := told["recipient"].(map[string]any); person["email"] != "alex@example.com" || person["language"] != "es" || person["phone"] != nil {
		t.Errorf("the network was told of %v", person)
	}
	if got := c.get("/cart", http.StatusOK); !strings.Contains(got, "It is empty") {
		t.Error("the cart survives its order")
	}
}

func TestFullIsPassedOnWithItsAlternatives(t *testing.T) {
	c := enter(t)
	c.put("iron-pan")
	if status, body := c.choose("site_full"); status != http.StatusConflict || !strings.Contains(body, `"alternatives":[{"id":"site_b"}]`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestNothingIsOrderedWhenTheRoomIsGone(t *testing.T) {
	for _, gone := range []string{"/confirm", "parcels"} {
		c := enter(t)
		c.put("iron-pan")
		c.choose("site_a")
		c.net.set(func() {
			c.net.refuse = gone
			if gone == "parcels" {
				c.net.refuse = reference(c.get("/checkout", http.StatusOK))
			}
		})
		page := c.pay("site_a", http.StatusConflict)
		if !strings.Contains(page, "There is no room left.") || !strings.Contains(page, `value="alex@example.com"`) {
			t.Errorf("%s refused: the customer is not told, or has to type everything again", gone)
		}
		c.get("/orders/"+reference(page), http.StatusNotFound)
		if got := c.get("/cart", http.StatusOK); !strings.Contains(got, "Cast-Iron Pan") {
			t.Errorf("%s refused: the cart is lost", gone)
		}
	}
}

func TestHomeDeliveryGivesTheRoomBack(t *testing.T) {
	c := enter(t)
	c.put("iron-pan")
	c.choose("site_a")
	c.post("/checkout", url.Values{"by": {"home"}, "name": {"Alex"}, "email": {"alex@example.com"}}, http.StatusOK)
	if got := c.net.requests(); got[len(got)-1] != "DELETE /v1/holds/*" {
		t.Errorf("the network was asked %q", got)
	}
}

func TestACheckoutRefuses(t *testing.T) {
	c := enter(t)
	c.put("iron-pan")
	good := url.Values{"by": {"locker"}, "name": {"Alex"}, "email": {"alex@example.com"}, "lockhouse_site": {"site_a"}}
	for field, value := range map[string]string{
		"name": "", "email": "alex", "lockhouse_site": "", "phone": "555-0100",
	} {
		bad := url.Values{}
		for k, v := range good {
			bad[k] = v
		}
		bad.Set(field, value)
		c.post("/checkout", bad, http.StatusUnprocessableEntity)
	}
	long := url.Values{"name": {strings.Repeat("x", 81)}, "email": {"alex@example.com"}, "lockhouse_site": {"site_a"}}
	c.post("/checkout", long, http.StatusUnprocessableEntity)
	if got := c.net.requests(); len(got) != 0 {
		t.Errorf("the network was asked %q for orders that can't be", got)
	}
	c.post("/cart/add", url.Values{"good": {"yacht"}}, http.StatusNotFound)
	c.post("/cart/set", url.Values{"good": {"kettle"}, "count": {"-1"}}, http.StatusNotFound)
	c.post("/cart/burn", url.Values{"good": {"kettle"}}, http.StatusNotFound)
}

func TestAnotherOriginCanNotBuy(t *testing.T) {
	c := enter(t)
	c.put("iron-pan")
	req, _ := http.NewRequest(http.MethodPost, c.shop.URL+"/lockhouse/hold", strings.NewReader(`{"site_id":"site_a"}`))
	req.Header.Set("Origin", "http://evil.test")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden || len(c.net.requests()) != 0 {
		t.Errorf("%d, and the network was asked %q", answer.StatusCode, c.net.requests())
	}
}

func TestWebhooksMoveTheOrder(t *testing.T) {
	c := enter(t)
	c.put("iron-pan")
	var early int
	c.net.set(func() {
		c.net.onHeard = func() { early = c.hook("msg_1", "parcel.announced", c.ordered(), "announced", 10) }
	})
	order := c.pay("site_a", http.StatusOK)
	if early != http.StatusNoContent {
		t.Errorf("a webhook that was quicker than the network's own answer got %d", early)
	}
	ref := reference(order)
	// They overtake each other, and one comes twice.
	for i, s := range []struct {
		kind, state string
		minute      int
	}{{"parcel.dropped_off", "dropped_off", 30}, {"parcel.in_transit", "in_transit", 20}, {"parcel.dropped_off", "dropped_off", 30}} {
		if status := c.hook(fmt.Sprintf("msg_%d", i%2+2), s.kind, ref, s.state, s.minute); status != http.StatusNoContent {
			t.Errorf("%s: %d", s.kind, status)
		}
	}
	page := c.get("/orders/"+ref, http.StatusOK)
	if !strings.Contains(page, `data-state="dropped_off"`) || !strings.Contains(page, "until Friday 27 November, 12:00") {
		t.Errorf("the order page says %s", page)
	}
	c.hook("msg_9", "parcel.returned", ref, "returned", 40)
	if page := c.get("/orders/"+ref, http.StatusOK); !strings.Contains(page, "back with us") {
		t.Error("a parcel that came back is not said to be")
	}
	if status := c.hook("msg_10", "parcel.collected", "TG-NOBODYS", "collected", 50); status != http.StatusNotFound {
		t.Errorf("an unknown order's webhook got %d; it must be tried again", status)
	}
}

func TestWebhooksAreNotBelievedUnsigned(t *testing.T) {
	c := enter(t)
	body := `{"type":"parcel.collected","timestamp":"2026-11-24T12:00:00Z","data":{"reference":"TG-A","state":"collected"}}`
	for name, change := range map[string]func(*http.Request){
		"no signature": func(r *http.Request) { r.Header.Del("webhook-signature") },
		"another body": func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(body, "TG-A", "TG-B", 1)))
		},
		"another message":   func(r *http.Request) { r.Header.Set("webhook-id", "msg_2") },
		"an old time stamp": func(r *http.Request) { r.Header.Set("webhook-timestamp", "1000000000") },
	} {
		req := c.signed("msg_1", []byte(body))
		change(req)
		req.ContentLength = -1
		if status := c.do(req); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status := c.do(c.signed("msg_1", []byte("{"))); status != http.StatusBadRequest {
		t.Errorf("signed nonsense: %d", status)
	}
	if status := c.do(c.signed("msg_1", bytes.Repeat([]byte(" "), 70<<10))); status != http.StatusRequestEntityTooLarge {
		t.Errorf("too long: %d", status)
	}
}

func TestAShopThatCouldNotWorkDoesNotOpen(t *testing.T) {
	for _, c := range []shop.Config{
		{NetworkURL: "127.0.0.1", WebhookSecret: secret}, {NetworkURL: "http://127.0.0.1:1", WebhookSecret: ""},
		{NetworkURL: "http://127.0.0.1:1", WebhookSecret: "whsec_%%%"},
	} {
		if _, err := shop.New(c); err == nil {
			t.Errorf("opens with %+v", c)
		}
	}
}

func (c *customer) put(slugs ...string) {
	c.Helper()
	for _, slug := range slugs {
		c.post("/cart/add", url.Values{"good": {slug}}, http.StatusOK)
	}
}

func (c *customer) choose(site string) (status int, body string) {
	c.Helper()
	answer, err := c.http.Post(c.shop.URL+"/lockhouse/hold", "application/json", strings.NewReader(`{"site_id":"`+site+`"}`))
	if err != nil {
		c.Fatal(err)
	}
	defer answer.Body.Close()
	all, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(all)
}

func (c *customer) pay(site string, status int) string {
	c.Helper()
	return c.post("/checkout", url.Values{"by": {"locker"}, "lockhouse_site": {site}, "name": {"Alex"}, "email": {"alex@example.com"}, "language": {"es"}}, status)
}

func (c *customer) get(path string, status int) string {
	c.Helper()
	return c.read(status)(c.http.Get(c.shop.URL + path))
}

func (c *customer) post(path string, form url.Values, status int) string {
	c.Helper()
	return c.read(status)(c.http.PostForm(c.shop.URL+path, form))
}

func (c *customer) read(status int) func(*http.Response, error) string {
	c.Helper()
	return func(answer *http.Response, err error) string {
		c.Helper()
		if err != nil {
			c.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != status {
			c.Fatalf("%s: %d, not %d: %s", answer.Request.URL.Path, answer.StatusCode, status, body)
		}
		return string(body)
	}
}

var referenceIn = regexp.MustCompile(`TG-[A-Z2-7]{8}`)

func reference(page string) string { return referenceIn.FindString(page) }

// ordered gives the reference that the network was last asked about. The caller must not hold the network's lock.
func (c *customer) ordered() string {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	return referenceIn.FindString(c.net.asked[len(c.net.asked)-1])
}

// hook posts a signed webhook as the network would and gives the shop's status.
func (c *customer) hook(id, kind, reference, state string, minute int) int {
	body := fmt.Sprintf(`{"type":%q,"timestamp":"2026-11-24T12:%02d:00Z","data":{"reference":%q,"state":%q,"collect_by":"2026-11-27T17:00:00Z"}}`,
		kind, minute, reference, state)
	return c.do(c.signed(id, []byte(body)))
}

func (c *customer) signed(id string, body []byte) *http.Request {
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		c.Fatal(err)
	}
	now := time.Now()
	signature, err := wh.Sign(id, now, body)
	if err != nil {
		c.Fatal(err)
	}
	req, _ := http.NewRequest(http.MethodPost, c.shop.URL+shop.WebhookPath, bytes.NewReader(body))
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
	req.Header.Set("webhook-signature", signature)
	return req
}

func (c *customer) do(req *http.Request) int {
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		c.Error(err)
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}
