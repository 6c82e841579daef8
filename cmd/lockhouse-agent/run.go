package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"time"
	_ "time/tzdata" // a small machine may have no zones of its own

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/edge/agent"
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
	parts := locker.Parts{
		Identity: identity, Compartments: boxes, Now: time.Now, Local: time.Local, Random: rand.Reader, Log: log, Version: version, Alive: service.alive, Launched: c.launched(),
	}
	l, err := open(ctx, config, parts)
	if locker.Ends(err) {
		return nil
	}
	if err != nil {
		return err
	}
	log.Info("the locker is up", slog.String("locker", string(identity.ID)), slog.Int("compartments", len(boxes)), slog.String("version", version))
	sayClock(log, l.Agent().Floor(), time.Now())
	defer service.stopping()
	return errors.Join(l.Run(ctx), l.Close())
}

// open opens the locker, unless this version and its journal don't go together.
func open(ctx context.Context, config locker.Config, parts locker.Parts) (*locker.Locker, error) {
	if err := config.Fits(parts); err != nil {
		return nil, err
	}
	l, err := locker.Open(config, parts)
	if lockhouse.CodeOf(err) == agent.CodeJournalNewer {
		return nil, config.MakeWay(ctx, parts, err)
	}
	return l, err
}
