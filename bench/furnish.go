package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/sim/paper"
	"lockhouse/trust/auth"
)

const siteZone = "America/New_York"

// keys are the secrets that the clients show.
type keys struct{ shop, courier string }

// furnish gives a new network its sites, so many lockers at each, and the keys of a shop and a courier: what an operator has
// entered before the first parcel. The server is started on the same config afterwards.
func furnish(ctx context.Context, configFile string, p population, each int) (k keys, lockers []*paper.Locker, err error) {
	text, err := os.Open(configFile)
	if err != nil {
		return k, nil, err
	}
	defer text.Close()
	config, err := network.ReadConfig(text)
	if err != nil {
		return k, nil, err
	}
	n, err := network.Open(ctx, config, network.Parts{Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "bench"})
	if err != nil {
		return k, nil, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	for i := range p.Sites {
		if err := n.Sites().Put(ctx, siteOf(i)); err != nil {
			return k, nil, err
		}
		for range each {
			c, err := paper.NewLocker(siteID(i), p.Each)
			if err != nil {
				return k, nil, err
			}
			if err := n.Fleet().Register(ctx, c.Noun, c.Boxes); err != nil {
				return k, nil, err
			}
			lockers = append(lockers, c)
		}
	}
	k, err = handOutKeys(ctx, n.Auth())
	return k, lockers, err
}

func handOutKeys(ctx context.Context, desk *auth.Desk) (k keys, err error) {
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
