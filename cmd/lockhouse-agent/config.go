package main

import (
	"fmt"
	"os"
	"runtime"

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

type versionCommand struct{}

// Run prints the version and what it was built with.
func (c *versionCommand) Run() error {
	fmt.Println("lockhouse-agent", version, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return nil
}
