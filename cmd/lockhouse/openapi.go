package main

import (
	"os"

	"lockhouse/app/network"
)

type openapiCommand struct {
	settingsFlag
}

// Run prints the document; it opens no store.
func (c *openapiCommand) Run() error {
	config, err := c.read()
	if err != nil {
		return err
	}
	text, err := network.Document(config, version)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(text, '\n'))
	return err
}
