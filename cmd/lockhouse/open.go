package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"time"

	"lockhouse/app/network"
)

// settingsFlag is how every command that works on a network learns which.
type settingsFlag struct {
	Config string `short:"c" type:"existingfile" placeholder:"FILE" env:"LOCKHOUSE_CONFIG" help:"Settings in TOML; without it the defaults. 'lockhouse config' prints them."`
}

func (f settingsFlag) read() (network.Config, error) {
	if f.Config == "" {
		return network.Defaults(), nil
	}
	file, err := os.Open(f.Config)
	if err != nil {
		return network.Config{}, err
	}
	defer file.Close()
	return network.ReadConfig(file)
}

// open opens the network's rooms, without serving anybody.
func (f settingsFlag) open(ctx context.Context) (*network.Network, network.Config, error) {
	config, err := f.read()
	if err != nil {
		return nil, config, err
	}
	n, err := network.Open(ctx, config, parts(slog.LevelWarn))
	return n, config, err
}

// parts are the machine's own clock, randomness and standard error.
func parts(level slog.Level) network.Parts {
	return network.Parts{
		Now: time.Now, Random: rand.Reader, Version: version,
		Log: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
	}
}
