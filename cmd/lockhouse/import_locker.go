package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"lockhouse"
	"lockhouse/wire"
)

type importLockerCommand struct {
	settingsFlag
	File string           `arg:"" type:"existingfile" help:"What 'lockhouse-agent init' printed."`
	Site lockhouse.SiteID `required:"" help:"Where it stands: site_…"`
	Name string           `required:"" help:"Painted on it, such as A."`
}

// Run registers the locker. Its secrets never left it: the file holds public keys, and the one that names it on the air.
func (c *importLockerCommand) Run(ctx context.Context) (err error) {
	locker, boxes, err := c.card()
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

// card reads the file.
func (c *importLockerCommand) card() (l lockhouse.Locker, boxes []lockhouse.Compartment, err error) {
	file, err := os.Open(c.File)
	if err != nil {
		return l, nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, wire.MaxCardBytes+1))
	if err != nil {
		return l, nil, err
	}
	if l, boxes, err = wire.DecodeCard(text); err != nil {
		return l, nil, err
	}
	if err := lockhouse.DefaultSizes().Check(boxes); err != nil {
		return l, nil, err
	}
	l.Site, l.Name = c.Site, c.Name
	return l, boxes, nil
}
