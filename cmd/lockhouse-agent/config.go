package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"lockhouse/app/locker"
	"lockhouse/internal/settings"
)

type configCommand struct {
	settingsFlag
}

// Run prints the settings as they are in effect: the defaults, over them the file's, and what the network said at the enrolment. It is what
// every refusal of a file sends people to, so a file that can't be read, or is not fit to run a locker yet, does not keep it from printing.
func (c *configCommand) Run() error { return c.print(os.Stdout) }

func (c *configCommand) print(w io.Writer) error {
	config, err := c.readUnchecked()
	if err != nil {
		return errors.Join(settings.Explain(w, locker.Defaults()), err)
	}
	config, err = config.Learned()
	return errors.Join(settings.Explain(w, config), err)
}

type versionCommand struct{}

// Run prints the version and what it was built with.
func (c *versionCommand) Run() error {
	fmt.Println("lockhouse-agent", version, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return nil
}
