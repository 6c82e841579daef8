package main

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/bench/cpu"
	"lockhouse/internal/postgrestest"
	"lockhouse/internal/process"
	"lockhouse/sim/paper"
	"lockhouse/store/postgres"
	"lockhouse/trust/credential"
)

// house drives `lockhouse serve` as shops, couriers and lockers do. Keys are checked, receipts signed and chained, contacts
// sealed, and the log goes to a file. The limits of rate are raised, since one machine plays everybody here. One that tells
// also writes to people and to the shop's webhook.
type house struct {
	name       string
	server     *process.Process
	heard      *hearers             // nil where nobody is told
	postgres   *postgrestest.Server // nil: it keeps everything in SQLite
	callers    []*caller
	rounds     []*round // by client
	keys       keys
	lockers    []*paper.Locker // one at each site
	clients    []*client
	population population
	phone      string // the courier's phone key, base64url
	by         paper.Visit
	arrives    string
	line       string // where lockers call
	watch      string // its private port
}

// startHouseOnPostgres starts a PostgreSQL of its own, and our server on it.
func startHouseOnPostgres(ctx context.Context, w *workshop, program, name string, p population, clients int) (*house, error) {
	w.say("starting PostgreSQL and " + name)
	h := newHouse(name, p, clients)
	var err error
	if h.postgres, err = postgrestest.Start(ctx, postgrestest.Options{Under: w.dir}); err != nil {
		return nil, err
	}
	if err := h.beginOnPostgres(ctx, w, program); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *house) beginOnPostgres(ctx context.Context, w *workshop, program string) error {
	url, err := h.postgres.Create(ctx, "lockhouse")
	if err != nil {
		return err
	}
	if err := postgres.Migrate(ctx, postgres.Options{URL: url}, func(string) {}); err != nil {
		return err
	}
	if err := os.WriteFile(h.configFile(w)+".url", []byte(url), 0o600); err != nil { // it may hold a password
		return err
	}
	return h.begin(ctx, w, program, false)
}

func newHouse(name string, p population, clients int) *house {
	h := &house{name: name, clients: newClients(clients), rounds: make([]*round, clients), population: p}
	for i := range h.rounds {
		h.rounds[i] = &round{client: i, site: i}
	}
	return h
}

// startHouse starts our server and gives it its sites.
func startHouse(ctx context.Context, w *workshop, program, name string, tells bool, p population, clients int) (*house, error) {
	w.say("starting " + name)
	h := newHouse(name, p, clients)
	if err := h.begin(ctx, w, program, tells); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *house) begin(ctx context.Context, w *workshop, program string, tells bool) (err error) {
	if tells {
		if h.heard, err = startHearers(); err != nil {
			return err
		}
	}
	if err := h.drawPhone(); err != nil {
		return err
	}
	address, err := h.addresses()
	if err != nil {
		return err
	}
	h.callers = newCallers(len(h.clients), address)
	config := h.configFile(w)
	if err := os.WriteFile(config, []byte(h.config(address, strings.TrimSuffix(config, ".toml"))), 0o600); err != nil {
		return err
	}
	if h.keys, h.lockers, err = furnish(ctx, config, h.population, 1); err != nil {
		return fmt.Errorf("furnishing the network: %w", err)
	}
	if h.server, err = w.start(ctx, program, h.serveArgs(w), process.Ready("http://"+address+"/readyz")); err != nil {
		return err
	}
	zone, err := time.LoadLocation(siteZone)
	if err != nil {
		return err
	}
	h.arrives = lockhouse.DayOf(time.Now().In(zone)).String()
	if h.heard == nil {
		return nil
	}
	return h.callers[0].call(ctx, http.MethodPut, "/v1/webhook", h.keys.shop, asJSON(map[string]string{"url": h.heard.webhookURL}), nil)
}

// addresses draws where the server listens: its own, which it gives, the lockers' and the private one.
func (h *house) addresses() (address string, err error) {
	for _, to := range []*string{&address, &h.line, &h.watch} {
		if *to, err = process.FreeAddress("127.0.0.1"); err != nil {
			return "", err
		}
	}
	return address, nil
}

func (h *house) configFile(w *workshop) string {
	return filepath.Join(w.dir, strings.ReplaceAll(h.name, " ", "-")+".toml")
}

func (h *house) serveArgs(w *workshop) []string {
	return []string{"serve", "--config", h.configFile(w)}
}

// config writes the config. Everything that it does not name is as it comes.
func (h *house) config(address, data string) string {
	text := fmt.Sprintf(`listen = %q
base_url = "http://%s"
data_dir = %q
bus.listen = %q
watch.listen = %q
allow_private_webhooks = true
[limits]
key_per_s = 1e6
key_burst = 1000000
address_per_s = 1e6
address_burst = 1000000
`, address, address, data, h.line, h.watch)
	if h.postgres != nil {
		text += fmt.Sprintf("[store]\nurl_file = %q\n", data+".toml.url")
	}
	if h.heard != nil {
		text += fmt.Sprintf(`[mail]
host = "127.0.0.1"
port = %d
tls = "none"
from = "parcels@bench.example"
`, h.heard.mailPort)
	}
	return text
}

// drawPhone makes the key of the phone that couriers and recipients show here.
func (h *house) drawPhone() error {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	public := key.PublicKey().Bytes()
	h.phone = base64.RawURLEncoding.EncodeToString(public)
	h.by.Phone = credential.Thumbprint(public)
	_, _ = rand.Read(h.by.Grant[:]) // never fails
	return nil
}

func (h *house) told() told {
	if h.heard == nil {
		return told{}
	}
	return h.heard.count()
}

func (h *house) Name() string { return h.name }

// CPU counts the server, and its PostgreSQL with all its backends.
func (h *house) CPU() (time.Duration, error) {
	server, err := cpu.OfTree(h.server.PID())
	if err != nil || h.postgres == nil {
		return server, err
	}
	postgres, err := cpu.OfTree(h.postgres.PID())
	return server + postgres, err
}

func (h *house) close() {
	for _, c := range h.callers {
		c.close()
	}
	if h.server != nil {
		h.server.Stop()
	}
	if h.heard != nil {
		h.heard.close()
	}
	if h.postgres != nil {
		_ = h.postgres.Stop() // its directory is the workshop's, which goes too
	}
}
