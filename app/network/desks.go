package network

import (
	"log/slog"

	"lockhouse/api"
	"lockhouse/estate/enrol"
	"lockhouse/estate/fleet"
	"lockhouse/estate/site"
	"lockhouse/flow/checkout"
	"lockhouse/store"
	"lockhouse/trust/auth"
)

// What follows opens rooms to the command line, the demo and the tests, which set a network up before it serves.

// Auth is where keys are made.
func (n *Network) Auth() *auth.Desk { return n.rooms.auth }

// Sites is where sites are entered.
func (n *Network) Sites() *site.Desk { return n.rooms.sites }

// Fleet is where lockers are registered.
func (n *Network) Fleet() *fleet.Desk { return n.rooms.fleet }

// Enrol is where codes for new lockers are made.
func (n *Network) Enrol() *enrol.Desk { return n.rooms.enrol }

// Checkout is where is searched; a network that does not serve has it catch up itself.
func (n *Network) Checkout() *checkout.Desk { return n.rooms.checkout }

// Store is the network's store; what is written to it is heard like everything else.
func (n *Network) Store() store.Store { return nudging{Store: n.store, nudge: n.wrote} }

// IssuerKey is the public half of the key that grants are signed with, 65 bytes: what a locker is told at its set-up.
func (n *Network) IssuerKey() []byte { return n.issuer }

// Document gives the OpenAPI document of a network with this config, without opening one.
func Document(c Config, version string) ([]byte, error) {
	r := furnish(nil, nil, nil, Parts{})
	return api.New(api.Options{
		Name: c.Name, Version: version, BaseURL: c.BaseURL, Limits: api.Limits(c.Limits), Auth: r.auth, Checkout: r.checkout, Holds: r.hold,
		Manifest: r.manifest, DropOff: r.dropOff, Unlock: r.unlock, Overdue: r.overdue, Fleet: r.fleet, Enrol: r.enrol, Service: r.service, Sites: r.sites, Log: slog.New(slog.DiscardHandler),
	}).Document()
}

// HangUp ends the lockers' lines and refuses new ones, as the first step of a shutdown. They call again.
func (n *Network) HangUp() {
	if w := n.wires.Load(); w != nil {
		w.cut()
	}
}
