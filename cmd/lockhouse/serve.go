package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"lockhouse/app/network"
)

type serveCommand struct {
	settingsFlag
}

// Run serves until it is told to stop, and then lets everybody finish.
func (c *serveCommand) Run(ctx context.Context) error {
	config, err := c.read()
	if err != nil {
		return err
	}
	useMemory()
	p := parts(slog.LevelInfo)
	n, err := network.Open(ctx, config, p)
	if err != nil {
		return err
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listening on %s: %w", config.Listen, err), n.Close())
	}
	p.Log.Info("listening", slog.String("address", listener.Addr().String()), slog.String("version", version), slog.String("people", config.BaseURL))
	return errors.Join(n.Serve(ctx, listener), n.Close())
}
