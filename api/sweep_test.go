package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"lockhouse"
	"lockhouse/trust/auth"
)

// The sweep tries every operation that the document names with everything that can be wrong, and sees each time that it
// was refused by a problem with the right code and that nothing was written.

// goodBodies are what each operation with a body would take.
func (w *world) goodBodies() map[string]map[string]any {
	phone := b64(public(w.t, newPhone(w.t)))
	return map[string]map[string]any{
		"placeHold":          w.goodHold(),
		"announceParcel":     goodParcel("T-1"),
		"putWebhook":         {"url": "https://shop.example/hook"},
		"drawManifest":       {"locker_id": string(w.locker.ID), "phone_key": phone},
		"carryReceipts":      {"receipts": []any{"AAAA"}},
		"askForLink":         {"email": "ada@example.org"},
		"signIn":             {"token": b64(make([]byte, 32)), "phone_key": phone},
		"setCompartment":     {"out_of_service": true},
		"inviteLocker":       {"site_id": string(w.site), "name": "B"},
		"enrolLocker":        {"sealed": "AAAA"},
		"askService":         {"compartment": 1, "reason": "cleaning", "phone_key": phone},
		"retireLocker":       {"forced": false, "stolen": false},
		"rekeyLocker":        {"anew": false},
		"forgetLockerKeys":   {"forced": false},
		"concludeRetirement": {"reason": "silent"},
		"setChannel":         {"channel": "trial"},
		"revoke":             {"name": "0000000000000001"},
		"choosePINByMail":    {"pin_by_mail": true},
		"drawMail":           {"nonce": b64(make([]byte, 16))},
		"createKey":          {"scope": "shop", "label": "x", "owner": "Acme"},
	}
}

// right gives the key that an operation takes, wrong one that it does not.
func (w *world) keysFor(op operation) (right, wrong string) {
	if len(op.Security) == 0 || op.Security[0]["key"] == nil {
		return "", ""
	}
	for _, scope := range []lockhouse.Scope{lockhouse.ScopeShop, lockhouse.ScopeCourier, lockhouse.ScopeOperator} {
		path := map[lockhouse.Scope]string{lockhouse.ScopeCourier: "Courier", lockhouse.ScopeOperator: "Operator"}[scope]
		if op.Tags[0] == path {
			return w.secrets[scope], w.secrets[lockhouse.ScopeShop]
		}
	}
	if op.ID == "getSite" { // any key
		return w.secrets[lockhouse.ScopeCheckout], ""
	}
	return w.secrets[lockhouse.ScopeShop], w.secrets[lockhouse.ScopeCourier]
}

// swept calls do for each operation, with an address that names nothing.
func swept(t *testing.T, do func(t *testing.T, method, path string, op operation)) {
	d := read(t)
	for _, template := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[template])) {
			op := d.Paths[template][method]
			path := template
			for _, p := range op.Parameters {
				if p.In == "path" {
					none := "none-" + p.Name
					if p.Schema.Type == "integer" {
						none = "999"
					}
					path = strings.ReplaceAll(path, "{"+p.Name+"}", none)
				}
			}
			t.Run(op.ID, func(t *testing.T) { do(t, strings.ToUpper(method), path+needed(op), op) })
		}
	}
}

// needed gives the query of an operation that has parameters without which nothing goes.
func needed(op operation) string {
	good := map[string]string{"lat": "38.9", "lon": "-77", "length_mm": "300", "width_mm": "200", "height_mm": "100", "weight_g": "850", "day": "2026-11-24"}
	q := url.Values{}
	for _, p := range op.Parameters {
		if p.In == "query" && p.Required {
			q.Set(p.Name, good[p.Name])
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// untouched fails the test if the database has changed since.
func (w *world) untouched(t *testing.T) {
	t.Helper()
	db, err := sqlite3.OpenFlags(filepath.Join(w.dir, "lockhouse.db"), sqlite3.OPEN_READONLY)
	w.must(err)
	before := dataVersion(t, db)
	t.Cleanup(func() {
		defer db.Close()
		if after := dataVersion(t, db); after != before {
			t.Error("something was written")
		}
	})
}

func dataVersion(t *testing.T, db *sqlite3.Conn) int {
	t.Helper()
	s, _, err := db.Prepare(`PRAGMA data_version`)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !s.Step() {
		t.Fatal(s.Err())
	}
	return s.ColumnInt(0)
}

func TestSweepKeys(t *testing.T) {
	w := open(t, 2, nil)
	swept(t, func(t *testing.T, method, path string, op operation) {
		right, wrong := w.keysFor(op)
		if right == "" {
			return
		}
		w.in(t).untouched(t)
		body := any(nil)
		if good, ok := w.goodBodies()[op.ID]; ok {
			body = good
		}
		missing := w.in(t).call(method, path, "", body).refused(401, lockhouse.CodeUnauthorised)
		for _, secret := range []string{"nonsense", right[:len(right)-1], right + "x", "lhs_" + strings.Repeat("A", 43)} {
			if unknown := w.in(t).call(method, path, secret, body).refused(401, lockhouse.CodeUnauthorised); !sameProblem(missing, unknown) {
				t.Errorf("a wrong key and none are told apart: %v", unknown)
			}
		}
		w.in(t).call(method, path, w.revoked, body).refused(401, auth.CodeRevoked)
		if wrong != "" {
			w.in(t).call(method, path, wrong, body).refused(403, lockhouse.CodeForbidden)
		}
		w.in(t).call(method, path, "", "{").refused(401, lockhouse.CodeUnauthorised) // who asks comes before what is asked
	})
}

func TestSweepWithoutSession(t *testing.T) {
	w := open(t, 2, nil)
	swept(t, func(t *testing.T, method, path string, op operation) {
		if len(op.Security) == 0 || op.Security[0]["session"] == nil {
			return
		}
		w.in(t).untouched(t)
		w.in(t).call(method, path, "", nil).refused(401, lockhouse.CodeUnauthorised)
		w.in(t).callAs(&http.Cookie{Name: "lockhouse_session", Value: b64(make([]byte, 32))}, method, path).refused(401, lockhouse.CodeUnauthorised)
		w.in(t).callAs(&http.Cookie{Name: "lockhouse_session", Value: "x"}, method, path).refused(401, lockhouse.CodeUnauthorised)
	})
}

func TestSweepBodies(t *testing.T) {
	w := open(t, 2, nil)
	session := w.signedIn(w.announced("theirs").Person, newPhone(t))
	seen := 0
	swept(t, func(t *testing.T, method, path string, op operation) {
		if op.RequestBody == nil {
			return
		}
		good, ok := w.goodBodies()[op.ID]
		if !ok {
			t.Fatal("has a body, but the sweep has no good one for it")
		}
		seen++
		secret, _ := w.keysFor(op)
		w := w.in(t)
		if len(op.Security) > 0 && secret == "" {
			w.cookie = session
		}
		w.untouched(t)
		text, _ := json.Marshal(good)
		for name, bad := range map[string]string{
			"not JSON": "{", "text": "hello", "cut": string(text[:len(text)-2]), "null": "null", "a list": "[]", "a number": "7", "empty": "",
			"twice": string(text) + string(text), "a key twice": `{"x":1,"x":2}`, "not UTF-8": "{\"x\":\"\xff\"}", "an unknown field": `{"nmae":1,` + string(text[1:]),
		} {
			t.Run(name, func(t *testing.T) { w.in(t).call(method, path, secret, bad).refused(400, lockhouse.CodeMalformed) })
		}
		t.Run("too large", func(t *testing.T) {
			w.in(t).call(method, path, secret, `{"x":"`+strings.Repeat("x", 70<<10)+`"}`).refused(413, lockhouse.CodeBodyTooLarge)
		})
		t.Run("ends early", func(t *testing.T) { w.in(t).endsEarly(method, path, secret, string(text)) })
		mutated(good, func(field string, bad map[string]any) {
			t.Run(field, func(t *testing.T) {
				got := w.in(t).call(method, path, secret, bad).refused(400, lockhouse.CodeMalformed)
				if name, _ := got["field"].(string); !strings.HasPrefix(field, name) && !strings.HasPrefix(name, strings.Fields(field)[0]) {
					t.Errorf("%q is at fault, and %q is named: %v", field, name, got)
				}
			})
		})
	})
	if seen != len(w.goodBodies()) {
		t.Errorf("%d operations have bodies; the sweep has %d", seen, len(w.goodBodies()))
	}
}

// mutated gives a good body with one thing wrong each time: a field of the wrong type, of null (which in an optional field
// means that it is absent), and, in each object, one that nobody knows.
func mutated(good map[string]any, do func(field string, bad map[string]any)) {
	text, _ := json.Marshal(good)
	var walk func(path []string, v any)
	walk = func(path []string, v any) {
		for _, wrong := range []any{nil, map[string]any{"x": 1}, true} {
			optional := slices.Contains([]string{"recipient.language", "owner"}, strings.Join(path, "."))
			if _, flag := v.(bool); flag && wrong == true {
				continue
			}
			if len(path) > 0 && !(optional && wrong == nil) {
				do(strings.Join(path, "."), with(text, path, wrong))
			}
		}
		if object, ok := v.(map[string]any); ok {
			do(strings.Join(append(slices.Clone(path), "nmae"), "."), with(text, append(slices.Clone(path), "nmae"), 1))
			for _, name := range slices.Sorted(maps.Keys(object)) {
				walk(append(slices.Clone(path), name), object[name])
			}
		}
	}
	var plain map[string]any
	_ = json.Unmarshal(text, &plain)
	walk(nil, plain)
}

func with(text []byte, path []string, value any) map[string]any {
	var whole map[string]any
	_ = json.Unmarshal(text, &whole)
	at := whole
	for _, name := range path[:len(path)-1] {
		at = at[name].(map[string]any)
	}
	at[path[len(path)-1]] = value
	return whole
}

// endsEarly sends less than it promised and stops talking.
func (w *world) endsEarly(method, path, secret, body string) {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.server.URL, "http://"))
	w.must(err)
	defer conn.Close()
	who := "Authorization: Bearer " + secret
	if secret == "" && w.cookie != nil {
		who = "Cookie: " + w.cookie.Name + "=" + w.cookie.Value
	}
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		method, path, who, len(body)+10, body)
	w.must(conn.(*net.TCPConn).CloseWrite())
	w.must(conn.SetReadDeadline(time.Now().Add(20 * time.Second)))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	w.must(err)
	defer resp.Body.Close()
	if resp.StatusCode != 400 {
		w.t.Fatalf("status %d", resp.StatusCode)
	}
}

func TestSweepParameters(t *testing.T) {
	w := open(t, 2, nil)
	swept(t, func(t *testing.T, method, path string, op operation) {
		if op.RequestBody != nil {
			return
		}
		secret, _ := w.keysFor(op)
		if len(op.Security) > 0 && secret == "" {
			return // a recipient's, which needs a session first
		}
		w.in(t).untouched(t)
		if got := w.in(t).call(method, plus(path, "nmae", "1"), secret, nil).refused(400, lockhouse.CodeMalformed); got["field"] != "nmae" {
			t.Errorf("%v", got)
		}
		for _, p := range op.Parameters {
			for _, bad := range badValues(p) {
				t.Run(p.Name+"="+bad, func(t *testing.T) {
					got := w.in(t).call(method, plus(path, p.Name, bad), secret, nil).refused(400, lockhouse.CodeMalformed)
					if field, _ := got["field"].(string); !strings.HasPrefix(field, p.Name) {
						t.Errorf("%s is at fault, and %q is named: %v", p.Name, field, got)
					}
				})
			}
			if p.In == "query" && p.Required {
				got := w.in(t).call(method, strings.Replace(path, p.Name+"=", "x=", 1), secret, nil).refused(400, lockhouse.CodeMalformed)
				if got["code"] == nil {
					t.Errorf("%v", got)
				}
			}
		}
	})
}

func plus(path, name, value string) string {
	address, _ := url.Parse(path)
	q := address.Query()
	q.Set(name, value)
	address.RawQuery = q.Encode()
	return address.String()
}

func badValues(p parameter) (bad []string) {
	if p.In != "query" {
		return nil
	}
	switch p.Schema.Type {
	case "integer", "number":
		bad = append(bad, "abc", "NaN", "1e999")
		if p.Schema.Minimum != nil {
			bad = append(bad, fmt.Sprint(*p.Schema.Minimum-1))
		}
		if p.Schema.Maximum != nil {
			bad = append(bad, fmt.Sprint(int(*p.Schema.Maximum+1)))
		}
	case "boolean":
		bad = append(bad, "maybe")
	case "string":
		if p.Schema.Format == "date" {
			bad = append(bad, "24.11.2026", "2026-13-01", "2026-11-24T00:00:00Z")
		}
		if len(p.Schema.Enum) > 0 {
			bad = append(bad, "nonsense")
		}
	}
	return bad
}

// TestSweepUnknown: what is not there is not_found, wherever a name stands in the address.
func TestSweepUnknown(t *testing.T) {
	w := open(t, 2, nil)
	swept(t, func(t *testing.T, method, path string, op operation) {
		secret, _ := w.keysFor(op)
		named := slices.ContainsFunc(op.Parameters, func(p parameter) bool { return p.In == "path" })
		if !named || secret == "" || op.ID == "placeHold" { // which makes what it names
			return
		}
		w.in(t).untouched(t)
		var body any
		if good, ok := w.goodBodies()[op.ID]; ok {
			body = good
		}
		w.in(t).call(method, path, secret, body).refused(404, lockhouse.CodeNotFound)
	})
}

// TestSweepForeign: another shop's hold, parcel and webhook are not told apart from none at all, by any verb.
func TestSweepForeign(t *testing.T) {
	w := open(t, 4, nil)
	shop := w.secrets[lockhouse.ScopeShop]
	w.announced("theirs")
	w.call("PUT", "/v1/holds/held", shop, w.goodHold()).is(201)
	w.call("PUT", "/v1/webhook", shop, map[string]any{"url": "https://shop.example/hook"}).is(200)
	swept(t, func(t *testing.T, method, path string, op operation) {
		if !strings.Contains(path, "none-reference") && op.ID != "getWebhook" && op.ID != "deleteWebhook" || op.ID == "placeHold" {
			return
		}
		w.in(t).untouched(t)
		var body any
		if good, ok := w.goodBodies()[op.ID]; ok {
			body = good
		}
		absent := w.in(t).call(method, path, w.other, body).refused(404, lockhouse.CodeNotFound)
		for _, name := range []string{"theirs", "held"} {
			foreign := w.in(t).call(method, strings.ReplaceAll(path, "none-reference", name), w.other, body).refused(404, lockhouse.CodeNotFound)
			if !sameProblem(absent, foreign) {
				t.Errorf("%v\n%v", absent, foreign)
			}
		}
	})
	list := w.call("GET", "/v1/webhook/deliveries", w.other, nil).is(200)
	if len(list.at("deliveries").([]any)) != 0 {
		t.Errorf("%s", list.raw)
	}
	w.call("PUT", "/v1/holds/held", w.other, w.goodHold()).is(201) // a name of its own
	if got := w.call("GET", "/v1/holds/held", shop, nil).is(200); got.at("state") != "placed" {
		t.Errorf("%s", got.raw)
	}
}

// TestSweepRoutes: what the router serves below /v1/ is in the document, and nothing else answers.
func TestSweepRoutes(t *testing.T) {
	w := open(t, 1, nil)
	d := read(t)
	for template, methods := range d.Paths {
		for _, method := range []string{"GET", "PUT", "POST", "DELETE", "PATCH"} {
			if _, has := methods[strings.ToLower(method)]; has || !strings.HasPrefix(template, "/v1/") {
				continue
			}
			got := w.raw(method, template)
			if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") == "" {
				t.Errorf("%s %s: %d %s", method, template, got.status, got.raw)
			}
		}
	}
	w.raw("GET", "/v1/nothing").refused(404, lockhouse.CodeNotFound)
	w.raw("GET", "/v1/").refused(404, lockhouse.CodeNotFound)
}
