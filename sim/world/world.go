// Package world puts the whole network on one machine: the network as it is served anywhere, eight virtual lockers that
// run the locker's own assembly on simulated lock boards, a shop that uses the API, and a mail server whose mailbox is a
// page. The demo runs it for a newcomer; the tests run it to break it.
//
// Nothing in it is closer to the product than it looks: the shop reaches the network by HTTP, the lockers reach it by
// NATS and their boards by a serial line, phones reach the lockers by radio.
package world

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"lockhouse/app/network"
	"lockhouse/sim/mailbox"
)

// Config says where the world stands.
type Config struct {
	Dir       string // keeps everything: database, keys, journals
	Places    Places
	Radio     string // address of a D-Bus with org.bluez on it; empty: demo radio only
	Sites     int    // how many of the eight sites, 1 to 8; 0 means all
	Cabinet   CabinetSettings
	Scanner   string // a serial line on which the first locker's panel has a scanner; empty: none has
	Version   string
	Log       *slog.Logger
	Collector string // takes the network's traces by OTLP over HTTP; empty: there are none
	// Progress, if set, is told what is being done.
	Progress func(what string)
}

// World is everything, from Open to Close.
type World struct {
	config  Config
	places  places
	net     *house
	mailbox *mailbox.Mailbox
	side    *servers // shop, street, mailbox
	lockers []*Stand
	keys    Keys
}

// Keys are the demo's secrets, one of each scope, and a second operator's: an opening for service takes two people.
type Keys struct{ Checkout, Shop, Courier, Operator, SecondOperator string }

// Open builds the world and starts it.
func Open(ctx context.Context, c Config) (*World, error) {
	w := &World{config: c, side: newServers(c.Log)}
	if c.Sites == 0 {
		w.config.Sites = len(stations)
	}
	if err := w.open(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) open(ctx context.Context) error {
	if err := os.MkdirAll(w.config.Dir, 0o700); err != nil {
		return err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"opening the mailbox", w.openMailbox},
		{"finding free ports", w.openPlaces},
		{"starting the network", w.openNetwork},
		{"placing the sites and their lockers", w.placeLockers},
		{"giving out keys", w.giveKeys},
		{"opening the shop", w.openShop},
		{"switching the lockers on", w.openStreet},
	} {
		if w.config.Progress != nil {
			w.config.Progress(step.what)
		}
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// Close stops everything, lockers first.
func (w *World) Close() error {
	var errs []error
	for _, l := range w.lockers {
		errs = append(errs, l.Close())
	}
	errs = append(errs, w.side.close())
	if w.net != nil {
		errs = append(errs, w.net.stop())
	}
	return errors.Join(errs...)
}

func (w *World) openMailbox(ctx context.Context) (err error) {
	// The mailbox ends with the world, not with the call that opened it.
	w.mailbox, err = mailbox.Start(w.side.ctx, w.config.Places.smtp())
	return err
}

func (w *World) openPlaces(context.Context) (err error) {
	if w.places, err = w.config.Places.listen(); err != nil {
		return err
	}
	return w.places.line.take().Close() // the NATS server opens its own: what is known now is that the place is free
}

func (w *World) openNetwork(ctx context.Context) error {
	c := network.Defaults()
	c.Name, c.DataDir = "Lockhouse Washington", filepath.Join(w.config.Dir, "network")
	c.Listen, c.BaseURL = w.places.network.addr, w.URL()
	c.Bus.Listen, c.Bus.LineURL = w.places.line.addr, w.lineURL()
	c.DemoRadioURL, c.AllowPrivateWebhooks = "ws://"+w.places.street.name(), true
	c.Mail = network.Mail{Host: "127.0.0.1", Port: portOf(w.mailbox.Addr()), TLS: "none", From: "parcels@lockhouse.test"}
	c.Watch.Listen, c.Watch.OTLPURL = w.config.Places.Watch, w.config.Collector
	// One address is everybody here: all pages, all lockers, all tests.
	c.Limits.AddressPerS, c.Limits.AddressBurst = 500, 2_000
	w.net = &house{config: c, parts: network.Parts{Now: time.Now, Random: random, Log: w.config.Log, Version: w.config.Version}}
	return w.net.start(ctx, w.places.network.take())
}

// StopNetwork takes the network down, as a power cut at its end would: what it answered is on the disk.
func (w *World) StopNetwork() error { return w.net.stop() }

// StartNetwork brings it back at the same address.
func (w *World) StartNetwork(ctx context.Context) error {
	listener, err := listen(ctx, w.places.network.addr)
	if err != nil {
		return err
	}
	return w.net.start(ctx, listener)
}

// Network is the network that runs, for tests that look behind its doors. After StartNetwork it is another.
func (w *World) Network() *network.Network { return w.net.network }

// Mailbox is where the recipients' mail arrives.
func (w *World) Mailbox() *mailbox.Mailbox { return w.mailbox }

// Lockers are the virtual lockers, in the order of the sites.
func (w *World) Lockers() []*Stand { return w.lockers }

// Keys are the demo's API keys.
func (w *World) Keys() Keys { return w.keys }

// Where the pages are.

// URL is the network's.
func (w *World) URL() string { return "http://" + w.places.network.name() }

// lineURL is where the lockers' lines go.
func (w *World) lineURL() string { return "nats://" + w.places.line.addr }

// ShopURL is the demo shop's.
func (w *World) ShopURL() string { return "http://" + w.places.shop.name() }

// StreetURL is the street's, with all fronts.
func (w *World) StreetURL() string { return "http://" + w.places.street.name() }

// PanelURL is the screen of a locker's panel.
func (w *World) PanelURL(s *Stand) string { return w.StreetURL() + "/panel/" + string(s.Noun.ID) + "/" }

// MailboxURL is the mailbox's.
func (w *World) MailboxURL() string { return "http://" + w.places.mailbox.name() }

// CourierURL is the courier's page, signed in.
func (w *World) CourierURL() string { return w.URL() + "/courier#key=" + w.keys.Courier }

// ConsoleURL is the operator's page, signed in.
func (w *World) ConsoleURL() string { return w.URL() + "/console#key=" + w.keys.Operator }

// SecondConsoleURL is the same for a second operator, whose key was made where such keys are made: at the network's own machine.
func (w *World) SecondConsoleURL() string { return w.URL() + "/console#key=" + w.keys.SecondOperator }

// RegisterURL is the public register's.
func (w *World) RegisterURL() string { return w.URL() + "/register" }

// WatchURL is the network's private port.
func (w *World) WatchURL() string { return "http://" + w.config.Places.Watch }

// issuerText is the network's public key as a locker's config has it.
func (w *World) issuerText() string {
	return base64.RawURLEncoding.EncodeToString(w.net.network.IssuerKey())
}

// random is the machine's own; a demo has no secrets, but its code paths are those of a network that has.
var random io.Reader = rand.Reader
