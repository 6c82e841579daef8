// Package network assembles a network out of its rooms: store, HTTP API, pages, the bus with the lockers' lines, outbox, mail, webhooks,
// timers. The binary, the tests and the demo run the same assembly; only the parts differ (a clock, randomness, a log).
//
// hears.go is the one list of who hears what happened, and of which step a locker's receipt belongs to.
package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/api"
	"lockhouse/estate/cells"
	"lockhouse/internal/bell"
	"lockhouse/link/shop"
	"lockhouse/store"
	"lockhouse/trust/credential"
	"lockhouse/watch"
	"lockhouse/web"
)

// Parts are what a network is built with besides its config.
type Parts struct {
	Now     func() time.Time
	Random  io.Reader // cryptographic, and safe for use by several goroutines
	Log     *slog.Logger
	Version string
	Pages   fs.FS // nil: those that the binary carries
}

// Network is one network, from Open to Close.
type Network struct {
	config Config
	parts  Parts
	keys   keys
	sizes  lockhouse.Sizes
	store  store.Store // watched, without nudging
	rooms  rooms
	issuer []byte // the public half
	api    *api.API
	nudge  bell.Bell             // there may be events to hear
	carry  bell.Bell             // and to carry to the other nodes
	said   bell.Bell             // and for the search to take in
	wires  atomic.Pointer[wires] // nil before Connect

	engine   store.Store // as it was opened
	watching *watching
}

// Open opens the store, making the data directory and what is in it at the first start, and furnishes the rooms. Nothing
// happens by itself before Run.
func Open(ctx context.Context, c Config, p Parts) (*Network, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if p.Pages == nil {
		p.Pages = web.Pages()
	}
	directory, err := readCells(c.Cells)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	password, err := mailPassword(c.Mail)
	if err != nil {
		return nil, err
	}
	e, err := c.engine()
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, c, e, p.Random)
	if err != nil {
		return nil, err
	}
	keys, err := openKeys(ctx, c.DataDir, e, st, p.Random)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	keys.mailPassword = password
	w, err := newWatching(ctx, c, p)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return assemble(c, p, st, keys, directory, w)
}

func assemble(c Config, p Parts, engine store.Store, k keys, d cells.Directory, w *watching) (*Network, error) {
	st := watched{Store: engine, meters: w.meters.Store, now: p.Now, writes: w.writes}
	n := &Network{
		config: c, parts: p, keys: k, sizes: lockhouse.DefaultSizes(), engine: engine, store: st, watching: w, nudge: bell.New(), carry: bell.New(),
		said: bell.New(),
	}
	told := nudging{Store: st, nudge: n.wrote}
	n.rooms = furnish(told, n.sizes, k.agrees, p)
	n.rooms.fleet.Told = w.received
	public, err := credential.PublicKey(k.issuer)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	n.issuer = public
	n.rooms.enrol.Issuers, n.rooms.enrol.Network, n.rooms.enrol.LineURL = append([][]byte{public}, k.others...), c.Name, c.Bus.LineURL
	n.rooms.fleet.Issuers = n.rooms.enrol.Issuers
	n.api = api.New(n.doors(told, d))
	n.watch()
	return n, nil
}

// doors says which rooms the API opens to whom.
func (n *Network) doors(st store.Store, d cells.Directory) api.Options {
	c, r, p, k := n.config, n.rooms, n.parts, n.keys
	return api.Options{
		Name: c.Name, Version: p.Version, BaseURL: c.BaseURL, LineURL: c.Bus.LineURL, DemoRadioURL: c.DemoRadioURL, MailByPhone: c.MailByPhone, BehindProxy: c.BehindProxy,
		Cells: d, Cell: c.Cells.This, Limits: api.Limits(c.Limits), Sizes: n.sizes, Pages: p.Pages, Issuer: k.issuer, IssuerKey: n.issuer,
		Store: st, People: k.book, Auth: r.auth, Checkout: r.checkout, Holds: r.hold, Manifest: r.manifest, DropOff: r.dropOff,
		Unlock: r.unlock, Overdue: r.overdue, Fleet: r.fleet, Enrol: r.enrol, Service: r.service, Sites: r.sites,
		Line: n, OpenByLine: c.OpenByLine,
		CheckWebhook: func(url string) error { return shop.CheckURL(url, c.AllowPrivateWebhooks) },
		Ready:        func(ctx context.Context) watch.State { state, _ := n.watching.ready.Look(ctx); return state },
		Behind:       n.watching.behind, Queues: n.stand, Served: n.watching.served, Traced: n.watching.tracer != nil,
		Now: p.Now, Random: p.Random, Log: p.Log,
	}
}

// wrote says that something was.
func (n *Network) wrote() {
	n.nudge.Ring()
	n.carry.Ring()
	n.said.Ring()
}

// Handler serves HTTP: API and pages.
func (n *Network) Handler() http.Handler { return n.api.Handler() }

// Close hangs up on the lockers and closes the store. Requests and Run must have ended.
func (n *Network) Close() error {
	n.HangUp()
	return errors.Join(n.store.Close(), n.watching.tracer.Close())
}

// mailPassword reads the password's file.
func mailPassword(m Mail) (string, error) {
	if m.PasswordFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(m.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("mail.password_file: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
