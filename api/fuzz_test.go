package api_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"lockhouse"
	"lockhouse/flow/hold"
)

// FuzzBodies sends anything to the routes that take the most. Whatever comes, it is taken or refused by a problem, and
// never our fault.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		`{"site_id":"site_test","parcel":{"length_mm":300,"width_mm":200,"height_mm":100,"weight_g":850},"arrives":"2026-11-24"}`,
		`{"site_id":"site_test","parcel":{"length_mm":1e3,"width_mm":-0,"height_mm":1E400,"weight_g":1.0},"arrives":"9999-12-31"}`,
		`{"tracking_number":"T-1","recipient":{"name":"A","email":"a@b.example","language":"zz"}}`,
		`{"scope":"shop","label":"x","owner":"y"}`, `{"receipts":["AAAA",""]}`, `[[[[[[`, "\x00", `{"a":1,"a":2}`, `"` + strings.Repeat(`\u0000`, 99),
	} {
		f.Add(seed)
	}
	w := open(f, 1, nil)
	f.Fuzz(func(t *testing.T, body string) {
		for path, secret := range map[string]string{
			"PUT /v1/holds/f": w.secrets[lockhouse.ScopeShop], "PUT /v1/parcels/f": w.secrets[lockhouse.ScopeShop], "PUT /v1/webhook": w.secrets[lockhouse.ScopeShop],
			"POST /v1/operator/keys": w.secrets[lockhouse.ScopeOperator], "POST /v1/courier/manifest": w.secrets[lockhouse.ScopeCourier],
			"POST /v1/receipts": "", "POST /v1/recipient/link": "", "POST /v1/recipient/sign-in": "",
		} {
			method, address, _ := strings.Cut(path, " ")
			r := httptest.NewRequest(method, address, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+secret)
			answer := httptest.NewRecorder()
			w.Handler().ServeHTTP(answer, r)
			if answer.Code >= 500 {
				t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
			}
			var p map[string]any
			if err := json.Unmarshal(answer.Body.Bytes(), &p); answer.Code >= 400 && (err != nil || p["code"] == nil) {
				t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
			}
		}
	})
}

// FuzzReferences puts anything where a shop's own name stands in the address.
func FuzzReferences(f *testing.F) {
	for _, seed := range []string{"order-1041", "..", "a/b", "%2e%2e", "x\x00", "é", strings.Repeat("a", 65), "a?b", "'--", " "} {
		f.Add(seed)
	}
	w := open(f, 1, nil)
	text, err := json.Marshal(w.goodHold())
	if err != nil {
		f.Fatal(err)
	}
	holds := &hold.Desk{Store: w.Store(), Now: w.clock.now}
	f.Fuzz(func(t *testing.T, reference string) {
		r := httptest.NewRequest("PUT", "/v1/holds/x", bytes.NewReader(text))
		r.URL.Path = "/v1/holds/" + reference
		r.Header.Set("Authorization", "Bearer "+w.secrets[lockhouse.ScopeShop])
		answer := httptest.NewRecorder()
		w.Handler().ServeHTTP(answer, r)
		good := lockhouse.CheckReference(reference) == nil
		if answer.Code >= 500 || (answer.Code == 201) != good {
			t.Fatalf("%q: %d %s", reference, answer.Code, answer.Body)
		}
		if good {
			_, err := holds.Release(t.Context(), w.shop, reference) // room for the next one
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
