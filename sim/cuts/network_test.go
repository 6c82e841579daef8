package cuts

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
	"time"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/internal/process"
	"lockhouse/internal/tlstest"
	"lockhouse/store"
	"lockhouse/trust/auth"
)

// far is the network, somewhere else: the real one, on a real store, with the locker registered.
type far struct {
	*network.Network
	t             testing.TB
	server        *httptest.Server
	shop, courier string
	owner         lockhouse.ShopID
	site          lockhouse.SiteID
	lineURL, cert string // where its line is, and by what it is known; nobody listens there before lineComesBack
}

// registered opens a network that lets phones carry mail, and gives it the locker.
func registered(t testing.TB, s *stand) *far {
	t.Helper()
	c := network.Defaults()
	c.DataDir, c.MailByPhone = t.TempDir(), true
	var err error
	c.Bus.Listen, err = process.FreeAddress("127.0.0.1")
	must(t, err)
	c.Bus.LineURL = "tls://" + c.Bus.Listen
	c.TLSCert, c.TLSKey = tlstest.Certificate(t, time.Now().Add(-time.Hour), 2*time.Hour, "127.0.0.1")
	c.Limits.AddressPerS, c.Limits.AddressBurst, c.Limits.KeyPerS, c.Limits.KeyBurst = 1e5, 1e5, 1e5, 1e5
	n, err := network.Open(t.Context(), c, network.Parts{Now: func() time.Time { return s.now }, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "test", Pages: fstest.MapFS{}})
	must(t, err)
	f := &far{Network: n, t: t, server: httptest.NewServer(n.Handler()), site: "site_test", lineURL: c.Bus.LineURL, cert: c.TLSCert}
	t.Cleanup(func() {
		f.server.Close()
		must(t, n.Close())
	})
	must(t, n.Sites().Put(t.Context(), lockhouse.Site{ID: f.site, Name: "Library", Alias: "Pickup 7", Host: "Library", Kind: lockhouse.HostLibrary, Street: "1 M Street", City: "Washington",
		Country: "US", Point: lockhouse.Point{Lat: 38.9, Lon: -77}, Zone: "America/New_York", Hours: lockhouse.AlwaysOpen(), HoldingDays: 7}))
	known := s.known()
	must(t, n.Fleet().Register(t.Context(), lockhouse.Locker{ID: s.id, Site: f.site, Name: "A", StaticKey: known.StaticKey, ReceiptKey: known.ReceiptKey, AdvertKey: s.keys.shared}, s.boxes))
	f.shop, f.courier = f.key(lockhouse.ScopeShop), f.key(lockhouse.ScopeCourier)
	s.net = n.IssuerKey()
	return f
}

func (f *far) key(scope lockhouse.Scope) string {
	f.t.Helper()
	key, secret, err := f.Auth().CreateKey(f.t.Context(), auth.KeyOrder{Scope: scope, Label: "test", Owner: "Acme Books"})
	must(f.t, err)
	if scope == lockhouse.ScopeShop {
		f.owner = key.Shop
	}
	return secret
}

// call asks the network, as a program with a key or as a recipient with a cookie, and reads the answer into out.
func (f *far) call(method, path, key string, cookie *http.Cookie, in, out any) http.Header {
	f.t.Helper()
	head, status, raw := f.ask(method, path, key, cookie, in)
	if status >= 300 {
		f.t.Fatalf("%s %s: %d %s", method, path, status, raw)
	}
	if out != nil {
		must(f.t, json.Unmarshal(raw, out))
	}
	return head
}

func (f *far) ask(method, path, key string, cookie *http.Cookie, in any) (head http.Header, status int, raw []byte) {
	f.t.Helper()
	text, err := json.Marshal(in)
	must(f.t, err)
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.server.URL+path, bytes.NewReader(text))
	must(f.t, err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if cookie != nil {
		req.AddCookie(cookie)
	}
	resp, err := f.server.Client().Do(req)
	must(f.t, err)
	defer resp.Body.Close()
	raw, err = io.ReadAll(resp.Body)
	must(f.t, err)
	return resp.Header, resp.StatusCode, raw
}

// announce has the shop announce a parcel, with a mailbox of its own, if there is room for it.
func (f *far) announce(reference string, arrives time.Time) (announced bool) {
	f.t.Helper()
	if _, status, _ := f.ask(http.MethodPut, "/v1/holds/"+reference, f.shop, nil, map[string]any{"site_id": f.site, "arrives": arrives.Format(time.DateOnly),
		"parcel": map[string]any{"length_mm": 150, "width_mm": 100, "height_mm": 50, "weight_g": 300}}); status == http.StatusConflict {
		return false
	}
	f.call(http.MethodPut, "/v1/parcels/"+reference, f.shop, nil, map[string]any{"tracking_number": "T-" + reference,
		"recipient": map[string]any{"name": "Ada", "email": reference + "@example.org"}}, nil)
	return true
}

// parcel gives what the network believes of one, and its timeline.
func (f *far) parcel(reference string) (p lockhouse.Parcel, line []lockhouse.Event) {
	f.t.Helper()
	must(f.t, f.Store().View(f.t.Context(), func(tx store.Tx) (err error) {
		if p, err = tx.ParcelOfShop(f.owner, reference); err != nil {
			return err
		}
		line, err = tx.Timeline(p.ID)
		return err
	}))
	return p, line
}

// signIn gives a recipient's session on a phone, as the link in a mail does.
func (f *far) signIn(person lockhouse.PersonID, phone string) *http.Cookie {
	f.t.Helper()
	var token string
	must(f.t, f.Store().Update(f.t.Context(), func(tx store.Tx) (err error) {
		token, err = f.Auth().NewLink(tx, person)
		return err
	}))
	head := f.call(http.MethodPost, "/v1/recipient/sign-in", "", nil, map[string]any{"token": token, "phone_key": text64(public(f.t, phone))}, nil)
	cookie, err := http.ParseSetCookie(head.Get("Set-Cookie"))
	must(f.t, err)
	return cookie
}

func text64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func raw64(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	must(t, err)
	return raw
}

// applied is the number up to which the locker's receipts have had their effect.
func (f *far) applied(locker lockhouse.LockerID) (seq uint64) {
	f.t.Helper()
	must(f.t, f.Store().View(f.t.Context(), func(tx store.Tx) (err error) {
		seq, err = tx.AppliedThrough(locker)
		return err
	}))
	return seq
}

func reference(day, n int) string { return fmt.Sprintf("d%dn%d", day, n) }
