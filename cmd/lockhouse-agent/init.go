package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/wire"
)

// settingsFlag is how every command learns which locker it is about.
type settingsFlag struct {
	Config string `short:"c" type:"path" placeholder:"FILE" env:"LOCKHOUSE_AGENT_CONFIG" help:"Settings in TOML; the package has them in /etc/lockhouse/agent.toml. 'lockhouse-agent config' prints them."`
}

// packagedSettings is where the package keeps them.
const packagedSettings = "/etc/lockhouse/agent.toml"

// file names the settings that were asked for, or the package's where there are any, or none.
func (f settingsFlag) file() string {
	if _, err := os.Stat(packagedSettings); f.Config == "" && err == nil {
		return packagedSettings
	}
	return f.Config
}

// read gives the settings with what the network said at the enrolment.
func (f settingsFlag) read() (locker.Config, error) { return f.readAs(locker.ReadConfig) }

// readUnchecked gives the settings of a locker that is not set up yet.
func (f settingsFlag) readUnchecked() (locker.Config, error) { return f.readAs(locker.ReadUnchecked) }

func (f settingsFlag) readAs(as func(io.Reader) (locker.Config, error)) (locker.Config, error) {
	name := f.file()
	if name == "" {
		return locker.Defaults().Learned()
	}
	file, err := os.Open(name)
	if err != nil {
		return locker.Config{}, err
	}
	defer file.Close()
	return as(file)
}

type initCommand struct {
	StateDir     string `required:"" type:"path" help:"Where the identity is kept: the state_dir of the settings."`
	Compartments string `required:"" type:"existingfile" help:"CSV file of the compartments, as 'lockhouse-agent config' explains it."`
}

// Run makes the identity and prints the card that 'lockhouse import locker' reads.
func (c *initCommand) Run() error {
	boxes, err := readCompartments(c.Compartments, lockhouse.LockerIDOf([8]byte{}))
	if err != nil {
		return err
	}
	identity, err := locker.MakeIdentity(c.StateDir, rand.Reader)
	if err != nil {
		return err
	}
	noun, err := identity.Noun()
	if err != nil {
		return err
	}
	card, err := wire.EncodeCard(noun, boxes)
	if err != nil {
		return err
	}
	fmt.Println(string(card))
	return nil
}

func readCompartments(path string, id lockhouse.LockerID) ([]lockhouse.Compartment, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return locker.ReadCompartments(file, id)
}
