package network

import (
	"crypto/ecdh"

	"lockhouse"
	"lockhouse/estate/enrol"
	"lockhouse/estate/fleet"
	"lockhouse/estate/service"
	"lockhouse/estate/site"
	"lockhouse/flow/checkout"
	"lockhouse/flow/collect"
	"lockhouse/flow/dropoff"
	"lockhouse/flow/hold"
	"lockhouse/flow/manifest"
	"lockhouse/flow/overdue"
	"lockhouse/flow/unlock"
	"lockhouse/store"
	"lockhouse/trust/auth"
)

// rooms are the network's rooms, furnished.
type rooms struct {
	checkout *checkout.Desk
	hold     *hold.Desk
	manifest *manifest.Desk
	dropOff  *dropoff.Desk
	unlock   *unlock.Desk
	collect  *collect.Desk
	overdue  *overdue.Desk
	fleet    *fleet.Desk
	enrol    *enrol.Desk
	service  *service.Desk
	sites    *site.Desk
	auth     *auth.Desk
}

func furnish(st store.Store, sizes lockhouse.Sizes, issuer ecdh.KeyExchanger, p Parts) rooms {
	r := rooms{
		checkout: &checkout.Desk{Store: st, Sizes: sizes, Now: p.Now},
		hold:     &hold.Desk{Store: st, Sizes: sizes, Now: p.Now, Random: p.Random},
		manifest: &manifest.Desk{Store: st, Now: p.Now, Random: p.Random},
		dropOff:  &dropoff.Desk{Store: st, Sizes: sizes, Now: p.Now},
		unlock:   &unlock.Desk{Store: st, Now: p.Now, Issuer: issuer},
		collect:  &collect.Desk{Now: p.Now},
		overdue:  &overdue.Desk{Store: st, Now: p.Now},
		fleet:    &fleet.Desk{Store: st, Now: p.Now, Agrees: issuer},
		sites:    &site.Desk{Store: st},
		auth:     &auth.Desk{Store: st, Now: p.Now, Random: p.Random},
	}
	r.enrol = &enrol.Desk{Store: st, Fleet: r.fleet, Sizes: sizes, Issuer: issuer, Now: p.Now, Random: p.Random}
	r.service = &service.Desk{Store: st, Now: p.Now, Random: p.Random}
	r.fleet.Hears = r.receipts()
	return r
}
