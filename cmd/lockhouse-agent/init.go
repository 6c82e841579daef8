package main

import (
	"crypto/rand"
	"fmt"
	"os"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/wire"
)

// settingsFlag is how every command learns which locker it is about.
type settingsFlag struct {
	Config string `short:"c" type:"existingfile" placeholder:"FILE" env:"LOCKHOUSE_AGENT_CONFIG" help:"Settings in TOML. 'lockhouse-agent config' prints them."`
}

func (f settingsFlag) read() (locker.Config, error) {
	if f.Config == "" {
		return locker.Defaults(), nil
	}
	file, err := os.Open(f.Config)
	if err != nil {
		return locker.Config{}, err
	}
	defer file.Close()
	return locker.ReadConfig(file)
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
