package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"lockhouse/app/network"
)

type moveCommand struct {
	settingsFlag
	URL     string `placeholder:"postgres://…" help:"The PostgreSQL database, without tables, to which the store goes."`
	URLFile string `type:"existingfile" placeholder:"FILE" help:"File with that URL, password and all."`
}

// Run moves the store while the network serves. Once it says that it is done, the network has to be started anew on the
// other store.
func (c *moveCommand) Run(ctx context.Context) error {
	config, err := c.read()
	if err != nil {
		return err
	}
	to := config.Store
	to.URL, to.URLFile = c.URL, c.URLFile
	m := newMeter(os.Stderr, "rows")
	say := func(step string) {
		m.end()
		m = newMeter(os.Stderr, "rows")
		fmt.Fprintln(os.Stderr, step)
	}
	err = network.Move(ctx, config, network.MovePlan{To: to, Now: time.Now, Say: say, Progress: func(done, of int64) { m.show(done, of) }})
	m.end()
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "The store is in PostgreSQL now, and the file refuses every write. Stop the network, set [store] in its config to that database, and start it.")
	return nil
}
