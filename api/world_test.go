package api_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/store"
	"lockhouse/trust/auth"
	"lockhouse/trust/credential"
)

// world is a whole network on a real SQLite file, with two shops, a courier, an operator, and one locker at one site.
type world struct {
	*network.Network
	t      testing.TB
	server *httptest.Server
	clock  *clock
	log    *lockedBuffer

	site    lockhouse.SiteID
	locker  lockhouse.Locker
	signer  *ecdsa.PrivateKey // the locker's receipt key
	seq     uint64            // of its last receipt
	head    [16]byte
	shop    lockhouse.ShopID
	secrets map[lockhouse.Scope]string
	other   string // another shop's key
	revoked string
	cookie  *http.Cookie // of a recipient's session, sent with calls without a key; nil for none
	dir     string
	doc     document
	strict  bool // every answer is checked against the document
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

var pages = fstest.MapFS{
	"index.html": {Data: []byte("<!doctype html><title>landing</title>")}, "collect.html": {Data: []byte("<!doctype html><title>collect</title>")},
	"widget.js": {Data: []byte("export {}")}, "assets/a-1.js": {Data: []byte("1")}, "art/x.svg": {Data: []byte("<svg/>")}, "README": {Data: []byte("secret")},
}

// open makes a world; compartments is how many of size M its locker has. Change adjusts the config.
func open(t testing.TB, compartments int, change func(*network.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)}, log: &lockedBuffer{}, secrets: map[lockhouse.Scope]string{}, strict: true}
	c := network.Defaults()
	c.DataDir = t.TempDir()
	w.dir, w.doc = c.DataDir, read(t)
	c.AllowPrivateWebhooks = true
	c.Limits.KeyPerS, c.Limits.KeyBurst, c.Limits.AddressPerS, c.Limits.AddressBurst = 1e5, 1e5, 1e5, 1e5
	if change != nil {
		change(&c)
	}
	n, err := network.Open(t.Context(), c, network.Parts{Now: w.clock.now, Random: rand.Reader, Log: slog.New(slog.NewJSONHandler(w.log, nil)), Version: "test", Pages: pages})
	if err != nil {
		t.Fatal(err)
	}
	w.Network = n
	w.server = httptest.NewServer(n.Handler())
	t.Cleanup(func() {
		w.server.CloseClientConnections()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		w.server.Close()
	})
	w.settle(compartments)
	return w
}

func (w *world) settle(compartments int) {
	w.t.Helper()
	ctx := w.t.Context()
	site := lockhouse.Site{ID: "site_test", Name: "Police station", Alias: "Pickup 7", Host: "Metropolitan Police", Kind: lockhouse.HostPolice, Street: "1 M Street", City: "Washington",
		Country: "US", Point: lockhouse.Point{Lat: 38.9, Lon: -77}, Zone: "America/New_York", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}
	w.must(w.Sites().Put(ctx, site))
	w.site = site.ID
	w.locker, w.signer = newLocker(w.t, site.ID)
	var boxes []lockhouse.Compartment
	for i := range compartments {
		boxes = append(boxes, lockhouse.Compartment{Locker: w.locker.ID, Number: i + 1, Size: "M", Rank: 2, Column: i/8 + 1, Row: i%8 + 1, FloorMM: 200 * (i % 8), Board: i / 16, Channel: i % 16})
	}
	w.must(w.Fleet().Register(ctx, w.locker, boxes))
	for _, scope := range []lockhouse.Scope{lockhouse.ScopeShop, lockhouse.ScopeCourier, lockhouse.ScopeOperator} {
		w.secrets[scope] = w.newKey(scope, "")
	}
	w.secrets[lockhouse.ScopeCheckout] = w.newKey(lockhouse.ScopeCheckout, w.shop)
	mine := w.shop
	w.other = w.newKey(lockhouse.ScopeShop, "")
	w.shop = mine
	key, secret, err := w.Auth().CreateKey(ctx, auth.KeyOrder{Scope: lockhouse.ScopeShop, Label: "gone", Shop: mine})
	w.must(err)
	w.must(w.Auth().RevokeKey(ctx, key.ID))
	w.revoked = secret
}

func (w *world) newKey(scope lockhouse.Scope, shop lockhouse.ShopID) string {
	w.t.Helper()
	order := auth.KeyOrder{Scope: scope, Label: "test", Shop: shop}
	if shop == "" && scope != lockhouse.ScopeOperator {
		order.Owner = "Acme Books"
	}
	key, secret, err := w.Auth().CreateKey(w.t.Context(), order)
	w.must(err)
	if scope == lockhouse.ScopeShop {
		w.shop = key.Shop
	}
	return secret
}

func newLocker(t testing.TB, site lockhouse.SiteID) (lockhouse.Locker, *ecdsa.PrivateKey) {
	t.Helper()
	key := newPhone(t)
	advert := make([]byte, 16)
	rand.Read(advert)
	return lockhouse.Locker{ID: lockhouse.NewLockerID(rand.Reader), Site: site, Name: "A", StaticKey: public(t, newPhone(t)), ReceiptKey: public(t, key), AdvertKey: advert}, key
}

func newPhone(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	raw, err := credential.PublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// sign makes the locker's next receipt.
func (w *world) sign(r lockhouse.Receipt) []byte {
	w.t.Helper()
	w.seq++
	r.Locker, r.Boot, r.Seq, r.Quality, r.At, r.Prev = w.locker.ID, 1, w.seq, lockhouse.TimeGood, w.clock.now(), w.head
	raw, err := credential.SignReceipt(w.signer, r)
	w.must(err)
	w.head = credential.Link(raw)
	return raw
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// reply is an answer with its body read.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	raw    []byte
}

func (w *world) call(method, path, secret string, in any) reply {
	w.t.Helper()
	var body io.Reader
	switch v := in.(type) {
	case nil:
	case string:
		body = strings.NewReader(v)
	default:
		text, err := json.Marshal(v)
		w.must(err)
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, w.server.URL+path, body)
	w.must(err)
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	} else if w.cookie != nil {
		req.AddCookie(w.cookie)
	}
	return w.do(req)
}

func (w *world) do(req *http.Request) reply {
	w.t.Helper()
	_ = w.Checkout().CatchUp(req.Context()) // a network that serves does it by itself; where there is no store any more, it can't
	resp, err := w.server.Client().Do(req)
	w.must(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	w.must(err)
	if w.strict {
		if err := w.doc.checkAnswer(req.Method, req.URL.Path, resp.StatusCode, resp.Header, raw); err != nil {
			w.t.Errorf("%s %s: %v\n%s", req.Method, req.URL.Path, err, raw)
		}
	}
	return reply{w.t, resp.StatusCode, resp.Header, raw}
}

// in is the same world, whose failures are a subtest's.
func (w *world) in(t testing.TB) *world {
	same := *w
	same.t = t
	return &same
}

// raw asks for what is not in the document.
func (w *world) raw(method, path string) reply {
	w.t.Helper()
	same := *w
	same.strict = false
	return same.call(method, path, "", nil)
}

func (r reply) is(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, not %d: %s", r.status, status, r.raw)
	}
	return r
}

// refused checks that the answer is a whole problem with this status and code.
func (r reply) refused(status int, code lockhouse.Code) map[string]any {
	r.t.Helper()
	r.is(status)
	p := r.json()
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		r.t.Fatalf("Content-Type %q", got)
	}
	if p["code"] != string(code) {
		r.t.Fatalf("code %v, not %s: %s", p["code"], code, r.raw)
	}
	for _, member := range []string{"type", "title", "detail", "request_id"} {
		if text, _ := p[member].(string); text == "" {
			r.t.Fatalf("no %s in %s", member, r.raw)
		}
	}
	if p["status"] != float64(status) {
		r.t.Fatalf("status %v in the body of a %d", p["status"], status)
	}
	return p
}

func (r reply) json() map[string]any {
	r.t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.raw, &v); err != nil {
		r.t.Fatalf("%v: %s", err, r.raw)
	}
	return v
}

// at walks into the body by keys and indices.
func (r reply) at(path ...any) any {
	r.t.Helper()
	var v any = r.json()
	for _, step := range path {
		switch s := step.(type) {
		case string:
			v = v.(map[string]any)[s]
		case int:
			v = v.([]any)[s]
		}
	}
	return v
}

// What a good shop sends.
var small = map[string]any{"length_mm": 300, "width_mm": 200, "height_mm": 100, "weight_g": 850}

func (w *world) goodHold() map[string]any {
	return map[string]any{"site_id": w.site, "parcel": small, "arrives": "2026-11-24"}
}

func goodParcel(tracking string) map[string]any {
	return map[string]any{"tracking_number": tracking, "recipient": map[string]any{"name": "Ada Lovelace", "email": "ada@example.org", "language": "es"}}
}

// announced brings a parcel on its way and gives its reference for the locker.
func (w *world) announced(reference string) lockhouse.Parcel {
	w.t.Helper()
	w.call("PUT", "/v1/holds/"+reference, w.secrets[lockhouse.ScopeShop], w.goodHold()).is(201)
	w.call("PUT", "/v1/parcels/"+reference, w.secrets[lockhouse.ScopeShop], goodParcel("T-"+reference)).is(201)
	return w.parcel(reference)
}

func (w *world) parcel(reference string) (p lockhouse.Parcel) {
	w.t.Helper()
	w.must(w.Store().View(w.t.Context(), func(tx store.Tx) (err error) {
		p, err = tx.ParcelOfShop(w.shop, reference)
		return err
	}))
	return p
}

// stored lets the locker say that the parcel lies in a compartment.
func (w *world) stored(p lockhouse.Parcel, compartment int) {
	w.t.Helper()
	raw := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStored, Ref: p.Ref, Compartment: compartment, Generation: 1, Grant: lockhouse.GrantID{1}})
	w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(raw)}}).is(200)
}

// signedIn opens a recipient's session for a phone, as a mail link does.
func (w *world) signedIn(person lockhouse.PersonID, phone *ecdsa.PrivateKey) *http.Cookie {
	w.t.Helper()
	r := w.call("POST", "/v1/recipient/sign-in", "", map[string]any{"token": w.link(person), "phone_key": b64(public(w.t, phone))}).is(200)
	cookie, err := http.ParseSetCookie(r.header.Get("Set-Cookie"))
	w.must(err)
	return cookie
}

func (w *world) link(person lockhouse.PersonID) (token string) {
	w.t.Helper()
	w.must(w.Store().Update(w.t.Context(), func(tx store.Tx) (err error) {
		token, err = w.Auth().NewLink(tx, person)
		return err
	}))
	return token
}

func (w *world) callAs(cookie *http.Cookie, method, path string, in ...any) reply {
	w.t.Helper()
	var body io.Reader
	for _, one := range in {
		text, err := json.Marshal(one)
		w.must(err)
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, w.server.URL+path, body)
	w.must(err)
	req.Header.Set("Content-Type", "application/json")
	req.AddCookie(cookie)
	return w.do(req)
}

func (w *world) personOf(id lockhouse.ParcelID) (person lockhouse.PersonID) {
	w.t.Helper()
	w.must(w.Store().View(w.t.Context(), func(tx store.Tx) error {
		p, err := tx.Parcel(id)
		person = p.Person
		return err
	}))
	return person
}
