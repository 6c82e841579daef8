package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"filippo.io/age"

	"lockhouse"
	"lockhouse/app/network"
)

type restoreCommand struct {
	settingsFlag
	File           string `arg:"" type:"existingfile" help:"What 'lockhouse backup' wrote, by this version or an older one, of either engine."`
	PassphraseFile string `placeholder:"FILE" help:"Open it with the passphrase in this file's first line; - for standard input."`
	Identity       string `type:"existingfile" placeholder:"FILE" help:"Open it with the age identities in this file."`
}

// Run restores into a store where nothing is.
func (c *restoreCommand) Run(ctx context.Context) error {
	config, err := c.read()
	if err != nil {
		return err
	}
	identities, err := c.identities()
	if err != nil {
		return err
	}
	checked, m := newMeter(os.Stderr, "rows checked"), newMeter(os.Stderr, "rows restored")
	s, err := network.Restore(ctx, config, network.RestorePlan{File: c.File, Identities: identities,
		Checking: func(rows int64) { checked.show(rows, 0) },
		Progress: func(done, of int64) { checked.end(); m.show(done, of) }})
	checked.end()
	m.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "The network is as it was at %s: %d rows, %s. Lockers tell again what they have signed since.\n", s.At.Format(time.RFC3339), s.All(), keysIn(s))
	if missing := network.MissingKeys(config); len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "Before it can start, put back: %s\n", strings.Join(missing, ", "))
	}
	return nil
}

func (c *restoreCommand) identities() ([]age.Identity, error) {
	switch {
	case c.PassphraseFile != "":
		passphrase, err := readPassphrase(c.PassphraseFile)
		if err != nil {
			return nil, err
		}
		identity, err := age.NewScryptIdentity(passphrase)
		return []age.Identity{identity}, err
	case c.Identity != "":
		f, err := os.Open(c.Identity)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		identities, err := age.ParseIdentities(f)
		if err != nil { // its error may quote what it has read
			return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "%s holds no age identities.", c.Identity)
		}
		return identities, nil
	}
	return nil, nil
}
