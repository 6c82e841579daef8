package network

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/trust/auth"
)

func parts(now func() time.Time, log io.Writer) Parts {
	return Parts{Now: now, Random: rand.Reader, Log: slog.New(slog.NewJSONHandler(log, nil)), Version: "test", Pages: fstest.MapFS{}}
}

func config(t *testing.T) Config {
	t.Helper()
	c := Defaults()
	c.DataDir = filepath.Join(t.TempDir(), "data")
	c.AllowPrivateWebhooks = true
	c.Bus.Listen = "127.0.0.1:0"
	return c
}

func open(t *testing.T, c Config, log io.Writer) *Network {
	t.Helper()
	n, err := Open(t.Context(), c, parts(time.Now, log))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestKeysOfTheNetwork: made once, readable by nobody else, and never made anew beside a database.
func TestKeysOfTheNetwork(t *testing.T) {
	c := config(t)
	first := open(t, c, io.Discard)
	key := string(first.IssuerKey())
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, c, io.Discard)
	if string(again.IssuerKey()) != key {
		t.Fatal("another key after a restart: every locker would meet a stranger")
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{issuerFile, peopleFile, databaseFile} {
		info, err := os.Stat(filepath.Join(c.DataDir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", name, err, info.Mode())
		}
	}
	for _, name := range []string{issuerFile, peopleFile} {
		path := filepath.Join(c.DataDir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for how, spoil := range map[string]func() error{
			"missing":  func() error { return os.Remove(path) },
			"open":     func() error { return os.Chmod(path, 0o644) },
			"cut":      func() error { return os.WriteFile(path, good[:len(good)/2], 0o600) },
			"nonsense": func() error { return os.WriteFile(path, []byte("x"), 0o600) },
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				if err := spoil(); err != nil {
					t.Fatal(err)
				}
				if n, err := Open(t.Context(), c, parts(time.Now, io.Discard)); err == nil {
					n.Close()
					t.Error("opened all the same")
				}
				if err := errors.Join(os.WriteFile(path, good, 0o600), os.Chmod(path, 0o600)); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// TestEveryReceiptIsHeard: the table in hears.go knows every kind that a locker can sign.
func TestEveryReceiptIsHeard(t *testing.T) {
	table := furnish(nil, nil, nil, Parts{}).receipts()
	for kind := lockhouse.ReceiptAuthorised; kind.String() != "unknown"; kind++ {
		if table[kind] == nil {
			t.Errorf("nobody hears %s", kind)
		}
	}
}

// TestPoisonedEvent: one that nobody can digest is said in the log, and does not stand in the way of the next.
func TestPoisonedEvent(t *testing.T) {
	var log strings.Builder
	n := open(t, config(t), &log)
	defer n.Close()
	heard := map[lockhouse.ParcelID]int{}
	c := n.chores(n.store)
	c.listeners = map[lockhouse.EventKind][]hear{lockhouse.EventParcelAnnounced: {func(_ store.Tx, e lockhouse.Event) error {
		if e.Parcel == "par_poison" {
			return lockhouse.Refuse(lockhouse.CodeNotFound, "There is no such parcel.")
		}
		heard[e.Parcel]++
		return nil
	}}}
	say(t, n, "par_1", "par_poison", "par_2")
	c.hearAll(t.Context())
	if left := unheard(t, n); len(left) != 0 {
		t.Fatalf("left: %+v", left)
	}
	if heard["par_1"] == 0 || heard["par_2"] == 0 || !strings.Contains(log.String(), "refused by who should hear") {
		t.Fatalf("%v %s", heard, log.String())
	}
}

// TestBrokenListener: a failure that may pass leaves the event where it is, and it is heard later.
func TestBrokenListener(t *testing.T) {
	n := open(t, config(t), io.Discard)
	defer n.Close()
	broken, heard := true, 0
	c := n.chores(n.store)
	c.listeners = map[lockhouse.EventKind][]hear{lockhouse.EventParcelAnnounced: {func(store.Tx, lockhouse.Event) error {
		if broken {
			return errors.New("disk on fire")
		}
		heard++
		return nil
	}}}
	say(t, n, "par_1", "par_2")
	c.hearAll(t.Context())
	if left := unheard(t, n); len(left) != 2 {
		t.Fatalf("%d left", len(left))
	}
	broken = false
	c.hearAll(t.Context())
	if left := unheard(t, n); len(left) != 0 || heard != 2 {
		t.Fatalf("%d left, %d heard", len(left), heard)
	}
}

func say(t *testing.T, n *Network, parcels ...lockhouse.ParcelID) {
	t.Helper()
	err := n.store.Update(t.Context(), func(tx store.Tx) error {
		for _, p := range parcels {
			if err := tx.Say(lockhouse.Event{Kind: lockhouse.EventParcelAnnounced, At: time.Now(), Parcel: p}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func unheard(t *testing.T, n *Network) (events []lockhouse.Event) {
	t.Helper()
	err := n.store.View(t.Context(), func(tx store.Tx) (err error) {
		events, err = tx.Unheard(10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// TestServe runs a whole network on a port: a shop's hold lapses by itself and the shop is told; then it stops in order,
// and a request that was under way is answered.
func TestServe(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { serve(t, config(t)) })
	t.Run("postgres", func(t *testing.T) { serve(t, onPostgres(t, pgtest.URL(t))) })
}

func serve(t *testing.T, c Config) {
	clock := &movable{at: time.Now()}
	n, err := Open(t.Context(), c, parts(clock.now, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 16)
	shopServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			Type string
			Data struct{ Reference string }
		}
		_ = json.NewDecoder(r.Body).Decode(&m)
		told <- m.Type + " " + m.Data.Reference
	}))
	defer shopServer.Close()
	secret := furnishSite(t, n)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx, listener) }()
	base := "http://" + listener.Addr().String()

	put(t, base+"/v1/webhook", secret, `{"url":"`+shopServer.URL+`"}`, 200)
	day := lockhouse.DayOf(clock.now().UTC()) + 1
	put(t, base+"/v1/holds/cart-1", secret, fmt.Sprintf(`{"site_id":"site_1","arrives":"%s","parcel":{"length_mm":100,"width_mm":100,"height_mm":50,"weight_g":100}}`, day), 201)
	clock.advance(time.Hour)
	if got := <-told; got != "hold.lapsed cart-1" {
		t.Fatal(got)
	}

	slow, writer := io.Pipe()
	answered := make(chan int, 1)
	go func() {
		req, _ := http.NewRequest(http.MethodPut, base+"/v1/holds/cart-2", slow)
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("Expect", "100-continue") // the body is asked for once the request is being handled
		resp, err := (&http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}).Do(req)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	fmt.Fprint(writer, `{"site_id":"site_1",`)
	stop()
	fmt.Fprintf(writer, `"arrives":"%s","parcel":{"length_mm":100,"width_mm":100,"height_mm":50,"weight_g":100}}`, day)
	writer.Close()
	if status := <-answered; status != 201 {
		t.Errorf("a request under way was answered with %d", status)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if left := unheard(t, n); len(left) != 0 {
		t.Errorf("%d events were not heard before the end", len(left))
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

type movable struct {
	mu sync.Mutex
	at time.Time
}

func (m *movable) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

func (m *movable) advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

// furnishSite enters a site with a locker of two compartments and gives a shop's key.
func furnishSite(t *testing.T, n *Network) (secret string) {
	t.Helper()
	ctx := t.Context()
	site := lockhouse.Site{ID: "site_1", Name: "Library", Alias: "Pickup 1", Street: "1 M Street", Kind: lockhouse.HostLibrary, Zone: "UTC", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}
	locker := lockhouse.Locker{ID: lockhouse.NewLockerID(rand.Reader), Site: site.ID, Name: "A", StaticKey: make([]byte, 65), ReceiptKey: make([]byte, 65), AdvertKey: make([]byte, 16)}
	boxes := []lockhouse.Compartment{{Locker: locker.ID, Number: 1, Size: "S", Rank: 1, Column: 1, Row: 1}, {Locker: locker.ID, Number: 2, Size: "S", Rank: 1, Column: 1, Row: 2, Channel: 1}}
	_, secret, err := n.Auth().CreateKey(ctx, auth.KeyOrder{Scope: lockhouse.ScopeShop, Label: "test", Owner: "Acme"})
	if err := errors.Join(err, n.Sites().Put(ctx, site), n.Fleet().Register(ctx, locker, boxes)); err != nil {
		t.Fatal(err)
	}
	return secret
}

func put(t *testing.T, url, secret, body string, want int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != want {
		t.Fatalf("%s: %d %s", url, resp.StatusCode, text)
	}
}
