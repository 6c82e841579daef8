package main

import (
	"os"

	"lockhouse/internal/settings"
)

type configCommand struct {
	settingsFlag
}

// Run prints the settings as they are in effect: the defaults, and over them the file's.
func (c *configCommand) Run() error {
	config, err := c.read()
	if err != nil {
		return err
	}
	return settings.Explain(os.Stdout, config)
}
