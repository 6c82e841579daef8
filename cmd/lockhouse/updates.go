package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"lockhouse/app/updates"
)

// updatesCommand is a repository of new versions for lockers: any web server may serve its directory.
type updatesCommand struct {
	Init    updatesInit    `cmd:"" help:"Make an empty repository and its keys."`
	Add     updatesAdd     `cmd:"" help:"Publish a version of lockhouse-agent on a channel."`
	Refresh updatesRefresh `cmd:"" help:"Say anew that what is published is the newest: monthly, before lockers stop to believe it."`
	Rotate  updatesRotate  `cmd:"" help:"Give a role a new key."`
}

type repositoryFlags struct {
	Dir  string `required:"" type:"path" help:"The repository's directory."`
	Keys string `required:"" type:"path" help:"The directory of its keys: on a machine, or a stick, that is off most of the time."`
}

func (f repositoryFlags) repository() updates.Repository {
	return updates.Repository{Dir: f.Dir, Keys: f.Keys, Now: time.Now, Random: rand.Reader}
}

type updatesInit struct{ repositoryFlags }

// Run makes the repository.
func (c *updatesInit) Run() error {
	if err := c.repository().Init(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Lockers trust %s/root.json: put it onto each as /etc/lockhouse/updates-root.json.\n", c.Dir)
	return nil
}

type updatesAdd struct {
	repositoryFlags
	Channel string `default:"stable" help:"Which lockers: those that have this channel in their settings."`
	Arch    string `required:"" enum:"amd64,arm64,arm" help:"For which processor (amd64, arm64, arm)."`
	Version string `required:"" help:"What to call it."`
	Urgent  bool   `help:"Lockers try it as soon as nobody is there, and do not wait for their hours of updates."`
	Program string `arg:"" type:"existingfile" help:"The program, as 'make package' builds it."`
}

// Run publishes the program.
func (c *updatesAdd) Run() error {
	return c.repository().Add(updates.Version{Channel: c.Channel, Arch: c.Arch, Name: c.Version, Urgent: c.Urgent}, c.Program)
}

type updatesRefresh struct{ repositoryFlags }

// Run signs snapshot and timestamp anew.
func (c *updatesRefresh) Run() error { return c.repository().Refresh() }

type updatesRotate struct {
	repositoryFlags
	Role string `arg:"" enum:"root,targets,snapshot,timestamp" help:"Whose key."`
}

// Run gives the role a new key.
func (c *updatesRotate) Run() error { return c.repository().Rotate(c.Role) }
