package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/app/network"
)

func TestRateOfOneKey(t *testing.T) {
	w := open(t, 1, func(c *network.Config) { c.Limits.KeyPerS, c.Limits.KeyBurst = 1, 3 })
	shop := w.secrets[lockhouse.ScopeShop]
	for range 3 {
		w.call("GET", "/v1/sites/site_test", shop, nil).is(200)
	}
	r := w.call("GET", "/v1/sites/site_test", shop, nil)
	if r.refused(429, lockhouse.CodeTooMany); r.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
	}
	w.call("GET", "/v1/sites/site_test", w.other, nil).is(200) // another key has its own
	w.clock.advance(2 * time.Second)
	w.call("GET", "/v1/sites/site_test", shop, nil).is(200)
}

// TestRateOfOneAddress: whoever tries keys is slowed down, and so is whoever asks without.
func TestRateOfOneAddress(t *testing.T) {
	w := open(t, 1, func(c *network.Config) { c.Limits.AddressPerS, c.Limits.AddressBurst, c.BehindProxy = 1, 3, true })
	for range 3 {
		w.call("GET", "/v1/sites/site_test", "lhs_"+strings.Repeat("A", 43), nil).refused(401, lockhouse.CodeUnauthorised)
	}
	w.call("GET", "/v1/sites/site_test", "lhs_"+strings.Repeat("A", 43), nil).refused(429, lockhouse.CodeTooMany)
	w.call("GET", "/v1/about", "", nil).refused(429, lockhouse.CodeTooMany)
	w.call("GET", "/v1/sites/site_test", w.secrets[lockhouse.ScopeShop], nil).is(200) // a good key is not its address

	// The last entry is our proxy's; those before it are the caller's own words.
	asked := func(forwarded string) reply {
		req, _ := http.NewRequest("GET", w.server.URL+"/v1/about", nil)
		req.Header.Set("X-Forwarded-For", forwarded)
		return w.do(req)
	}
	for _, lie := range []string{"1.1.1.1", "2.2.2.2", "3.3.3.3"} {
		asked(lie + ", 198.51.100.7").is(200)
	}
	asked("4.4.4.4, 198.51.100.7").refused(429, lockhouse.CodeTooMany)
	for _, host := range []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"} {
		asked(host).is(200)
	}
	asked("2001:db8::4").refused(429, lockhouse.CodeTooMany) // one subscriber has a /64
}

func TestHeadersAndRequestIDs(t *testing.T) {
	w := open(t, 1, func(c *network.Config) { c.DemoRadioURL = "ws://localhost:7082/radio" })
	ask := func(id string) reply {
		req, _ := http.NewRequest("GET", w.server.URL+"/v1/sites/none", nil)
		req.Header.Set("X-Request-Id", id)
		req.Header.Set("Authorization", "Bearer "+w.secrets[lockhouse.ScopeShop])
		return w.do(req)
	}
	if r := ask("mine-7"); r.header.Get("X-Request-Id") != "mine-7" || r.at("request_id") != "mine-7" || !strings.Contains(w.log.String(), `"request_id":"mine-7"`) {
		t.Errorf("%v %s", r.header, r.raw)
	}
	for _, bad := range []string{"", `","level":"ERROR`, strings.Repeat("x", 65)} {
		if got := ask(bad).header.Get("X-Request-Id"); len(got) != 16 {
			t.Errorf("%q became %q", bad, got)
		}
	}
	h := ask("x").header
	for name, part := range map[string]string{
		"Content-Security-Policy": "default-src 'self'; connect-src 'self' ws://localhost:7080 ws://localhost:7082;", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "Permissions-Policy": "camera=(self)", "Cache-Control": "no-store",
	} {
		if !strings.Contains(h.Get(name), part) {
			t.Errorf("%s: %q", name, h.Get(name))
		}
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a refusal to a secret key may be read by any page")
	}
}

// TestLogNamesNobody: routes and not paths, no query, no address, no secret.
func TestLogNamesNobody(t *testing.T) {
	w := open(t, 1, nil)
	w.call("GET", "/v1/sites?lat=38.123456&lon=-77&length_mm=1&width_mm=1&height_mm=1&weight_g=1&day=2026-11-24", w.secrets[lockhouse.ScopeCheckout], nil).is(200)
	w.call("GET", "/v1/holds/private-name", w.secrets[lockhouse.ScopeShop], nil).is(404)
	w.call("POST", "/v1/recipient/link", "", map[string]any{"email": "ada@example.org"}).is(202)
	log := w.log.String()
	for _, private := range []string{"38.123456", "private-name", "ada@", "127.0.0.1", w.secrets[lockhouse.ScopeShop]} {
		if strings.Contains(log, private) {
			t.Errorf("%q stands in the log", private)
		}
	}
	if !strings.Contains(log, `"route":"GET /v1/holds/{reference}"`) || !strings.Contains(log, `"key":"key_`) {
		t.Error(log)
	}
}

func TestPreflight(t *testing.T) {
	w := open(t, 1, nil)
	for path, want := range map[string]int{"/v1/sites": 204, "/v1/sites/x": 204, "/v1/about": 204, "/v1/holds/x": 405, "/v1/operator/keys": 405} {
		r := w.raw("OPTIONS", path)
		if allowed := r.header.Get("Access-Control-Allow-Origin"); r.status != want || (allowed == "*") != (want == 204) {
			t.Errorf("%s: %d, %q", path, r.status, allowed)
		}
	}
}

func TestPages(t *testing.T) {
	w := open(t, 1, nil)
	for path, has := range map[string]string{"/": "landing", "/collect": "collect", "/widget.js": "export", "/assets/a-1.js": "1"} {
		if r := w.raw("GET", path).is(200); !strings.Contains(string(r.raw), has) {
			t.Errorf("%s: %s", path, r.raw)
		}
	}
	if h := w.raw("GET", "/assets/a-1.js").header; !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", h)
	}
	if h := w.raw("GET", "/widget.js").header; h.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a shop's page can't load the widget")
	}
	for _, path := range []string{"/README", "/courier", "/assets/", "/../go.mod", "/art/..%2f..%2fgo.mod", "/%00"} {
		if r := w.raw("GET", path); r.status != 404 && r.status != 400 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	if r := w.raw("POST", "/collect"); r.status != 405 {
		t.Errorf("a page took a POST: %d", r.status)
	}
}

func TestSiteThatClosedSince(t *testing.T) {
	w := open(t, 2, nil)
	shop, operator := w.secrets[lockhouse.ScopeShop], w.secrets[lockhouse.ScopeOperator]
	w.call("PUT", "/v1/holds/o1", shop, w.goodHold()).is(201)
	closed := w.call("POST", "/v1/operator/sites/site_test/close", operator, nil).is(200)
	if closed.at("closed") != true {
		t.Fatalf("%s", closed.raw)
	}
	if p := w.call("PUT", "/v1/holds/o2", shop, w.goodHold()).refused(409, lockhouse.CodeClosed); p["alternatives"] == nil {
		t.Errorf("%v", p)
	}
	w.call("PUT", "/v1/parcels/o1", shop, goodParcel("T-1")).refused(409, lockhouse.CodeClosed)
	found := w.call("GET", "/v1/sites?lat=38.9&lon=-77&length_mm=1&width_mm=1&height_mm=1&weight_g=1&day=2026-11-24", shop, nil).is(200)
	if found.at("none_because", "code") != "closed" {
		t.Errorf("%s", found.raw)
	}
	w.call("POST", "/v1/operator/sites/site_test/reopen", operator, nil).is(200)
	w.call("PUT", "/v1/parcels/o1", shop, goodParcel("T-1")).is(201)
}

func TestHoldsThatCannotBe(t *testing.T) {
	w := open(t, 2, nil)
	shop := w.secrets[lockhouse.ScopeShop]
	w.untouched(t)
	big := w.goodHold()
	big["parcel"] = map[string]any{"length_mm": 700, "width_mm": 200, "height_mm": 100, "weight_g": 850}
	p := w.call("PUT", "/v1/holds/o1", shop, big).refused(422, lockhouse.CodeTooLarge)
	if p["limit"] != "longest_edge_mm" || p["over"] != 60.0 {
		t.Errorf("%v", p)
	}
	past := w.goodHold()
	past["arrives"] = "2026-11-22"
	w.call("PUT", "/v1/holds/o1", shop, past).refused(422, lockhouse.CodePast)
	nowhere := w.goodHold()
	nowhere["site_id"] = "site_none"
	w.call("PUT", "/v1/holds/o1", shop, nowhere).refused(404, lockhouse.CodeNotFound)
	cm := w.goodHold()
	cm["parcel"] = map[string]any{"length_cm": 30, "width_mm": 200, "height_mm": 100, "weight_g": 850}
	if p := w.call("PUT", "/v1/holds/o1", shop, cm).refused(400, lockhouse.CodeMalformed); !strings.HasPrefix(p["field"].(string), "parcel") {
		t.Errorf("%v", p)
	}
	for _, url := range []string{"ftp://x", "https://", "https://u:p@x.example/", "https://x.example/#y", "javascript:alert(1)"} {
		if p := w.call("PUT", "/v1/webhook", shop, map[string]any{"url": url}).refused(400, lockhouse.CodeMalformed); p["field"] != "url" {
			t.Errorf("%v", p)
		}
	}
}

func TestManifestWithoutWork(t *testing.T) {
	w := open(t, 2, nil)
	got := w.call("POST", "/v1/courier/manifest", w.secrets[lockhouse.ScopeCourier], map[string]any{"locker_id": w.locker.ID, "phone_key": b64(public(t, newPhone(t)))}).is(200)
	if got.at("grant") != nil || len(got.at("targets").([]any)) != 0 || len(got.at("locker", "advert_names").([]any)) != 2 {
		t.Errorf("%s", got.raw)
	}
}
