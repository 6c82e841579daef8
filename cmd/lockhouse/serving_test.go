package main

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/internal/postgrestest"
	"lockhouse/internal/process"
	"lockhouse/sim/mailbox"
	"lockhouse/sim/paper"
	"lockhouse/trust/auth"
)

// serving is `lockhouse serve` as a process of its own, with a site, a locker, a mail server, and whoever asks it.
type serving struct {
	t       *testing.T
	config  string
	url     string // where people reach it
	private string // the private port
	process *process.Process
	client  *http.Client
	mailbox *mailbox.Mailbox
	locker  *paper.Locker
	phone   string // a phone's public key
	keys    struct{ shop, courier, operator string }
	shop    lockhouse.ShopID
}

// patience is how long a test waits for what the network does by itself; no test asserts how long it takes.
const patience = 30 * time.Second

// serve furnishes a network, with more lines for its config, and starts it.
func serve(t *testing.T, watch, limits string) *serving {
	t.Helper()
	return serveAs(t, setting{watch: watch, limits: limits})
}

// setting is what a test wants in the config beside what every test has.
type setting struct {
	top     string // lines before any table
	watch   string
	limits  string
	dataDir string // empty: one of the test's own
}

func serveAs(t *testing.T, set setting) *serving {
	t.Helper()
	dir := t.TempDir()
	if set.dataDir == "" {
		set.dataDir = filepath.Join(dir, "data")
	}
	s := &serving{t: t, config: filepath.Join(dir, "network.toml"), client: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	t.Cleanup(s.client.CloseIdleConnections)
	ctx, stop := context.WithCancel(context.Background())
	var err error
	if s.mailbox, err = mailbox.Start(ctx, "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); s.mailbox.Stopped() })
	people, private := freeAddress(t), freeAddress(t)
	s.url, s.private = "http://"+people, "http://"+private
	_, smtp, _ := strings.Cut(s.mailbox.Addr(), ":")
	write(t, s.config, fmt.Sprintf(`listen = %q
base_url = %q
data_dir = %q
bus.listen = "127.0.0.1:0"
%s
[mail]
host = "127.0.0.1"
port = %s
tls = "none"
[watch]
listen = %q
%s
[limits]
key_per_s = 1e6
key_burst = 1000000
address_per_s = 1e6
address_burst = 1000000
%s
`, people, s.url, filepath.ToSlash(set.dataDir), set.top, smtp, private, set.watch, set.limits))
	s.furnish()
	s.start()
	return s
}

// built is where the program is, once a test has needed it; TestMain takes it away.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func TestMain(m *testing.M) {
	code := postgrestest.Main(m)
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// program builds the program once for all tests.
func program() (string, error) {
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "lockhouse-test-"); built.err == nil {
			built.path, built.err = process.Build(context.Background(), built.dir, "lockhouse/cmd/lockhouse")
		}
	})
	return built.path, built.err
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := process.FreeAddress("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// furnish enters what an operator does before the first parcel.
func (s *serving) furnish() {
	s.t.Helper()
	n, _, err := settingsFlag{Config: s.config}.open(s.t.Context())
	s.check(err)
	site := lockhouse.Site{ID: "site_1", Name: "Library", Alias: "Pickup 1", Street: "1 M Street", City: "Washington", Kind: lockhouse.HostLibrary,
		Point: lockhouse.Point{Lat: 38.9, Lon: -77}, Zone: "UTC", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}
	s.check(n.Sites().Put(s.t.Context(), site))
	s.locker, err = paper.NewLocker(site.ID, map[string]int{"S": 200})
	s.check(err)
	s.check(n.Fleet().Register(s.t.Context(), s.locker.Noun, s.locker.Boxes))
	for _, k := range []struct {
		scope lockhouse.Scope
		owner string
		into  *string
	}{{lockhouse.ScopeShop, "Acme", &s.keys.shop}, {lockhouse.ScopeCourier, "Swift", &s.keys.courier}, {lockhouse.ScopeOperator, "", &s.keys.operator}} {
		var key lockhouse.Key
		key, *k.into, err = n.Auth().CreateKey(s.t.Context(), auth.KeyOrder{Scope: k.scope, Label: "test", Owner: k.owner})
		s.check(err)
		if k.scope == lockhouse.ScopeShop {
			s.shop = key.Shop
		}
	}
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	s.check(err)
	s.phone = base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes())
	s.check(n.Close())
}

func (s *serving) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *serving) start() {
	s.t.Helper()
	path, err := program()
	s.check(err)
	p, err := process.Start(process.Plan{Program: path, Args: []string{"serve", "--config", s.config}, Log: s.config + ".log"})
	s.check(err)
	s.process = p
	s.t.Cleanup(func() { p.Stop() })
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	s.check(p.Await(ctx, process.Ready(s.url+"/readyz")))
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request and reads the answer. Its error is the connection's.
func (s *serving) ask(method, url, key, body string) (reply, error) {
	req, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	switch {
	case strings.HasPrefix(key, "lockhouse_session="):
		req.Header.Set("Cookie", key)
	case key != "":
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, text}, err
}

// must asks the network and wants a 2xx, whose body it reads.
func (s *serving) must(method, path, key string, say, into any) error {
	body, err := json.Marshal(say)
	if err != nil {
		return err
	}
	if say == nil {
		body = nil
	}
	r, err := s.ask(method, s.url+path, key, string(body))
	if err != nil {
		return err
	}
	if r.status/100 != 2 {
		return fmt.Errorf("%s %s: %d %s", method, path, r.status, r.body)
	}
	if into != nil {
		return json.NewDecoder(bytes.NewReader(r.body)).Decode(into)
	}
	return nil
}

// today is the day on which parcels arrive.
func today() string { return lockhouse.DayOf(time.Now().UTC()).String() }

func smallParcel() map[string]int {
	return map[string]int{"length_mm": 200, "width_mm": 150, "height_mm": 50, "weight_g": 300}
}

// announce keeps room and announces a parcel for somebody.
func (s *serving) announce(reference, email string) error {
	hold := map[string]any{"site_id": "site_1", "arrives": today(), "parcel": smallParcel()}
	if err := s.must(http.MethodPut, "/v1/holds/"+reference, s.keys.shop, hold, nil); err != nil {
		return err
	}
	return s.must(http.MethodPut, "/v1/parcels/"+reference, s.keys.shop, map[string]any{
		"tracking_number": "TRK" + reference, "recipient": map[string]string{"name": "Zubenelgenubi Quillfeather", "email": email},
	}, nil)
}

// sheet draws a courier's grant for the locker: which parcels to put in.
func (s *serving) sheet() (targets []target, err error) {
	var sheet struct{ Targets []target }
	err = s.must(http.MethodPost, "/v1/courier/manifest", s.keys.courier, map[string]any{"locker_id": s.locker.Noun.ID, "phone_key": s.phone}, &sheet)
	return sheet.Targets, err
}

type target struct {
	Ref      lockhouse.ParcelRef
	Tracking string `json:"tracking_number"`
}

// handIn hands in what the locker signed, and wants all of it acknowledged.
func (s *serving) handIn(receipts []string, err error) error {
	if err != nil {
		return err
	}
	var tally struct{ Accepted, Duplicates, Waiting int }
	if err := s.must(http.MethodPost, "/v1/receipts", "", map[string]any{"receipts": receipts}, &tally); err != nil {
		return err
	}
	if tally.Accepted != len(receipts) || tally.Waiting != 0 {
		return fmt.Errorf("of %d receipts: %+v", len(receipts), tally)
	}
	return nil
}

// signIn follows the link in somebody's mail.
func (s *serving) signIn(email string) (cookie string, err error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	mail, err := s.mailbox.Wait(ctx, email)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(mail.Text, "#")
	token := strings.Fields(rest + " ")[0]
	body, err := json.Marshal(map[string]string{"token": token, "phone_key": s.phone})
	if err != nil {
		return "", err
	}
	r, err := s.ask(http.MethodPost, s.url+"/v1/recipient/sign-in", "", string(body))
	if err != nil || r.status != http.StatusOK {
		return "", fmt.Errorf("signing in: %d %s %w", r.status, r.body, err)
	}
	cookie, _, _ = strings.Cut(r.header.Get("Set-Cookie"), ";")
	return cookie, nil
}

// series gives the metrics of the private port, by what stands before the value.
func (s *serving) series() map[string]float64 {
	s.t.Helper()
	r, err := s.ask(http.MethodGet, s.private+"/metrics", "", "")
	if err != nil || r.status != http.StatusOK {
		s.t.Fatalf("metrics: %d %v", r.status, err)
	}
	all := map[string]float64{}
	for line := range strings.Lines(string(r.body)) {
		at := strings.LastIndexByte(strings.TrimSpace(line), ' ')
		if at < 0 || strings.HasPrefix(line, "#") {
			continue
		}
		var v float64
		if _, err := fmt.Sscan(strings.TrimSpace(line)[at:], &v); err != nil {
			s.t.Fatalf("%q: %v", line, err)
		}
		all[line[:at]] = v
	}
	return all
}
