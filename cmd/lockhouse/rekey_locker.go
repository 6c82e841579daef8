package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"lockhouse"
)

type rekeyLockerCommand struct {
	settingsFlag
	ID   lockhouse.LockerID `arg:"" optional:"" help:"The locker: lkr_…"`
	All  bool               `help:"Every locker whose last change is over."`
	Anew bool               `help:"Forget which keys the locker said it has next, and ask again: after the fault keysets, once somebody has looked."`
}

// Run asks; a running network tells the lockers within two minutes, or at their next contact.
func (c *rekeyLockerCommand) Run(ctx context.Context) (err error) {
	if (c.ID == "") != c.All || c.All && c.Anew {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "Name one locker, or say --all; --anew is for one.")
	}
	n, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if c.All {
		asked, err := n.Fleet().RekeyAll(ctx)
		if err == nil {
			fmt.Fprintf(os.Stderr, "%d lockers are asked to change their keys and have not yet; each does so on its line, while nobody is at it.\n", asked)
		}
		return err
	}
	r, err := n.Fleet().Rekey(ctx, c.ID, c.Anew)
	if err == nil {
		fmt.Fprintf(os.Stderr, "%s has its keys number %d, and changes them on its line, while nobody is at it. The console and the API say when.\n", c.ID, r.Number)
	}
	return err
}

type forgetKeysCommand struct {
	settingsFlag
	ID    lockhouse.LockerID `arg:"" help:"The locker: lkr_…"`
	Force bool               `help:"After a theft, although what was made for them may be good."`
}

// Run ends it; a running network tells the locker within two minutes, or at its next contact.
func (c *forgetKeysCommand) Run(ctx context.Context) (err error) {
	n, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if _, err = n.Fleet().ForgetFormer(ctx, c.ID, c.Force); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "What was made for the former keys of %s is worth nothing, once the locker has heard it: at its next contact.\n", c.ID)
	return nil
}
