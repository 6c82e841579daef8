package main

import (
	"context"
	"fmt"
	"os"

	"lockhouse/app/network"
)

type migrateCommand struct {
	settingsFlag
}

// Run brings the store's schema to this binary's. Twice, or from several nodes at once, is as good as once.
func (c *migrateCommand) Run(ctx context.Context) error {
	config, err := c.read()
	if err != nil {
		return err
	}
	if err := network.Migrate(ctx, config, func(step string) { fmt.Fprintln(os.Stderr, step) }); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "the schema is this binary's")
	return nil
}
