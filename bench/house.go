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
	"lockhouse/internal/process"
	"lockhouse/sim/paper"
	"lockhouse/trust/credential"
)

// house drives `lockhouse serve` as shops, couriers and lockers do. Keys are checked, receipts signed and chained, contacts
// sealed, and the log goes to a file. The limits of rate are raised, since one machine plays everybody here. One that tells
// also writes to people and to the shop's webhook.
type house struct {
	name       string
	server     *process.Process
	heard      *hearers // nil where nobody is told
	callers    []*caller
	rounds     []*round // by client
	keys       keys
	lockers    []*paper.Locker // one at each site
	clients    []*client
	population population
	phone      string // the courier's phone key, base64url
	by         paper.Visit
	arrives    string
}

// startHouse starts our server and gives it its sites.
func startHouse(ctx context.Context, w *workshop, program, name string, tells bool, p population, clients int) (*house, error) {
	w.say("starting " + name)
	h := &house{name: name, clients: newClients(clients), rounds: make([]*round, clients), population: p}
	for i := range h.rounds {
		h.rounds[i] = &round{client: i, site: i}
	}
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
	address, err := process.FreeAddress("127.0.0.1")
	if err != nil {
		return err
	}
	h.callers = newCallers(len(h.clients), address)
	dir := filepath.Join(w.dir, strings.ReplaceAll(h.name, " ", "-"))
	config := dir + ".toml"
	if err := os.WriteFile(config, []byte(h.config(address, dir)), 0o600); err != nil {
		return err
	}
	if h.keys, h.lockers, err = furnish(ctx, config, h.population); err != nil {
		return fmt.Errorf("furnishing the network: %w", err)
	}
	if h.server, err = w.start(ctx, program, []string{"serve", "--config", config}, process.Ready("http://"+address+"/readyz")); err != nil {
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

// config writes the config. Everything that it does not name is as it comes.
func (h *house) config(address, data string) string {
	text := fmt.Sprintf(`listen = %q
base_url = "http://%s"
data_dir = %q
bus.listen = "127.0.0.1:0"
allow_private_webhooks = true
[limits]
key_per_s = 1e6
key_burst = 1000000
address_per_s = 1e6
address_burst = 1000000
`, address, address, data)
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

// CPU counts the server; it has no other process.
func (h *house) CPU() (time.Duration, error) { return cpu.OfTree(h.server.PID()) }

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
}
