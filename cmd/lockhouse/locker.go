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
	Enrol  enrolLockerCommand  `cmd:"" help:"Make a code by which a new locker comes: for one locker, once, within a day."`
	Retire retireLockerCommand `cmd:"" help:"End a locker: nothing is put in any more, and once it is empty it forgets its keys."`

	Rekey      rekeyLockerCommand `cmd:"" help:"Have a locker change its own keys, or all lockers theirs, without a visit."`
	ForgetKeys forgetKeysCommand  `cmd:"" help:"End what a locker's former keys are worth, which happens by itself 45 days after it changed them."`
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

type retireLockerCommand struct {
	settingsFlag
	ID     lockhouse.LockerID `arg:"" help:"The locker: lkr_…"`
	Force  bool               `help:"Although parcels lie inside; they still come out."`
	Stolen bool               `help:"It, or its computer, is in others' hands: nothing that it says is believed any more."`
	Done   string             `enum:",destroyed,silent" default:"" help:"Say in the place of one that was retired before that it is done: its computer was destroyed, or it is silent and will not say so itself."`
}

// Run retires; a running network tells the locker within a minute, or at its next contact.
func (c *retireLockerCommand) Run(ctx context.Context) (err error) {
	n, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if c.Done != "" {
		_, err := n.Fleet().Conclude(ctx, c.ID, c.Done)
		return err
	}
	r, err := n.Fleet().Retire(ctx, c.ID, c.Force, c.Stolen)
	if err != nil {
		return err
	}
	if r.Stolen {
		fmt.Fprintf(os.Stderr, "%s is not believed any more. Tell those whose parcels lay inside.\n", c.ID)
		return nil
	}
	fmt.Fprintf(os.Stderr, "%s takes nothing in any more. Once it is empty it forgets its keys, at its next contact.\n", c.ID)
	return nil
}
