// Package network assembles a network out of its rooms: store, HTTP API, pages, lockers' lines, outbox, mail, webhooks,
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
	"path/filepath"
	"strings"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/api"
	"lockhouse/estate/cells"
	"lockhouse/internal/bell"
	"lockhouse/link/notice"
	"lockhouse/link/shop"
	"lockhouse/store"
	"lockhouse/store/sqlite"
	"lockhouse/trust/credential"
	"lockhouse/trust/person"
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
	config    Config
	parts     Parts
	store     store.Store // without nudging
	rooms     rooms
	issuer    []byte // the public half
	api       *api.API
	people    *person.Desk
	mail      *notice.Sender
	shops     *shop.Sender
	listeners map[lockhouse.EventKind][]hear
	nudge     bell.Bell
	hearing   sync.Mutex // one hears at a time, in order
}

// Open opens the store in the data directory, making both at the first start, and furnishes the rooms. Nothing happens
// by itself before Run.
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
	keys, err := openKeys(c.DataDir, p.Random)
	if err != nil {
		return nil, err
	}
	password, err := mailPassword(c.Mail)
	if err != nil {
		return nil, err
	}
	st, err := sqlite.Open(ctx, filepath.Join(c.DataDir, databaseFile))
	if err != nil {
		return nil, err
	}
	return assemble(c, p, st, keys, directory, password)
}

func assemble(c Config, p Parts, st store.Store, k keys, d cells.Directory, password string) (*Network, error) {
	n := &Network{config: c, parts: p, store: st, nudge: bell.New()}
	n.listeners = n.hears()
	told := nudging{Store: st, nudge: n.nudge}
	sizes := lockhouse.DefaultSizes()
	n.rooms = furnish(told, sizes, p)
	n.people = &person.Desk{Store: st, Book: k.book, Now: p.Now, KeepFor: c.forgetAfter()}
	n.shops = shop.New(st, shop.Options{AllowPrivate: c.AllowPrivateWebhooks, Agent: "lockhouse/" + p.Version}, p.Now, p.Random, p.Log)
	n.mail = notice.New(told, k.book, n.rooms.auth, notice.Options{
		Host: c.Mail.Host, Port: c.Mail.Port, TLS: c.Mail.TLS, Username: c.Mail.Username, Password: password,
		From: c.Mail.From, Network: c.Name, BaseURL: c.BaseURL,
	}, p.Now, p.Random, p.Log)
	public, err := credential.PublicKey(k.issuer)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	n.issuer = public
	n.api = api.New(n.doors(told, sizes, k, d))
	return n, nil
}

// doors says which rooms the API opens to whom.
func (n *Network) doors(st store.Store, sizes lockhouse.Sizes, k keys, d cells.Directory) api.Options {
	c, r, p := n.config, n.rooms, n.parts
	return api.Options{
		Name: c.Name, Version: p.Version, BaseURL: c.BaseURL, DemoRadioURL: c.DemoRadioURL, BehindProxy: c.BehindProxy,
		Cells: d, Cell: c.Cells.This, Limits: api.Limits(c.Limits), Sizes: sizes, Pages: p.Pages, Issuer: k.issuer, IssuerKey: n.issuer,
		Store: st, People: k.book, Auth: r.auth, Checkout: r.checkout, Holds: r.hold, Manifest: r.manifest, DropOff: r.dropOff,
		Unlock: r.unlock, Overdue: r.overdue, Fleet: r.fleet, Sites: r.sites,
		CheckWebhook: func(url string) error { return shop.CheckURL(url, c.AllowPrivateWebhooks) },
		Now:          p.Now, Random: p.Random, Log: p.Log,
	}
}

// Handler serves HTTP: API, pages and lockers' lines.
func (n *Network) Handler() http.Handler { return n.api.Handler() }

// Run does what happens by itself, until ctx ends: events are heard, mails and webhooks leave, holds lapse, parcels fall
// due, people are forgotten. It returns when all of that has stopped.
func (n *Network) Run(ctx context.Context) {
	var work sync.WaitGroup
	work.Go(func() { n.dispatch(ctx) })
	work.Go(func() { n.mail.Run(ctx) })
	work.Go(func() { n.shops.Run(ctx) })
	work.Go(func() { n.every(ctx, lapseEvery, "lapsing holds", lapseLimit, n.rooms.hold.Lapse) })
	work.Go(func() { n.every(ctx, sweepEvery, "the sweep for overdue parcels", sweepLimit, n.rooms.overdue.Sweep) })
	work.Go(func() { n.every(ctx, forgetEvery, "forgetting people", forgetLimit, n.people.Forget) })
	work.Go(func() {
		n.every(ctx, forgetEvery, "deleting links and sessions that are over", forgetLimit, n.rooms.auth.Tidy)
	})
	work.Wait()
}

// Close hangs up on the lockers and closes the store. Requests and Run must have ended.
func (n *Network) Close() error {
	n.HangUp()
	return n.store.Close()
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
