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
	"time"

	"lockhouse"
	"lockhouse/bench/cpu"
	"lockhouse/internal/process"
	"lockhouse/sim/paper"
	"lockhouse/trust/credential"
)

// house drives `lockhouse serve` as shops, couriers and lockers do, with nothing switched off: keys are checked, every
// receipt's signature too, the log goes to a file, people are written to and the shop's webhook is told. The limits of
// rate are raised, since one machine plays everybody here.
type house struct {
	server     *process.Process
	heard      *hearers
	url        string
	http       *http.Client
	keys       keys
	lockers    []*paper.Locker // one at each site
	clients    []*client
	population population
	phone      string // the courier's phone key, base64url
	by         paper.Visit
	arrives    string
}

// startHouse builds our server, gives it its sites and starts it.
func startHouse(ctx context.Context, w *workshop, p population, clients int) (*house, error) {
	program, err := w.build(ctx, "lockhouse/cmd/lockhouse")
	if err != nil {
		return nil, err
	}
	w.say("starting lockhouse serve")
	h := &house{http: newHTTPClient(clients), clients: newClients(clients), population: p}
	if err := h.begin(ctx, w, program); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *house) begin(ctx context.Context, w *workshop, program string) (err error) {
	if h.heard, err = startHearers(); err != nil {
		return err
	}
	if err := h.drawPhone(); err != nil {
		return err
	}
	address, err := process.FreeAddress("127.0.0.1")
	if err != nil {
		return err
	}
	h.url = "http://" + address
	config := filepath.Join(w.dir, "lockhouse.toml")
	text := configOf(address, filepath.Join(w.dir, "house"), h.heard.mailPort)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	if h.keys, h.lockers, err = furnish(ctx, config, h.population); err != nil {
		return fmt.Errorf("furnishing the network: %w", err)
	}
	if h.server, err = w.start(ctx, program, []string{"serve", "--config", config}, process.Ready(h.url+"/readyz")); err != nil {
		return err
	}
	zone, err := time.LoadLocation(siteZone)
	if err != nil {
		return err
	}
	h.arrives = lockhouse.DayOf(time.Now().In(zone)).String()
	return call(ctx, h.http, http.MethodPut, h.url+"/v1/webhook", h.keys.shop, map[string]string{"url": h.heard.webhookURL}, nil)
}

// configOf writes the config. Everything that it does not name is as it comes.
func configOf(address, data string, mailPort int) string {
	return fmt.Sprintf(`listen = %q
base_url = "http://%s"
data_dir = %q
bus.listen = "127.0.0.1:0"
allow_private_webhooks = true
[mail]
host = "127.0.0.1"
port = %d
tls = "none"
from = "parcels@bench.example"
[limits]
key_per_s = 1e6
key_burst = 1000000
address_per_s = 1e6
address_burst = 1000000
`, address, address, data, mailPort)
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

func (h *house) Name() string { return "Lockhouse" }

// CPU counts the server; it has no other process.
func (h *house) CPU() (time.Duration, error) { return cpu.OfTree(h.server.PID()) }

func (h *house) close() {
	if h.server != nil {
		h.server.Stop()
	}
	if h.heard != nil {
		h.heard.close()
	}
}
