package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

type issuerCommand struct {
	Next   nextIssuerCommand   `cmd:"" help:"Make the key that will sign next, and have every locker know it."`
	Switch switchIssuerCommand `cmd:"" help:"Sign with the next key, once every locker knows it."`
	Forget forgetIssuerCommand `cmd:"" help:"Have every locker forget the former key, once nothing that it signed is good any more."`
}

type nextIssuerCommand struct {
	settingsFlag
}

// Run makes the next key; nodes speak of it from their next start on.
func (c *nextIssuerCommand) Run(ctx context.Context) (err error) {
	n, config, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.NextIssuer(ctx); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "The next key is in %s. Copy it to each node's data_dir and start them anew, one after the other; then every locker hears of it.\n", config.DataDir)
	return nil
}

type switchIssuerCommand struct {
	settingsFlag
}

// Run switches; nodes sign with it from their next start on.
func (c *switchIssuerCommand) Run(ctx context.Context) (err error) {
	n, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.SwitchIssuer(ctx); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "Start each node anew: it signs with the new key then. The former one stays good until 'lockhouse issuer forget'.")
	return nil
}

type forgetIssuerCommand struct {
	settingsFlag
	Force bool `help:"At once, as after a theft: what the former key signed opens nothing any more."`
}

// Run forgets the former key.
func (c *forgetIssuerCommand) Run(ctx context.Context) (err error) {
	n, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.ForgetIssuer(ctx, c.Force); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "Remove issuer-former.key from the other nodes too, and start each anew: then every locker forgets the former key.")
	return nil
}
