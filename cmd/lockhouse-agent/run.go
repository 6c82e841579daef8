package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"time"

	"lockhouse/app/locker"
)

type runCommand struct {
	settingsFlag
}

// Run runs the locker until it is told to stop. It ends with an error when the journal fails: whoever started it starts
// it anew, from what is on the disk.
func (c *runCommand) Run(ctx context.Context) error {
	config, err := c.read()
	if err != nil {
		return err
	}
	if err := config.Check(); err != nil {
		return err
	}
	if err := config.CheckOwner(os.Geteuid()); err != nil {
		return err
	}
	identity, err := locker.LoadIdentity(config.StateDir)
	if err != nil {
		return err
	}
	boxes, err := readCompartments(config.Compartments, identity.ID)
	if err != nil {
		return err
	}
	log := newLog()
	service, err := newService(log)
	if err != nil {
		return err
	}
	l, err := locker.Open(config, locker.Parts{
		Identity: identity, Compartments: boxes, Now: time.Now, Random: rand.Reader, Log: log, Version: version, Alive: service.alive, Launched: c.launched(),
	})
	if err != nil {
		return err
	}
	log.Info("the locker is up", slog.String("locker", string(identity.ID)), slog.Int("compartments", len(boxes)), slog.String("version", version))
	sayClock(log, l.Agent().Floor(), time.Now())
	defer service.stopping()
	return errors.Join(l.Run(ctx), l.Close())
}
