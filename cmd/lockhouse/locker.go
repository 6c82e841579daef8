package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"lockhouse"
)

type lockerCommand struct {
	Enrol enrolLockerCommand `cmd:"" help:"Make a code by which a new locker comes: for one locker, once, within a day."`
}

type enrolLockerCommand struct {
	settingsFlag
	Site lockhouse.SiteID `required:"" help:"Where it will stand: site_…"`
	Name string           `required:"" help:"Painted on it, such as A."`
}

// Run prints the code alone on standard output, and what to do with it on standard error.
func (c *enrolLockerCommand) Run(ctx context.Context) (err error) {
	n, config, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	i, err := n.Enrol().Invite(ctx, c.Site, c.Name)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "At the locker, until %s:  lockhouse-agent enrol --network %s %s\n", i.ExpiresAt.UTC().Format(time.RFC3339), config.BaseURL, i.Code)
	fmt.Println(i.Code)
	return nil
}
