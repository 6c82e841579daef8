package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json"

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
	if err := n.Sites().Import(ctx, read.Sites, progress); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "\n%d sites are in %s, %d rows were left out.\n", len(read.Sites), config.DataDir, len(read.Bad))
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

func progress(done, of int) { fmt.Fprintf(os.Stderr, "\r%d of %d sites", done, of) }

type importLockerCommand struct {
	settingsFlag
	File string           `arg:"" type:"existingfile" help:"What 'lockhouse-agent init' printed, as JSON."`
	Site lockhouse.SiteID `required:"" help:"Where it stands: site_…"`
	Name string           `required:"" help:"Painted on it, such as A."`
}

// lockerFile is what lockhouse-agent init prints.
type lockerFile struct {
	ID           lockhouse.LockerID `json:"id"`
	StaticKey    string             `json:"static_key"`
	ReceiptKey   string             `json:"receipt_key"`
	AdvertKey    string             `json:"advert_key"`
	Compartments []struct {
		Number  int    `json:"number"`
		Size    string `json:"size"`
		Rank    int    `json:"rank"`
		Column  int    `json:"column"`
		Row     int    `json:"row"`
		FloorMM int    `json:"floor_mm"`
		Board   int    `json:"board"`
		Channel int    `json:"channel"`
	} `json:"compartments"`
}

const maxLockerFileBytes = 1 << 20

// Run registers the locker. Its secrets never left it: the file holds public keys, and the one that names it on the air.
func (c *importLockerCommand) Run(ctx context.Context) (err error) {
	locker, boxes, err := c.read()
	if err != nil {
		return err
	}
	n, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.Fleet().Register(ctx, locker, boxes); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s with %d compartments stands at %s.\n", locker.ID, len(boxes), locker.Site)
	return nil
}

func (c *importLockerCommand) read() (l lockhouse.Locker, boxes []lockhouse.Compartment, err error) {
	file, err := os.Open(c.File)
	if err != nil {
		return l, nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxLockerFileBytes))
	if err != nil {
		return l, nil, err
	}
	var f lockerFile
	if err := json.Unmarshal(text, &f, json.RejectUnknownMembers(true)); err != nil {
		return l, nil, lockhouse.Refuse(lockhouse.CodeMalformed, "%s is not what 'lockhouse-agent init' prints.", c.File).Because(err)
	}
	l = lockhouse.Locker{ID: f.ID, Site: c.Site, Name: c.Name}
	for _, key := range []struct {
		text string
		into *[]byte
	}{{f.StaticKey, &l.StaticKey}, {f.ReceiptKey, &l.ReceiptKey}, {f.AdvertKey, &l.AdvertKey}} {
		if *key.into, err = base64.RawURLEncoding.DecodeString(key.text); err != nil {
			return l, nil, lockhouse.Refuse(lockhouse.CodeMalformed, "A key in %s is not base64url.", c.File).Because(err)
		}
	}
	for _, b := range f.Compartments {
		boxes = append(boxes, lockhouse.Compartment{Locker: f.ID, Number: b.Number, Size: b.Size, Rank: b.Rank, Column: b.Column,
			Row: b.Row, FloorMM: b.FloorMM, Board: b.Board, Channel: b.Channel})
	}
	return l, boxes, nil
}
