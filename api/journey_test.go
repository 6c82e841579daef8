package api_test

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// TestJourney walks one parcel by HTTP alone, and at each step reads what its people read.
func TestJourney(t *testing.T) {
	w := open(t, 4, nil)
	shop, checkout, courier, operator := w.secrets[lockhouse.ScopeShop], w.secrets[lockhouse.ScopeCheckout], w.secrets[lockhouse.ScopeCourier], w.secrets[lockhouse.ScopeOperator]

	found := w.call("GET", "/v1/sites?lat=38.9&lon=-77.01&length_mm=300&width_mm=200&height_mm=100&weight_g=850&day=2026-11-24", checkout, nil).is(200)
	if found.at("size") != "M" || found.at("sites", 0, "alias") != "Pickup 7" || found.at("none_because") != nil || found.at("sites", 0, "always_open") != true {
		t.Fatalf("%s", found.raw)
	}
	if found.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatal("a checkout's page can't read the sites")
	}
	w.call("PUT", "/v1/holds/o1", shop, w.goodHold()).is(201)
	again := w.call("PUT", "/v1/holds/o1", shop, w.goodHold()).is(200)
	confirmed := w.call("POST", "/v1/holds/o1/confirm", shop, nil).is(200)
	if again.at("id") != confirmed.at("id") || confirmed.at("state") != "confirmed" {
		t.Fatalf("%s\n%s", again.raw, confirmed.raw)
	}
	w.call("PUT", "/v1/parcels/o1", shop, goodParcel("T-1")).is(201)
	w.call("PUT", "/v1/parcels/o1", shop, goodParcel("T-1")).is(200)
	if got := w.call("GET", "/v1/holds/o1", shop, nil).is(200); got.at("state") != "converted" || got.at("lapses_at") != nil {
		t.Fatalf("%s", got.raw)
	}

	w.call("POST", "/v1/courier/parcels/T-1/handed-over", courier, nil).is(200)
	stops := w.call("GET", "/v1/courier/stops", courier, nil).is(200)
	if stops.at("stops", 0, "deliver", 0, "tracking_number") != "T-1" {
		t.Fatalf("%s", stops.raw)
	}
	phone := newPhone(t)
	sheet := w.call("POST", "/v1/courier/manifest", courier, map[string]any{"locker_id": w.locker.ID, "phone_key": b64(public(t, phone))}).is(200)
	checkGrant(t, w, sheet.at("grant").(string), phone, lockhouse.VerbStore, 12*time.Hour)

	p := w.parcel("o1")
	w.stored(p, 3)
	if got := w.call("GET", "/v1/parcels/o1", shop, nil).is(200); got.at("state") != "dropped_off" || got.at("collect_by") == nil {
		t.Fatalf("%s", got.raw)
	}

	mine := newPhone(t)
	cookie := w.signedIn(p.Person, mine)
	parcels := w.callAs(cookie, "GET", "/v1/recipient/parcels").is(200)
	if parcels.at("parcels", 0, "place", "compartment") != 3.0 || parcels.at("parcels", 0, "shop") != "Acme Books" {
		t.Fatalf("%s", parcels.raw)
	}
	checkGrant(t, w, parcels.at("parcels", 0, "grant").(string), mine, lockhouse.VerbCollect, 24*time.Hour)
	w.callAs(cookie, "POST", "/v1/recipient/parcels/"+string(p.ID)+"/extend").is(200)

	raw := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptCollected, Ref: p.Ref, Compartment: 3, Generation: 1, Grant: lockhouse.GrantID{2}})
	once := map[string]any{"receipts": []string{b64(raw)}}
	if got := w.call("POST", "/v1/receipts", "", once).is(200); got.at("accepted") != 1.0 {
		t.Fatalf("%s", got.raw)
	}
	if got := w.call("POST", "/v1/receipts", "", once).is(200); got.at("accepted") != 0.0 || got.at("duplicates") != 1.0 {
		t.Fatalf("%s", got.raw)
	}
	parcels = w.callAs(cookie, "GET", "/v1/recipient/parcels").is(200)
	if parcels.at("parcels", 0, "state") != "collected" || parcels.at("parcels", 0, "grant") != nil || parcels.at("parcels", 0, "collected_at") == nil {
		t.Fatalf("%s", parcels.raw)
	}

	detail := w.call("GET", "/v1/operator/parcels/"+string(p.ID), operator, nil).is(200)
	if n := len(detail.at("receipts").([]any)); n != 2 {
		t.Fatalf("%d receipts: %s", n, detail.raw)
	}
	for _, private := range []string{"Ada", "Lovelace", "ada@example.org"} {
		for _, seen := range []string{string(detail.raw), string(parcels.raw), string(sheet.raw), w.log.String()} {
			if strings.Contains(seen, private) {
				t.Fatalf("%s stands in %s", private, seen)
			}
		}
	}
}

func checkGrant(t *testing.T, w *world, text string, phone *ecdsa.PrivateKey, verb lockhouse.Verb, life time.Duration) {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	w.must(err)
	issuers, err := credential.NewIssuers(w.IssuerKey())
	w.must(err)
	g, err := credential.VerifyGrant(credential.Trusted{Issuers: issuers, Shared: w.locker.AdvertKey}, raw)
	w.must(err)
	if g.Locker != w.locker.ID || !slices.Equal(g.PhoneKey, public(t, phone)) || len(g.Targets) != 1 || g.Targets[0].Verb != verb {
		t.Fatalf("%+v", g)
	}
	if got := g.ExpiresAt.Sub(w.clock.now()); got > life || got < life-time.Second {
		t.Fatalf("good for %v, not %v", got, life)
	}
}

// TestFullComesWithAlternatives: the nearest sites with room, and the cart's own hold is not in its own way.
func TestFullComesWithAlternatives(t *testing.T) {
	w := open(t, 1, nil)
	shop := w.secrets[lockhouse.ScopeShop]
	w.call("PUT", "/v1/holds/first", shop, w.goodHold()).is(201)
	near := lockhouse.Site{ID: "site_near", Name: "Library", Alias: "Pickup 8", Kind: lockhouse.HostLibrary, Street: "2 M Street", Point: lockhouse.Point{Lat: 38.91, Lon: -77}, Zone: "America/New_York", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}
	w.must(w.Sites().Put(t.Context(), near))
	l, _ := newLocker(t, near.ID)
	w.must(w.Fleet().Register(t.Context(), l, []lockhouse.Compartment{{Locker: l.ID, Number: 1, Size: "M", Rank: 2, Column: 1, Row: 1}}))

	p := w.call("PUT", "/v1/holds/second", shop, w.goodHold()).refused(409, lockhouse.CodeFull)
	alternatives := p["alternatives"].([]any)
	if len(alternatives) != 1 || alternatives[0].(map[string]any)["id"] != "site_near" {
		t.Fatalf("%v", alternatives)
	}
	w.call("GET", "/v1/holds/second", shop, nil).refused(404, lockhouse.CodeNotFound)

	own := w.call("GET", "/v1/sites?lat=38.9&lon=-77&length_mm=300&width_mm=200&height_mm=100&weight_g=850&day=2026-11-24&reference=first", shop, nil).is(200)
	if own.at("sites", 0, "id") != string(w.site) {
		t.Fatalf("a cart finds its own room full: %s", own.raw)
	}
	w.clock.advance(16 * time.Minute)
	w.call("PUT", "/v1/holds/third", shop, w.goodHold()).is(201)
	lapsed := w.call("POST", "/v1/holds/first/confirm", shop, nil).refused(409, lockhouse.CodeFull)
	if len(lapsed["alternatives"].([]any)) != 1 {
		t.Fatalf("%v", lapsed)
	}
}

// TestCarryingReceipts: all or none, in any order, and only what a locker of this network signed.
func TestCarryingReceipts(t *testing.T) {
	w := open(t, 2, nil)
	p := w.announced("o1")
	first := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStarted})
	second := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStored, Ref: p.Ref, Compartment: 1, Generation: 1})
	if got := w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(second)}}).is(200); got.at("waiting") != 1.0 {
		t.Fatalf("%s", got.raw)
	}
	if w.parcel("o1").State != lockhouse.ParcelAnnounced {
		t.Fatal("a receipt beyond a gap had an effect")
	}
	_, stranger := newLocker(t, w.site)
	forged, err := credential.SignReceipt(stranger, lockhouse.Receipt{Locker: w.locker.ID, Boot: 1, Seq: 9, Kind: lockhouse.ReceiptCollected, At: w.clock.now()})
	w.must(err)
	flipped := slices.Clone(first)
	flipped[len(flipped)/2] ^= 1
	for name, bad := range map[string]string{"forged": b64(forged), "a bit flipped": b64(flipped), "cut": b64(first[:20]), "no base64": "§", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			got := w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(first), bad}}).refused(400, lockhouse.CodeMalformed)
			if got["index"] != 1.0 {
				t.Fatalf("%v", got)
			}
		})
	}
	if w.parcel("o1").State != lockhouse.ParcelAnnounced {
		t.Fatal("a receipt beside a forged one was taken")
	}
	w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(first)}}).is(200)
	if w.parcel("o1").State != lockhouse.ParcelDroppedOff {
		t.Fatal("the gap was filled and nothing happened")
	}
}

// TestSigningIn: once, on one phone, and nobody learns who is known.
func TestSigningIn(t *testing.T) {
	w := open(t, 2, func(c *network.Config) { c.BaseURL = "https://parcels.example" })
	p := w.announced("o1")
	phone := newPhone(t)
	good := func(token string) map[string]any {
		return map[string]any{"token": token, "phone_key": b64(public(t, phone))}
	}
	token := w.link(p.Person)
	off := public(t, phone)
	off[40] ^= 1
	w.call("POST", "/v1/recipient/sign-in", "", map[string]any{"token": token, "phone_key": b64(off)}).refused(400, lockhouse.CodeMalformed)
	r := w.call("POST", "/v1/recipient/sign-in", "", good(token)).is(200)
	cookie, err := http.ParseSetCookie(r.header.Get("Set-Cookie"))
	w.must(err)
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" {
		t.Fatalf("%+v", cookie)
	}
	w.call("POST", "/v1/recipient/sign-in", "", good(token)).refused(410, lockhouse.CodeUsed)
	w.call("POST", "/v1/recipient/sign-in", "", good(b64(make([]byte, 32)))).refused(404, lockhouse.CodeNotFound)
	w.call("POST", "/v1/recipient/sign-in", "", good("short")).refused(404, lockhouse.CodeNotFound)
	old := w.link(p.Person)
	w.clock.advance(8 * 24 * time.Hour)
	w.call("POST", "/v1/recipient/sign-in", "", good(old)).refused(410, lockhouse.CodeLapsed)

	w.callAs(cookie, "GET", "/v1/recipient/parcels").is(200)
	known := w.call("POST", "/v1/recipient/link", "", map[string]any{"email": "ADA@example.org"}).is(202)
	unknown := w.call("POST", "/v1/recipient/link", "", map[string]any{"email": "bob@example.org"}).is(202)
	if string(known.raw) != string(unknown.raw) || !sameNames(known.header, unknown.header) {
		t.Fatalf("%s %v\n%s %v", known.raw, known.header, unknown.raw, unknown.header)
	}
	w.callAs(cookie, "POST", "/v1/recipient/sign-out").is(204)
	w.callAs(cookie, "GET", "/v1/recipient/parcels").refused(401, lockhouse.CodeUnauthorised)
}

func sameNames(a, b http.Header) bool {
	return slices.Equal(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
}

// TestOtherSitesPagesAreRefused: a cookie is not enough when the browser says that another site's page asks.
func TestOtherSitesPagesAreRefused(t *testing.T) {
	w := open(t, 2, nil)
	p := w.announced("o1")
	w.stored(p, 1)
	cookie := w.signedIn(p.Person, newPhone(t))
	req, _ := http.NewRequest("POST", w.server.URL+"/v1/recipient/parcels/"+string(p.ID)+"/extend", nil)
	req.AddCookie(cookie)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	w.do(req).refused(403, lockhouse.CodeForbidden)
}

// TestAnotherPersonsParcel is none at all.
func TestAnotherPersonsParcel(t *testing.T) {
	w := open(t, 4, nil)
	mine, shop := w.announced("o1"), w.secrets[lockhouse.ScopeShop]
	w.call("PUT", "/v1/holds/o2", shop, w.goodHold()).is(201)
	order := goodParcel("T-o2")
	order["recipient"].(map[string]any)["email"] = "bob@example.org"
	w.call("PUT", "/v1/parcels/o2", shop, order).is(201)
	theirs := w.parcel("o2")
	w.stored(mine, 1)
	w.stored(theirs, 2)
	cookie := w.signedIn(mine.Person, newPhone(t))
	list := w.callAs(cookie, "GET", "/v1/recipient/parcels").is(200)
	if len(list.at("parcels").([]any)) != 1 || strings.Contains(string(list.raw), string(theirs.ID)) {
		t.Fatalf("%s", list.raw)
	}
	foreign := w.callAs(cookie, "POST", "/v1/recipient/parcels/"+string(theirs.ID)+"/extend").refused(404, lockhouse.CodeNotFound)
	absent := w.callAs(cookie, "POST", "/v1/recipient/parcels/par_none/extend").refused(404, lockhouse.CodeNotFound)
	if !sameProblem(foreign, absent) {
		t.Fatalf("%v\n%v", foreign, absent)
	}
}

// sameProblem compares problems but for the request they answer.
func sameProblem(a, b map[string]any) bool {
	strip := func(p map[string]any) string {
		p = maps.Clone(p)
		delete(p, "request_id")
		text, _ := json.Marshal(p)
		return string(text)
	}
	return strip(a) == strip(b)
}

// TestAtMostOneMailAMinute: who asks again and again does not fill somebody's mailbox.
func TestAtMostOneMailAMinute(t *testing.T) {
	w := open(t, 2, nil)
	w.announced("o1")
	waiting := func() (n int) {
		w.must(w.Store().View(t.Context(), func(tx store.Tx) error {
			due, err := tx.DueNotices(w.clock.now(), 100)
			for _, notice := range due {
				if notice.Kind == lockhouse.NoticeSignIn {
					n++
				}
			}
			return err
		}))
		return n
	}
	for range 5 {
		w.call("POST", "/v1/recipient/link", "", map[string]any{"email": "ada@example.org"}).is(202)
	}
	if n := waiting(); n != 1 {
		t.Fatalf("%d mails", n)
	}
	w.clock.advance(time.Minute)
	w.call("POST", "/v1/recipient/link", "", map[string]any{"email": "ada@example.org"}).is(202)
	if n := waiting(); n != 2 {
		t.Fatalf("%d mails a minute later", n)
	}
}
