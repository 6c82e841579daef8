package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/estate/site"
	"lockhouse/store"
	"lockhouse/store/sqlite"
	"lockhouse/trust/auth"
)

const siteZone = "America/New_York"

// keys are the secrets that the clients show.
type keys struct{ shop, courier string }

// furnish makes a network's data directory with its sites, a locker at each, and the keys of a shop and a courier: what an
// operator has entered before the first parcel.
func furnish(ctx context.Context, dir string, p population) (k keys, cabinets []*cabinet, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return k, nil, err
	}
	st, err := sqlite.Open(ctx, filepath.Join(dir, "lockhouse.db"))
	if err != nil {
		return k, nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	sites, lockers := &site.Desk{Store: st}, &fleet.Desk{Store: st, Now: time.Now}
	for i := range p.Sites {
		if err := sites.Put(ctx, siteOf(i)); err != nil {
			return k, nil, err
		}
		c, err := newCabinet(siteID(i), p.Each)
		if err != nil {
			return k, nil, err
		}
		if err := lockers.Register(ctx, c.locker, c.boxes); err != nil {
			return k, nil, err
		}
		cabinets = append(cabinets, c)
	}
	k, err = handOutKeys(ctx, st)
	return k, cabinets, err
}

func handOutKeys(ctx context.Context, st store.Store) (k keys, err error) {
	desk := &auth.Desk{Store: st, Now: time.Now, Random: rand.Reader}
	if _, k.shop, err = desk.CreateKey(ctx, auth.KeyOrder{Scope: lockhouse.ScopeShop, Label: "bench", Owner: "Bench Shop"}); err != nil {
		return k, err
	}
	_, k.courier, err = desk.CreateKey(ctx, auth.KeyOrder{Scope: lockhouse.ScopeCourier, Label: "bench", Owner: "Bench Courier"})
	return k, err
}

func siteID(i int) lockhouse.SiteID { return lockhouse.SiteID(fmt.Sprintf("site_bench%03d", i)) }

// siteOf lays the sites out on a grid of about a kilometre.
func siteOf(i int) lockhouse.Site {
	return lockhouse.Site{
		ID: siteID(i), Name: fmt.Sprintf("Bench Site %d", i), Alias: fmt.Sprintf("Lockers %d", i), Kind: lockhouse.HostLibrary,
		Street: fmt.Sprintf("%d Bench Street", i), City: "Washington", Region: "DC", Country: "US",
		Point: lockhouse.Point{Lat: 38.8 + float64(i/15)*0.01, Lon: -77.1 + float64(i%15)*0.012}, Zone: siteZone,
		Hours: lockhouse.AlwaysOpen(), HoldingDays: 3,
	}
}
