package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"lockhouse"
	"lockhouse/estate/site"
)

type importCommand struct {
	Sites  importSitesCommand  `cmd:"" help:"Read sites from CSV or GeoJSON."`
	Locker importLockerCommand `cmd:"" help:"Register a locker by what 'lockhouse-agent init' printed."`
}

type importSitesCommand struct {
	settingsFlag
	File        string             `arg:"" type:"existingfile" help:"CSV with a header, or a GeoJSON FeatureCollection of points."`
	SkipBad     bool               `help:"Import the good rows although there are bad ones."`
	Zone        string             `default:"America/New_York" help:"Time zone of sites that name none."`
	City        string             `help:"City of sites that name none."`
	Region      string             `help:"Region of sites that name none."`
	Country     string             `default:"US" help:"Country of sites that name none."`
	Kind        lockhouse.HostKind `default:"other" help:"Kind of host of sites that name none."`
	HoldingDays int                `default:"3" help:"Days a parcel may wait at sites that say nothing of it."`
}

// maxBadShown bounds how many bad rows are named.
const maxBadShown = 20

// Run imports all sites or none; with --skip-bad, all good ones.
func (c *importSitesCommand) Run(ctx context.Context) (err error) {
	read, err := c.file()
	if err != nil {
		return err
	}
	if len(read.Ignored) > 0 {
		fmt.Fprintln(os.Stderr, "Ignored, because they mean nothing here:", strings.Join(read.Ignored, ", "))
	}
	for _, bad := range read.Bad[:min(len(read.Bad), maxBadShown)] {
		fmt.Fprintln(os.Stderr, bad)
	}
	if len(read.Bad) > 0 && !c.SkipBad {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "%d of %d rows are no sites, and nothing was imported. Mend them, or say --skip-bad.",
			len(read.Bad), len(read.Bad)+len(read.Sites))
	}
	n, config, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	m := newMeter(os.Stderr, "sites")
	err = n.Sites().Import(ctx, read.Sites, func(done, of int) { m.show(int64(done), int64(of)) })
	m.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d sites are in %s, %d rows were left out.\n", len(read.Sites), config.DataDir, len(read.Bad))
	return nil
}

func (c *importSitesCommand) file() (site.File, error) {
	file, err := os.Open(c.File)
	if err != nil {
		return site.File{}, err
	}
	defer file.Close()
	return site.Read(bufio.NewReader(file), lockhouse.Site{
		Zone: c.Zone, City: c.City, Region: c.Region, Country: c.Country, Kind: c.Kind, HoldingDays: c.HoldingDays, Hours: lockhouse.AlwaysOpen(),
	})
}
